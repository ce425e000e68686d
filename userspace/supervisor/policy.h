/* SPDX-License-Identifier: BSD-3-Clause */
/* policy.h - how many engines there should be: a pure function of samples
 *
 * The controller measures, asks and carries out; nothing here reads a clock, so that
 * tools/scale-sim and the tests run the very same objects.
 */
#ifndef SUPERVISOR_POLICY_H
#define SUPERVISOR_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "fabric.h"

/* What was measured since the last sample. */
struct policy_sample {
	uint64_t now_ms;
	unsigned week_min; /* minute of the week, local time; 0 is Monday 00:00 */
	unsigned engines, min, max;
	/* By enum scale_quantity. SHARED ones are averages over the engines; of the
	 * queues it is the longest; drops and the flow table are the fleet's. */
	uint32_t value[SCALE_QUANTITIES];
	unsigned top_slice_pct; /* share of all packets that one slice carries */
};

/* The load of a fleet that was too small for it. */
struct policy_shortage {
	double pps; /* of the fleet */
	unsigned busy_pct; /* per engine; 0: never seen */
};

/* What the policy remembers; all zero at the start. 0 in a time means "not now". */
struct policy_state {
	uint64_t above_since_ms, below_since_ms;
	uint64_t changed_ms; /* last time the number of engines was another */
	unsigned engines; /* then */
	struct policy_shortage shortage[FAB_ENGINES + 1]; /* by engines */
	/* target: busy time of the whole fleet, 100 is one engine, and its slope */
	double load, load_per_ms;
	uint64_t load_ms; /* when it was measured last */
};

struct policy_decision {
	unsigned engines; /* equals the sample's: hold */
	char reason[96]; /* why, a clause; empty when it holds without a wish */
};

/* A policy. decide() moves the state on; it may ask for any number of engines within
 * the sample's min and max. */
struct policy_ops {
	const char *name;
	struct policy_decision (*decide)(const struct config_scaling *config,
					 const struct policy_sample *sample,
					 struct policy_state *state);
};

extern const struct policy_ops policy_threshold, policy_schedule, policy_target;

/* The one that a configuration names; NULL for manual. */
const struct policy_ops *policy_find(enum scale_policy_kind kind);

/* Moves the state on and asks the configured policy. Manual always holds. */
struct policy_decision policy_decide(const struct config_scaling *config,
				     const struct policy_sample *sample,
				     struct policy_state *state);

/* --- what policies share --- */

/* Keeps the time since when `on` holds without a break. */
void policy_track(uint64_t *since_ms, bool on, uint64_t now_ms);

/* True when a change upwards (downwards) is wanted for long enough, and the last
 * change is long enough ago. */
bool policy_may_grow(const struct config_scaling *config,
		     const struct policy_sample *sample,
		     const struct policy_state *state);
bool policy_may_shrink(const struct config_scaling *config,
		       const struct policy_sample *sample,
		       const struct policy_state *state);

/*
 * Makes d, with its reason, a wish for more engines; unless one slice carries most of
 * the packets: it cannot be split, so no further engine would help it. The reason then
 * says so.
 */
void policy_grow(const struct policy_sample *sample, unsigned engines,
		 struct policy_decision *d);

/* This many engines are too few for the load of the sample: notes it, so that the
 * fleet does not go back before the load does. */
void policy_note_shortage(const struct policy_sample *sample,
			  struct policy_state *state);

/* True when n engines were found too few for a load like this one. */
bool policy_was_short(const struct policy_sample *sample,
		      const struct policy_state *state, unsigned n);

#endif
