/* SPDX-License-Identifier: BSD-3-Clause */
/* idle.h - give the core back when there is nothing to do */
#ifndef ENGINE_IDLE_H
#define ENGINE_IDLE_H

#include <stdbool.h>
#include <stdint.h>

struct engine;

struct idle {
	uint64_t busy_ns, sleep_ns; /* since start */
	uint64_t empty_since_ns; /* first of the empty turns in a row; 0 = none */
	uint32_t sleep_us; /* length of the next sleep */
};

/*
 * End of a turn that did (busy) or did not find packets: account its time, and
 * after a while without packets sleep, longer each time up to IDLE_SLEEP_US.
 */
void idle_turn(struct engine *e, bool busy);

#endif
