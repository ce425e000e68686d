/* SPDX-License-Identifier: BSD-3-Clause */
/* result.h - what a simulated run comes to, and its words */
#ifndef SIMULATOR_RESULT_H
#define SIMULATOR_RESULT_H

#include <stdbool.h>

#include "model.h"

struct result {
	const char *policy;
	double seconds;
	double core_s,
		ideal_s; /* core seconds: used, and the least that would do */
	double overload_s; /* in which more work came than the engines could do */
	double dropped; /* packets */
	double delay_us; /* the longest a packet waited */
	unsigned ups, downs, most; /* changes; engines at once */
};

/* Adds one step of so many seconds. */
void result_add(struct result *r, const struct model_step *step,
		double seconds);

/* As lines for people. */
void result_print(const struct result *r);

/* As a JSON object with the name of the trace, without the closing bracket. */
void result_print_json(const struct result *r, const char *trace);

#endif
