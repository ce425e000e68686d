/* SPDX-License-Identifier: BSD-3-Clause */
/* rebalance.h - even out the load of engines without changing their number: pure */
#ifndef SUPERVISOR_REBALANCE_H
#define SUPERVISOR_REBALANCE_H

#include <stdint.h>

#include "config.h"
#include "plan.h"

/* Packets per second of an average engine: fewer are no work. */
#define REBALANCE_LEAST_PPS 100

struct rebalance_limits {
	unsigned spread_pct; /* busiest less idlest engine, of the average: begin above */
	unsigned moves; /* slices that may move at once */
	unsigned least; /* average load below which it does not matter who has it */
};

struct rebalance {
	unsigned moves; /* slices that get another owner; 0: leave it as it is */
	unsigned before_pct, after_pct; /* the spread, of the average load */
	uint8_t from, to; /* busiest and idlest engine before */
};

static inline struct rebalance_limits
rebalance_limits(const struct config_scaling *c)
{
	return (struct rebalance_limits){ c->rebalance_pct, c->rebalance_moves,
					  REBALANCE_LEAST_PPS };
}

/*
 * Moves slices from the busiest to the idlest member, each time the one that evens the
 * two out best, until the spread is half of the limit, nothing gets better or the moves
 * are used up. load[s] is what slice s carries, in any unit. Words are at rest and
 * belong to members (not empty). target[s] is the new owner or PLAN_STAY.
 *
 * Does nothing unless the spread is over the limit and what moves is at least a
 * twentieth of the average load. Each move brings the two engines closer, so with the
 * same load no slice ever goes back.
 */
struct rebalance rebalance_plan(const uint32_t *words, uint32_t members,
				const uint32_t *load,
				const struct rebalance_limits *limits,
				uint8_t *target);

#endif
