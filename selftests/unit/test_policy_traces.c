// SPDX-License-Identifier: BSD-3-Clause
/* test_policy_traces.c - policies over loads in time: recorded ones and constant ones */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model.h"

static const struct model_limits limits = {
	.capacity_pps = 100000,
	.connection_packets = 4,
	.queue_slots = 1024,
	.flows = 1000000,
	.up_ms = 1000,
	.down_ms = 500,
};

/* What is special about a policy of the tables; the rest is the default. */
static struct config make_config(enum scale_policy_kind policy, unsigned max)
{
	static struct config c;

	c = (struct config){
		.engines_min = 1,
		.engines_start = 1,
		.engines_max = (uint16_t)max,
		.scaling = {
			.policy = policy,
			.up = { [SCALE_busy_pct] = 70 },
			.down = { [SCALE_busy_pct] = 60 },
			.hold_ms = 2000,
			.hold_down_ms = 5000,
			.cooldown_up_ms = 3000,
			.cooldown_down_ms = 20000,
			.sample_ms = 500,
			.target_busy_pct = 65,
			.target_band_pct = 5,
			.target_ahead_ms = 3000,
			.inside = POLICY_TARGET,
		},
	};
	return c;
}

struct outcome {
	unsigned ups, downs, most, last;
	double cores, ideal; /* core seconds */
	double dropped;
	unsigned overload_ms;
	unsigned shortest_up_ms, shortest_down_ms; /* since the change before */
};

/* Keeps the shortest time from the last change to this one. */
static void note_change(struct outcome *o, const struct model_step *step,
			double *changed_s)
{
	unsigned ms = (unsigned)((step->seconds - *changed_s) * 1000);
	unsigned *shortest = step->up ? &o->shortest_up_ms :
					&o->shortest_down_ms;

	o->ups += step->up;
	o->downs += step->down;
	if (ms < *shortest)
		*shortest = ms;
}

static struct outcome replay(const struct config *c, struct trace *t,
			     double seconds)
{
	struct outcome o = { .shortest_up_ms = UINT32_MAX,
			     .shortest_down_ms = UINT32_MAX };
	double changed_s = 0, s = c->scaling.sample_ms / 1000.0;
	struct model m;

	model_init(&m, c, &limits);
	while (m.seconds < seconds) {
		struct load load = trace_at(t, m.seconds);
		unsigned before = m.engines;
		struct model_step step = model_run(&m, &load);

		if (step.up || step.down)
			note_change(&o, &step, &changed_s);
		if (m.engines != before)
			changed_s = step.seconds;
		o.most = m.engines > o.most ? m.engines : o.most;
		o.cores += step.cores * s;
		o.ideal += step.ideal * s;
		o.dropped += step.dropped;
		if (step.demand > step.engines)
			o.overload_ms += c->scaling.sample_ms;
	}
	o.last = m.engines;
	return o;
}

static struct outcome replay_constant(const struct config *c, double pps,
				      double seconds)
{
	struct trace_row rows[] = {
		{ 0, { .pps = pps } },
		{ seconds, { .pps = pps } },
	};
	struct trace t = { .rows = rows, .n = 2 };

	return replay(c, &t, seconds);
}

/* Rows: a trace, a policy, and the bounds of what it may do with it. */
static const struct {
	const char *trace;
	enum scale_policy_kind policy;
	unsigned ups, downs; /* changes, at most */
	unsigned most; /* engines at the peak, exactly */
	unsigned last; /* engines at the end, exactly */
	unsigned excess_pct; /* core seconds over the ideal, at most */
	unsigned overload_ms; /* at most */
} rows[] = {
	{ "day.csv", POLICY_THRESHOLD, 12, 10, 8, 3, 10, 5000 },
	{ "day.csv", POLICY_TARGET, 12, 10, 8, 3, 10, 5000 },
	{ "step.csv", POLICY_THRESHOLD, 4, 4, 5, 1, 25, 20000 },
	{ "step.csv", POLICY_TARGET, 3, 2, 6, 1, 25, 10000 },
	{ "spike.csv", POLICY_THRESHOLD, 0, 0, 1, 1, 0, 1000 },
	{ "spike.csv", POLICY_TARGET, 0, 0, 1, 1, 0, 1000 },
	{ "ramp.csv", POLICY_THRESHOLD, 7, 0, 8, 8, 10, 0 },
	{ "ramp.csv", POLICY_TARGET, 7, 0, 8, 8, 15, 0 },
	{ "saw.csv", POLICY_THRESHOLD, 20, 16, 4, 4, 60, 5000 },
	{ "saw.csv", POLICY_TARGET, 24, 12, 5, 2, 80, 10000 },
};

