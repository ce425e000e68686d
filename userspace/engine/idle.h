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

/* What wakes an engine; whoever changes what it should see sends it. Ignored by a
 * process that does not know of it. */
#define IDLE_WAKE_SIGNAL SIGURG

/* Have that signal wake a sleep and do nothing else. Before there are threads. */
void idle_block_wake(void);

/*
 * End of a turn that did (busy) or did not find packets: account its time, and
 * after a while without packets sleep, longer each time. A frame for a port whose
 * descriptor can be waited for ends a sleep, and so does the wake signal.
 */
void idle_turn(struct engine *e, bool busy);

#endif
