/* SPDX-License-Identifier: BSD-3-Clause */
/* queue.h - how much waits for the engine, over time */
#ifndef ENGINE_QUEUE_H
#define ENGINE_QUEUE_H

#include <stdint.h>

struct engine;

struct queue {
	uint64_t read_us; /* last look at what the ports lost */
	uint64_t missed[2]; /* by side: seen then */
};

/*
 * Adds the packets that wait now (in the ports, in the rings of other engines, held)
 * times the time since the last look to CNT_queue_us: its growth per time is the
 * average length of the queue, its growth per packet taken the average time a packet
 * waits (Little's law). Now and then counts what the ports lost.
 */
void queue_measure(struct engine *e, uint64_t elapsed_us);

#endif
