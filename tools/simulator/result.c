// SPDX-License-Identifier: BSD-3-Clause
/* result.c - what a simulated run comes to, and its words */
#include "result.h"

#include <stdio.h>

void result_add(struct result *r, const struct model_step *step, double seconds)
{
	r->seconds = step->seconds;
	r->core_s += step->cores * seconds;
	r->ideal_s += step->ideal * seconds;
	r->dropped += step->dropped;
	r->ups += step->up;
	r->downs += step->down;
	if (step->demand > step->engines)
		r->overload_s += seconds;
	if (step->delay_us > r->delay_us)
		r->delay_us = step->delay_us;
	if (step->cores > r->most)
		r->most = step->cores;
}

static double excess_pct(const struct result *r)
{
	return 100 * (r->core_s / r->ideal_s - 1);
}

void result_print(const struct result *r)
{
	printf("policy         %s\n"
	       "time           %.1f h\n"
	       "cores used     %.2f on average, %u at most\n"
	       "ideal          %.2f on average\n"
	       "over the ideal %.1f %%\n"
	       "scale events   %u up, %u down\n"
	       "overload       %.1f s, %.0f packets dropped\n"
	       "longest wait   %.0f us\n",
	       r->policy, r->seconds / 3600, r->core_s / r->seconds, r->most,
	       r->ideal_s / r->seconds, excess_pct(r), r->ups, r->downs,
	       r->overload_s, r->dropped, r->delay_us);
}

/* The path as a JSON string. */
static void print_name(const char *name)
{
	putchar('"');
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			putchar('\\');
		if ((unsigned char)*name >= ' ')
			putchar(*name);
	}
	putchar('"');
}

void result_print_json(const struct result *r, const char *trace)
{
	printf("{\"trace\": ");
	print_name(trace);
	printf(", \"policy\": \"%s\", \"seconds\": %.1f, \"core_seconds\": %.1f, "
	       "\"ideal_core_seconds\": %.1f, \"excess_pct\": %.2f, "
	       "\"overload_seconds\": %.1f, \"dropped\": %.0f, "
	       "\"longest_wait_us\": %.0f, \"ups\": %u, \"downs\": %u, "
	       "\"most_cores\": %u",
	       r->policy, r->seconds, r->core_s, r->ideal_s, excess_pct(r),
	       r->overload_s, r->dropped, r->delay_us, r->ups, r->downs,
	       r->most);
}
