/* SPDX-License-Identifier: BSD-3-Clause */
/* idle.c - give the core back when there is nothing to do */
#include "idle.h"

#include <time.h>

#include "clock.h"
#include "engine.h"

#define SPIN_NS	       50000 /* empty turns this long before the first sleep */
#define SLEEP_US_FIRST 20
#define SLEEP_US_LAST  500 /* what a NIC's queue of 1024 takes at 2 Mpps */

static void give_back(struct idle *i, uint64_t now_ns)
{
	struct timespec t = { .tv_nsec = i->sleep_us * 1000 };

	nanosleep(&t, NULL);
	i->sleep_ns += clock_now_ns() - now_ns;
	i->sleep_us *= 2;
	if (i->sleep_us > SLEEP_US_LAST)
		i->sleep_us = SLEEP_US_LAST;
}

void idle_turn(struct engine *e, bool busy)
{
	struct idle *i = &e->idle;
	uint64_t now_ns = clock_now_ns();

	if (busy) {
		i->busy_ns += now_ns - e->now_ns;
		i->empty_since_ns = 0;
		i->sleep_us = SLEEP_US_FIRST;
		return;
	}
	if (!i->empty_since_ns)
		i->empty_since_ns = now_ns;
	/* A hand-over waits for everybody's fence: no long sleeps then. */
	if (e->steer.n_leaving || e->steer.n_coming || e->handoff.stashed)
		i->sleep_us = SLEEP_US_FIRST;
	if (now_ns - i->empty_since_ns >= SPIN_NS)
		give_back(i, now_ns);
}
