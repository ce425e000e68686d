/* SPDX-License-Identifier: BSD-3-Clause */
/* buf.h - a packet together with its buffer, and queues of them */
#ifndef ENGINE_BUF_H
#define ENGINE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet.h"

/*
 * Lives in the private area of an mbuf, so that a packet can wait in any queue
 * without further memory. The queues know nothing of DPDK: buf_alloc() and
 * buf_free() are all they need, and a test brings its own.
 */
struct buf {
	struct pkt pkt; /* first; pkt.owner points back here */
	struct buf *next; /* in the one queue it waits in */
	uint32_t seq; /* the receiver's number in its slice */
	uint32_t since_ms; /* when it began to wait for a neighbour */
	uint16_t tag; /* VID the NIC stripped, else 0 */
	uint8_t receiver; /* engine that took it from its port */
	uint8_t bank; /* of its flow, in mirror steering */
	uint8_t hops; /* times it went through a ring */
	bool originated; /* made by this engine: ARP, ND, echo reply, handshake */
};

struct buf_pool;

/* Bytes in front of a frame that nothing else uses. */
#define BUF_HEADROOM 128

/*
 * An empty packet, pkt.frame at BUF_HEADROOM from its buffer's start, every
 * other field zero. NULL when the pool is empty. The caller owns it.
 */
struct buf *buf_alloc(struct buf_pool *pool);

/* Give a packet back to the pool it came from. */
void buf_free(struct buf *b);

/* Longest frame a fresh buffer of this pool takes, in bytes. */
uint32_t buf_frame_bytes(const struct buf_pool *pool);

/* First in, first out. */
struct buf_queue {
	struct buf *first, *last;
	uint32_t n;
};

static inline void buf_push(struct buf_queue *q, struct buf *b)
{
	b->next = NULL;
	if (q->first)
		q->last->next = b;
	else
		q->first = b;
	q->last = b;
	q->n++;
}

static inline struct buf *buf_pop(struct buf_queue *q)
{
	struct buf *b = q->first;

	if (b) {
		q->first = b->next;
		q->n--;
	}
	return b;
}

#endif
