// SPDX-License-Identifier: BSD-3-Clause
/* policy_target.c - as many engines as keep each near a set point, looking ahead */
#include "policy.h"

#include <math.h>
#include <stdio.h>

/* Time over which the load is smoothed, and its slope: several samples, so that one
 * of them does not look like a trend. */
#define SMOOTH_LOAD_MS	2000.0
#define SMOOTH_SLOPE_MS 6000.0

/* From here on an engine may be missing packets: its busy time no longer tells how
 * much work there is. */
#define SATURATED_PCT 97

/* Smooths load and slope (Holt's method, with weights that fit the time passed). */
static void estimate(const struct policy_sample *s, struct policy_state *st,
		     bool resized)
{
	double load = (double)s->value[SCALE_busy_pct] * s->engines;
	double ms = st->load_ms ? (double)(s->now_ms - st->load_ms) : 0;
	double before = st->load, a, b;

	st->load_ms = s->now_ms;
	/* Work that a saturated fleet could not show appears at once when it has
	 * grown: that is no trend. */
	if (ms <= 0 || resized) {
		st->load = load;
		return;
	}
	a = ms / (ms + SMOOTH_LOAD_MS);
	b = ms / (ms + SMOOTH_SLOPE_MS);
	st->load += st->load_per_ms * ms;
	st->load += a * (load - st->load);
	st->load_per_ms += b * ((st->load - before) / ms - st->load_per_ms);
}

/* The load in a while: what it is, and what it grows until then. */
static double load_ahead(const struct config_scaling *c,
			 const struct policy_sample *s,
			 const struct policy_state *st)
{
	double load =
		fmax(st->load, (double)s->value[SCALE_busy_pct] * s->engines);
	double growth = st->load_per_ms * c->target_ahead_ms;

	return load + fmin(fmax(growth, 0), load);
}

static unsigned engines_for(double load, unsigned busy_pct,
			    const struct policy_sample *s)
{
	double n = ceil(load / busy_pct - 1e-6);

	return n < s->min ? s->min : n > s->max ? s->max : (unsigned)n;
}

static void tell(const struct policy_sample *s, double load,
		 struct policy_decision *d)
{
	snprintf(d->reason, sizeof(d->reason),
		 "busy %u%% on %u engine%s, %.0f%% of one ahead",
		 s->value[SCALE_busy_pct], s->engines,
		 s->engines == 1 ? "" : "s", load);
}

static struct policy_decision decide(const struct config_scaling *c,
				     const struct policy_sample *s,
				     struct policy_state *st)
{
	struct policy_decision d = { .engines = s->engines };
	unsigned high = c->target_busy_pct + c->target_band_pct;
	unsigned low = c->target_busy_pct - c->target_band_pct;
	bool resized = st->changed_ms == s->now_ms;
	bool saturated = s->value[SCALE_busy_pct] >= SATURATED_PCT;
	unsigned fewer;
	double ahead;

	estimate(s, st, resized);
	ahead = load_ahead(c, s, st);
	fewer = engines_for(ahead, low, s);
	if (fewer < s->engines && policy_was_short(s, st, fewer))
		fewer = s->engines;
	policy_track(&st->above_since_ms,
		     saturated || ahead > high * s->engines, s->now_ms);
	policy_track(&st->below_since_ms, fewer < s->engines, s->now_ms);
	if (policy_may_grow(c, s, st)) {
		unsigned more = engines_for(ahead, c->target_busy_pct, s);

		policy_note_shortage(s, st);
		tell(s, ahead, &d);
		policy_grow(s, more > s->engines ? more : s->engines + 1, &d);
	} else if (policy_may_shrink(c, s, st)) {
		d.engines = fewer;
		tell(s, ahead, &d);
	}
	return d;
}

const struct policy_ops policy_target = { "target", decide };
