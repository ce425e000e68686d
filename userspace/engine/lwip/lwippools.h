/* SPDX-License-Identifier: BSD-3-Clause */
/* lwippools.h - where lwIP's headers and copied data live: included several times */
LWIP_MALLOC_MEMPOOL_START
LWIP_MALLOC_MEMPOOL(32768, 192) /* headers of a segment or an ACK */
LWIP_MALLOC_MEMPOOL(4096, 640) /* and the head of an answer */
LWIP_MALLOC_MEMPOOL(1024, 1792) /* and an answer made here */
LWIP_MALLOC_MEMPOOL_END
