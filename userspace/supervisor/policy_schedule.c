// SPDX-License-Identifier: BSD-3-Clause
/* policy_schedule.c - bounds by the time of the week; another policy between them */
#include "policy.h"

#include <stdio.h>

#define DAYS	    7
#define DAY_MINUTES (24 * 60)

/* A window belongs to the day it begins on, also behind midnight. */
static bool is_in(const struct config_window *w, unsigned week_min)
{
	unsigned day = week_min / DAY_MINUTES % DAYS;
	unsigned minute = week_min % DAY_MINUTES;
	unsigned yesterday = (day + DAYS - 1) % DAYS;

	if (w->from_min < w->to_min)
		return w->days >> day & 1 && minute >= w->from_min &&
		       minute < w->to_min;
	return (w->days >> day & 1 && minute >= w->from_min) ||
	       (w->days >> yesterday & 1 && minute < w->to_min);
}

static const struct config_window *find_window(const struct config_scaling *c,
					       unsigned week_min)
{
	for (unsigned i = 0; i < c->n_windows; i++)
		if (is_in(&c->windows[i], week_min))
			return &c->windows[i];
	return NULL;
}

/* The clock decides, not the load: neither hold times nor cool-downs count. */
static struct policy_decision go_to(unsigned n, const struct config_window *w)
{
	struct policy_decision d = { .engines = n };

	snprintf(d.reason, sizeof(d.reason),
		 "schedule %02u:%02u-%02u:%02u has %u to %u engines",
		 w->from_min / 60, w->from_min % 60, w->to_min / 60,
		 w->to_min % 60, w->min, w->max);
	return d;
}

static struct policy_decision decide(const struct config_scaling *c,
				     const struct policy_sample *s,
				     struct policy_state *st)
{
	const struct config_window *w = find_window(c, s->week_min);
	struct policy_sample bounded = *s;

	if (w) {
		bounded.min = w->min;
		bounded.max = w->max;
		if (s->engines < w->min)
			return go_to(w->min, w);
		if (s->engines > w->max)
			return go_to(w->max, w);
	}
	return policy_find(c->inside)->decide(c, &bounded, st);
}

const struct policy_ops policy_schedule = { "schedule", decide };
