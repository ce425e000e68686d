// SPDX-License-Identifier: BSD-3-Clause
/* policy.c - how many engines there should be: a pure function of samples */
#include "policy.h"

#include <stdio.h>
#include <string.h>

/* A slice is not divisible. When one carries at least this share of all packets, a
 * further engine could take over only the smaller rest. */
#define ELEPHANT_PCT 50

/* Loads that differ by less are the same load, as far as one can measure it. */
#define SAME_PPS  0.9
#define SAME_BUSY 0.9

void policy_track(uint64_t *since_ms, bool on, uint64_t now_ms)
{
	if (!on)
		*since_ms = 0;
	else if (!*since_ms)
		*since_ms = now_ms;
}

static bool held_for(uint64_t since_ms, uint64_t now_ms, uint64_t need_ms)
{
	return since_ms && now_ms - since_ms >= need_ms;
}

bool policy_may_grow(const struct config_scaling *c,
		     const struct policy_sample *s,
		     const struct policy_state *st)
{
	return s->engines < s->max &&
	       held_for(st->above_since_ms, s->now_ms, c->hold_ms) &&
	       s->now_ms - st->changed_ms >= c->cooldown_up_ms;
}

bool policy_may_shrink(const struct config_scaling *c,
		       const struct policy_sample *s,
		       const struct policy_state *st)
{
	return s->engines > s->min &&
	       held_for(st->below_since_ms, s->now_ms, c->hold_down_ms) &&
	       s->now_ms - st->changed_ms >= c->cooldown_down_ms;
}

static double fleet_pps(const struct policy_sample *s)
{
	return (double)s->value[SCALE_pps] * s->engines;
}

void policy_note_shortage(const struct policy_sample *s,
			  struct policy_state *st)
{
	st->shortage[s->engines] = (struct policy_shortage){
		.pps = fleet_pps(s),
		.busy_pct = s->value[SCALE_busy_pct],
	};
}

bool policy_was_short(const struct policy_sample *s,
		      const struct policy_state *st, unsigned n)
{
	const struct policy_shortage *then = &st->shortage[n];
	double busy = (double)s->value[SCALE_busy_pct] * s->engines / n;

	return then->busy_pct && fleet_pps(s) >= SAME_PPS * then->pps &&
	       busy >= SAME_BUSY * then->busy_pct;
}

const struct policy_ops *policy_find(enum scale_policy_kind kind)
{
	switch (kind) {
	case POLICY_THRESHOLD:
		return &policy_threshold;
	case POLICY_SCHEDULE:
		return &policy_schedule;
	case POLICY_TARGET:
		return &policy_target;
	case POLICY_MANUAL:
		break;
	}
	return NULL;
}

/* The number of engines is another than at the last sample: what was seen before says
 * nothing about this fleet. */
static void note_size(const struct policy_sample *s, struct policy_state *st)
{
	if (st->engines == s->engines)
		return;
	st->engines = s->engines;
	st->changed_ms = s->now_ms;
	st->above_since_ms = st->below_since_ms = 0;
}

void policy_grow(const struct policy_sample *s, unsigned engines,
		 struct policy_decision *d)
{
	char reason[sizeof(d->reason)];

	if (s->top_slice_pct < ELEPHANT_PCT) {
		d->engines = engines;
		return;
	}
	snprintf(reason, sizeof(reason),
		 "%.44s, but one slice carries %u%% of the packets", d->reason,
		 s->top_slice_pct);
	memcpy(d->reason, reason, sizeof(d->reason));
}

struct policy_decision policy_decide(const struct config_scaling *config,
				     const struct policy_sample *sample,
				     struct policy_state *state)
{
	const struct policy_ops *policy = policy_find(config->policy);
	struct policy_decision hold = { .engines = sample->engines };

	note_size(sample, state);
	return policy ? policy->decide(config, sample, state) : hold;
}
