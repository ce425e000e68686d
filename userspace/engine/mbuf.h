/* SPDX-License-Identifier: BSD-3-Clause */
/* mbuf.h - a packet's place in DPDK's mbuf */
#ifndef ENGINE_MBUF_H
#define ENGINE_MBUF_H

#include <rte_mbuf.h>

#include "buf.h"

/* struct buf is the private area, directly behind the mbuf. */
static inline struct buf *mbuf_buf(struct rte_mbuf *m)
{
	return rte_mbuf_to_priv(m);
}

static inline struct rte_mbuf *buf_mbuf(struct buf *b)
{
	return (struct rte_mbuf *)b - 1;
}

/* Make the engine's one pool: `n` buffers for frames of up to `frame_bytes`.
 * NULL when there is not enough memory; freed with the EAL. */
struct buf_pool *mbuf_pool_create(unsigned n, unsigned frame_bytes);

/* Bytes of memory such a pool takes. */
size_t mbuf_pool_bytes(unsigned n, unsigned frame_bytes);

static inline struct rte_mempool *mbuf_mempool(struct buf_pool *pool)
{
	return (struct rte_mempool *)pool;
}

#endif
