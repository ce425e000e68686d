// SPDX-License-Identifier: BSD-3-Clause
/* queue.c - how much waits for the engine, over time */
#include "queue.h"

#include "engine.h"
#include "ring.h"

#define MISSED_US 200000 /* between two looks: some drivers ask the device */

/* Packets that other engines have put into this one's rings. */
static uint64_t in_rings(const struct engine *e)
{
	uint64_t n = 0;

	for (unsigned from = 0; from < e->fabric->engines_max; from++)
		if (from != e->id)
			n += ring_ready(fabric_ring(e->fabric, from, e->id));
	return n;
}

static void count_missed(struct engine *e)
{
	struct queue *q = &e->queue;

	q->read_us = e->now_us;
	for (unsigned side = 0; side < FAB_SIDES; side++) {
		uint64_t missed = port_missed(&e->ports[side]);

		/* A device that was reset counts from 0 again. What a standby
		 * does not take is nobody's loss. */
		if (missed > q->missed[side] && engine_lives(e->fabric, e->id))
			engine_count(e, CNT_rx_missed,
				     missed - q->missed[side]);
		q->missed[side] = missed;
	}
}

void queue_measure(struct engine *e, uint64_t elapsed_us)
{
	uint64_t waiting = e->hold.n + in_rings(e);

	for (unsigned side = 0; side < FAB_SIDES; side++)
		waiting += port_waiting(&e->ports[side]);
	engine_count(e, CNT_queue_us, waiting * elapsed_us);
	if (e->now_us - e->queue.read_us >= MISSED_US)
		count_missed(e);
}
