/* SPDX-License-Identifier: BSD-3-Clause */
/* pending.c - rewritten packets that wait for a neighbour's MAC address */
#include "pending.h"

#include "engine.h"
#include "loop.h"
#include "neigh.h"

static bool resolve(const struct engine *e, struct buf *b)
{
	return neigh_mac(&e->lb.neighbours[b->pkt.neigh], b->pkt.frame);
}

void pending_push(struct engine *e, struct buf *b)
{
	struct pending *p = &e->pending;
	uint16_t index = b->pkt.neigh;

	/* Nothing overtakes what waits already. */
	if (!p->per_neighbour[index] && resolve(e, b))
		return loop_send(e, b->pkt.out_side, b);
	if (p->queue.n >= PENDING_PACKETS ||
	    p->per_neighbour[index] >= PENDING_PER_NEIGHBOUR)
		return engine_drop(e, b, DROP_neighbour_queue_full);
	b->since_ms = e->lb.now_ms;
	p->per_neighbour[index]++;
	p->per_slice[b->pkt.slice]++;
	buf_push(&p->queue, b);
	neighbour_ask(e, index);
}

void pending_flush(struct engine *e)
{
	struct pending *p = &e->pending;

	p->pass++;
	for (uint32_t n = p->queue.n; n; n--) {
		struct buf *b = buf_pop(&p->queue);
		uint16_t index = b->pkt.neigh;
		/* Another engine may learn the answer in the middle of this
		 * pass: who comes behind a packet that waits, waits too. */
		bool ready = p->waits[index] != p->pass && resolve(e, b);

		if (!ready && e->lb.now_ms - b->since_ms < PENDING_TIMEOUT_MS) {
			p->waits[index] = p->pass;
			buf_push(&p->queue, b);
			continue;
		}
		p->per_neighbour[index]--;
		p->per_slice[b->pkt.slice]--;
		if (ready)
			loop_send(e, b->pkt.out_side, b);
		else
			engine_drop(e, b, DROP_neighbour_unresolved);
	}
}
