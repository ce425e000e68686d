/* SPDX-License-Identifier: BSD-3-Clause */
/* mbuf.c - packet buffers out of a DPDK mempool */
#include "mbuf.h"

#include <string.h>

#define CACHE		256
#define FRAME_BYTES_MIN 2048 /* what NICs want to be able to write */
#define PRIV_BYTES	RTE_ALIGN_CEIL(sizeof(struct buf), RTE_MBUF_PRIV_ALIGN)

/* The driver of raw sockets wants a buffer as large as a frame of its ring, which
 * is longer than what it carries: see eal.c. */
#define RING_FRAME_MORE 130

static unsigned room(unsigned frame_bytes)
{
	unsigned bytes = frame_bytes + RING_FRAME_MORE;

	return BUF_HEADROOM + (bytes <= FRAME_BYTES_MIN ?
				       FRAME_BYTES_MIN :
				       RTE_ALIGN_CEIL(bytes, 1024));
}

struct buf_pool *mbuf_pool_create(unsigned n, unsigned frame_bytes)
{
	RTE_BUILD_BUG_ON(BUF_HEADROOM != RTE_PKTMBUF_HEADROOM);
	return (struct buf_pool *)rte_pktmbuf_pool_create(
		"bufs", n, CACHE, PRIV_BYTES, room(frame_bytes), SOCKET_ID_ANY);
}

size_t mbuf_pool_bytes(unsigned n, unsigned frame_bytes)
{
	/* Mempool header and alignment: a cache line or two per object. */
	return (size_t)n * (sizeof(struct rte_mbuf) + PRIV_BYTES +
			    room(frame_bytes) + 2 * RTE_CACHE_LINE_SIZE);
}

struct buf *buf_alloc(struct buf_pool *pool)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(mbuf_mempool(pool));
	struct buf *b;

	if (!m)
		return NULL;
	b = mbuf_buf(m);
	memset(b, 0, sizeof(*b));
	b->pkt.owner = b;
	b->pkt.frame = rte_pktmbuf_mtod(m, uint8_t *);
	return b;
}

void buf_free(struct buf *b)
{
	rte_pktmbuf_free_seg(buf_mbuf(b));
}

uint32_t buf_frame_bytes(const struct buf_pool *pool)
{
	return rte_pktmbuf_data_room_size(
		       (struct rte_mempool *)(uintptr_t)pool) -
	       BUF_HEADROOM;
}