static void traces_stay_within_their_bounds(void **state)
{
	bool wrong = false;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct config c = make_config(rows[i].policy, 8);
		char path[256], err[256];
		struct outcome o;
		struct trace t;
		double excess;

		snprintf(path, sizeof(path), "%s/%s", TRACE_DIR, rows[i].trace);
		if (trace_read(&t, path, err, sizeof(err)) < 0)
			fail_msg("%s", err);
		o = replay(&c, &t, trace_seconds(&t));
		trace_free(&t);
		excess = 100 * (o.cores / o.ideal - 1);
		if (o.ups <= rows[i].ups && o.downs <= rows[i].downs &&
		    o.most == rows[i].most && o.last == rows[i].last &&
		    excess <= rows[i].excess_pct &&
		    o.overload_ms <= rows[i].overload_ms)
			continue;
		wrong = true;
		print_error("row %u, %s by %s: %u up, %u down, at most %u, "
			    "%u in the end, %.1f %% over the ideal, "
			    "overload %u ms\n",
			    i, rows[i].trace, policy_find(rows[i].policy)->name,
			    o.ups, o.downs, o.most, o.last, excess,
			    o.overload_ms);
	}
	assert_false(wrong);
}

static const enum scale_policy_kind both[] = { POLICY_THRESHOLD,
					       POLICY_TARGET };

/* Whatever the load is: up to where it has to be, once, and there it stays. */
static void constant_load_never_oscillates(void **state)
{
	for (unsigned p = 0; p < 2; p++) {
		for (unsigned pct = 0; pct <= 1000; pct++) {
			struct config c = make_config(both[p], 8);
			double pps = limits.capacity_pps * pct / 100;
			struct outcome o = replay_constant(&c, pps, 600);

			if (o.downs || o.ups > 7)
				fail_msg(
					"%s at %u%% of an engine: %u up, %u down",
					policy_find(both[p])->name, pct, o.ups,
					o.downs);
		}
	}
}

/* The same from above: the fleet starts full and comes down to the same size. */
static void constant_load_converges_from_above(void **state)
{
	for (unsigned p = 0; p < 2; p++) {
		for (unsigned pct = 0; pct <= 1000; pct += 3) {
			struct config c = make_config(both[p], 8);
			double pps = limits.capacity_pps * pct / 100;
			struct outcome o;

			c.engines_start = 8;
			o = replay_constant(&c, pps, 900);
			if (o.ups || o.last * 70 < (pct < 560 ? pct : 560) ||
			    (o.last > 1 && (o.last - 1) * 60 > pct + 60))
				fail_msg(
					"%s at %u%% of an engine: %u up, ends with %u",
					policy_find(both[p])->name, pct, o.ups,
					o.last);
		}
	}
}

/* A limit that the busy time knows nothing of: queues grow long before. */
static void a_queue_limit_does_not_oscillate_either(void **state)
{
	for (unsigned pct = 100; pct <= 700; pct++) {
		struct config c = make_config(POLICY_THRESHOLD, 8);
		struct outcome o;

		c.scaling.up[SCALE_busy_pct] = 100;
		c.scaling.down[SCALE_busy_pct] = 99;
		c.scaling.up[SCALE_queue_packets] = 3;
		c.scaling.down[SCALE_queue_packets] = 2;
		o = replay_constant(&c, limits.capacity_pps * pct / 100, 600);
		if (o.downs)
			fail_msg("at %u%% of an engine: %u up, %u down", pct,
				 o.ups, o.downs);
	}
}

/* Loads that jump about at random, the same ones each time. */
static void cooldowns_are_kept(void **state)
{
	struct trace_row rows[200];
	struct trace t = { .rows = rows, .n = 200 };

	for (unsigned seed = 1; seed <= 20; seed++) {
		srand(seed);
		for (unsigned i = 0; i < 200; i++)
			rows[i] = (struct trace_row){
				i * 10, { .pps = rand() % 800 * 1000.0 }
			};
		for (unsigned p = 0; p < 2; p++) {
			struct config c = make_config(both[p], 8);
			struct outcome o;

			t.at = 0;
			o = replay(&c, &t, 1990);
			assert_true(o.ups > 5 && o.downs > 2);
			assert_true(o.shortest_up_ms >=
				    c.scaling.cooldown_up_ms);
			assert_true(o.shortest_down_ms >=
				    c.scaling.cooldown_down_ms);
			assert_true(o.most <= 8);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(traces_stay_within_their_bounds),
		cmocka_unit_test(constant_load_never_oscillates),
		cmocka_unit_test(constant_load_converges_from_above),
		cmocka_unit_test(a_queue_limit_does_not_oscillate_either),
		cmocka_unit_test(cooldowns_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
