/* SPDX-License-Identifier: BSD-3-Clause */
/* model.h - a fleet on paper: engines of a capacity, a load, and the policy between */
#ifndef SIMULATOR_MODEL_H
#define SIMULATOR_MODEL_H

#include <stdbool.h>

#include "policy.h"
#include "trace.h"

/* What one engine can do, and what a change of their number takes. */
struct model_limits {
	double capacity_pps; /* packets one engine processes when it is busy 100 % */
	double connection_packets; /* a new connection is as much work as so many */
	double queue_slots; /* packets that wait before more are dropped, per engine */
	double flows; /* room of the flow table */
	unsigned up_ms; /* from the decision until new engines serve */
	unsigned down_ms; /* until the leaving ones have given their cores back */
};

/* One sample interval. */
struct model_step {
	double seconds; /* since the start, at its end */
	double demand; /* work there is; 1 is one engine, busy all the time */
	unsigned engines; /* that serve */
	unsigned cores; /* those, and the ones that come or go */
	unsigned ideal; /* engines that would do, see model_ideal() */
	unsigned busy_pct; /* of the engines that serve */
	double delay_us; /* a packet waits, at the end */
	double dropped; /* packets */
	bool up, down; /* a change began */
	char reason[96]; /* of it */
};

struct model {
	const struct config *config;
	struct model_limits limits;
	struct policy_state policy;
	unsigned week_start_min; /* minute of the week at second 0 */
	double seconds;
	unsigned engines; /* that serve */
	unsigned target; /* another number while a change is under way */
	double ready_s; /* when it ends */
	double backlog; /* work that waits, in packets */
};

/* A fleet of fleet.start engines. The configuration stays the caller's. */
void model_init(struct model *m, const struct config *config,
		const struct model_limits *limits);

/* One sample interval with this load, and the policy's word at its end. */
struct model_step model_run(struct model *m, const struct load *load);

/* The fewest engines, within fleet.min and fleet.max, that have no more to do than the
 * policy lets them: what an all-knowing fleet without delays would have. */
unsigned model_ideal(const struct model *m, double demand);

#endif
