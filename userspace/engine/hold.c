/* SPDX-License-Identifier: BSD-3-Clause */
/* hold.c - packets that wait for their slice to arrive */
#include "hold.h"

#include "engine.h"

void hold_push(struct engine *e, struct buf *b)
{
	struct hold *h = &e->hold;
	_Atomic uint32_t *peak = &e->self->held_peak;

	if (h->n >= e->fabric->hold_slots)
		return engine_drop(e, b, DROP_hold_full);
	buf_push(&h->slices[b->pkt.slice], b);
	h->n++;
	engine_count(e, CNT_held_total, 1);
	if (h->n > atomic_load_explicit(peak, memory_order_relaxed))
		atomic_store_explicit(peak, h->n, memory_order_relaxed);
}

struct buf *hold_pop(struct hold *h, uint8_t slice)
{
	struct buf *b = buf_pop(&h->slices[slice]);

	if (b)
		h->n--;
	return b;
}

/* The slice went elsewhere after all: so do the packets. */
static unsigned pass_on(struct engine *e, uint8_t slice, uint8_t to,
			unsigned budget)
{
	struct buf *b;
	unsigned n = 0;

	for (; n < budget && (b = hold_pop(&e->hold, slice)); n++)
		handoff_push(e, b, to);
	return n;
}

unsigned hold_take(struct engine *e, struct batch *own, unsigned budget)
{
	unsigned n = 0;

	for (unsigned s = 0; s < FAB_SLICES && e->hold.n && n < budget; s++) {
		enum fate fate;
		uint8_t to;

		if (!hold_has(&e->hold, s))
			continue;
		fate = steer_judge(e, s, &to);
		if (fate == FATE_PASS)
			n += pass_on(e, s, to, budget - n);
		for (; fate == FATE_MINE && n < budget && hold_has(&e->hold, s);
		     n++)
			own->pkts[own->n++] = &hold_pop(&e->hold, s)->pkt;
	}
	return n;
}
