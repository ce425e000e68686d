/* SPDX-License-Identifier: BSD-3-Clause */
/* ring.h - packets from one engine to another: single producer, single consumer */
#ifndef FABRIC_RING_H
#define FABRIC_RING_H

#include "fabric.h"

static inline struct fab_slot *ring_slot(const struct fabric *f,
					 struct fab_ring *r, uint32_t index)
{
	return (struct fab_slot *)((char *)(r + 1) +
				   (size_t)(index & (f->ring_slots - 1)) *
					   f->ring_slot_bytes);
}

/* Slots free for the producer to fill: ring_slot(head), ring_slot(head + 1), ... */
static inline uint32_t ring_room(const struct fabric *f, struct fab_ring *r)
{
	uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	return f->ring_slots -
	       (head - atomic_load_explicit(&r->tail, memory_order_acquire));
}

/* Publish `n` filled slots. A producer that dies before this has sent nothing. */
static inline void ring_publish(struct fab_ring *r, uint32_t n)
{
	uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	atomic_store_explicit(&r->head, head + n, memory_order_release);
}

/* Slots ready for the consumer: ring_slot(tail), ring_slot(tail + 1), ... */
static inline uint32_t ring_ready(struct fab_ring *r)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	return atomic_load_explicit(&r->head, memory_order_acquire) - tail;
}

/* Give `n` consumed slots back to the producer. */
static inline void ring_consume(struct fab_ring *r, uint32_t n)
{
	uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	atomic_store_explicit(&r->tail, tail + n, memory_order_release);
}

/* Frame bytes one slot can carry. */
static inline uint32_t ring_frame_bytes(const struct fabric *f)
{
	return f->ring_slot_bytes - sizeof(struct fab_slot) - SLOT_HEADROOM;
}

#endif
