/* SPDX-License-Identifier: BSD-3-Clause */
/* upkeep.h - what an engine does beside moving packets */
#ifndef ENGINE_UPKEEP_H
#define ENGINE_UPKEEP_H

#include <stdbool.h>
#include <stdint.h>

struct engine;

struct upkeep {
	uint64_t last_us; /* last round */
	uint8_t sweep_next; /* slice the next sweep starts with */
	uint64_t leave_since_us; /* nothing to do since, and asked to leave */
	bool done; /* leave the loop */
	bool failed; /* not in order: somebody else has to take over */
};

/* Once a millisecond: heartbeat, expiry, neighbours, link, the decision to
 * stop. */
void upkeep_turn(struct engine *e);

/* End of a turn: add what it counted to the fabric's counters. */
void upkeep_publish(struct engine *e);

/* A signal asks the engine to leave; async-signal-safe. */
void upkeep_ask_leave(int signal);

#endif
