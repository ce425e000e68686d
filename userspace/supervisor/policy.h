/* SPDX-License-Identifier: BSD-3-Clause */
/* policy.h - how many engines there should be: a pure function of samples
 *
 * The controller measures, asks and carries out; nothing here reads a clock.
 */
#ifndef SUPERVISOR_POLICY_H
#define SUPERVISOR_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/* What was measured since the last sample. */
struct policy_sample {
	uint64_t now_ms;
	unsigned engines, min, max;
	unsigned busy_pct; /* average over the engines */
	unsigned top_slice_pct; /* share of all packets that one slice carries */
};

/* What the policy remembers; all zero at the start. 0 means "not now". */
struct policy_state {
	uint64_t above_since_ms, below_since_ms;
	uint64_t changed_ms; /* last time the number of engines was another */
	unsigned engines; /* then */
};

struct policy_decision {
	unsigned engines; /* equals the sample's: hold */
	char reason[96]; /* why, a clause; empty when it holds without a wish */
};

/* Moves the state on and decides. Manual policy always holds. */
struct policy_decision policy_decide(const struct config_scaling *config,
				     const struct policy_sample *sample,
				     struct policy_state *state);

#endif
