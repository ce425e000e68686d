/* SPDX-License-Identifier: BSD-3-Clause */
/* scale_phase.h - the phases a change of the fleet goes through */
#ifndef SUPERVISOR_SCALE_PHASE_H
#define SUPERVISOR_SCALE_PHASE_H

#include <stdbool.h>
#include <stdint.h>

#include "measure.h"

struct fleet;

/* One change of the fleet. */
struct change {
	unsigned from, to; /* engines before and after */
	uint32_t starting; /* slots of new engines */
	uint32_t spawned; /* those of them that have a process */
	uint8_t tries[FAB_ENGINES]; /* processes that ended before they were ready */
	uint32_t leaving; /* slots of engines that go */
	bool all; /* the fleet ends: nobody takes over */
	bool partial; /* rather fewer new engines than none */
	bool by_load; /* slices move to even out the load, not the numbers */
	bool planned; /* slices were told to move */
	uint8_t target[FAB_SLICES]; /* to which engine; PLAN_STAY: nowhere */
	uint64_t planned_us; /* when */
	bool disturbed; /* an engine died meanwhile: nobody else timed the pause */
	uint64_t announced_us;
	bool cut_made; /* by a former supervisor */
	uint64_t drain_us; /* since when the old set drains */
	char failure[256]; /* the change cannot go on, and why */
	char shortfall[256]; /* why an engine did not come */
	char waiting[256]; /* why an engine could not be started yet */
	struct measure measure;
};

enum phase_step { PHASE_WAIT, PHASE_NEXT };

/* A change has failed once its failure says why; whoever called looks there. */
struct scale_phase {
	const char *what; /* for people; NULL ends the list */
	/* Once. False: nothing to do in this phase. */
	bool (*enter)(struct fleet *fleet, struct change *change);
	/* Each turn until it says NEXT. */
	enum phase_step (*poll)(struct fleet *fleet, struct change *change);
	/* Each turn after the deadline, instead of waiting on. */
	enum phase_step (*late)(struct fleet *fleet, struct change *change);
	uint64_t deadline_us; /* from its beginning; start: fleet.start_timeout_s */
};

extern const struct scale_phase scale_phases[];
extern const struct scale_phase scale_generation_phases[];

/* How long that phase may take in this fleet, in us. */
uint64_t scale_phase_limit_us(const struct fleet *fleet,
			      const struct scale_phase *phase);

/* The process of a new engine ended: have another one started. After some of them the
 * engine will not come, and the change does without it or fails. */
void change_retry_engine(struct change *change, unsigned slot, const char *why);

#endif
