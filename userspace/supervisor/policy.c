// SPDX-License-Identifier: BSD-3-Clause
/* policy.c - how many engines there should be: a pure function of samples */
#include "policy.h"

#include <stdio.h>

/* A slice is not divisible. When one carries at least this share of all packets, a
 * further engine could take over only the smaller rest. */
#define ELEPHANT_PCT 50

/* Keeps the time since when `on` holds without a break. */
static void track(uint64_t *since_ms, bool on, uint64_t now_ms)
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

/* Load per engine if one of them left. */
static unsigned busy_with_one_less(const struct policy_sample *s)
{
	return s->engines > 1 ? s->busy_pct * s->engines / (s->engines - 1) :
				100;
}

static bool wants_up(const struct config_scaling *c,
		     const struct policy_sample *s,
		     const struct policy_state *st)
{
	return s->engines < s->max &&
	       held_for(st->above_since_ms, s->now_ms, c->hold_ms) &&
	       s->now_ms - st->changed_ms >= c->cooldown_up_ms;
}

static bool wants_down(const struct config_scaling *c,
		       const struct policy_sample *s,
		       const struct policy_state *st)
{
	return s->engines > s->min &&
	       held_for(st->below_since_ms, s->now_ms, c->hold_ms) &&
	       s->now_ms - st->changed_ms >= c->cooldown_down_ms;
}

static struct policy_decision decide_up(const struct policy_sample *s)
{
	struct policy_decision d = { .engines = s->engines };

	if (s->top_slice_pct >= ELEPHANT_PCT) {
		snprintf(d.reason, sizeof(d.reason),
			 "busy %u%%, but one slice carries %u%% of the packets",
			 s->busy_pct, s->top_slice_pct);
		return d;
	}
	d.engines++;
	snprintf(d.reason, sizeof(d.reason), "busy %u%% on %u engine%s",
		 s->busy_pct, s->engines, s->engines == 1 ? "" : "s");
	return d;
}

struct policy_decision policy_decide(const struct config_scaling *config,
				     const struct policy_sample *sample,
				     struct policy_state *state)
{
	struct policy_decision d = { .engines = sample->engines };
	bool up = sample->busy_pct >= config->up_busy_pct;
	/* The fleet that is left must not want to grow again. */
	bool down = sample->busy_pct < config->down_busy_pct &&
		    busy_with_one_less(sample) < config->up_busy_pct;

	if (config->policy != POLICY_THRESHOLD)
		return d;
	if (state->engines != sample->engines) {
		state->engines = sample->engines;
		state->changed_ms = sample->now_ms;
		up = down = false;
	}
	track(&state->above_since_ms, up, sample->now_ms);
	track(&state->below_since_ms, down, sample->now_ms);
	if (wants_up(config, sample, state))
		return decide_up(sample);
	if (wants_down(config, sample, state)) {
		d.engines--;
		snprintf(d.reason, sizeof(d.reason), "busy %u%% on %u engines",
			 sample->busy_pct, sample->engines);
	}
	return d;
}
