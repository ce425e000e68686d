// SPDX-License-Identifier: BSD-3-Clause
/* test_policy.c - how many engines there should be, for series of samples */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy.h"

static const struct config_scaling threshold = {
	.policy = POLICY_THRESHOLD,
	.up[SCALE_busy_pct] = 70,
	.down[SCALE_busy_pct] = 30,
	.hold_ms = 2000,
	.hold_down_ms = 2000,
	.cooldown_up_ms = 5000,
	.cooldown_down_ms = 30000,
};

static struct policy_state memory;
static struct policy_sample sample;

static int forget(void **state)
{
	memory = (struct policy_state){ 0 };
	sample = (struct policy_sample){
		.now_ms = 1000000, .engines = 2, .min = 1, .max = 4
	};
	return 0;
}

/* A sample each second for so long; the last decision. */
static struct policy_decision run(const struct config_scaling *config,
				  unsigned busy_pct, unsigned seconds)
{
	struct policy_decision d = { 0 };

	sample.value[SCALE_busy_pct] = busy_pct;
	for (unsigned i = 0; i < seconds; i++) {
		sample.now_ms += 1000;
		d = policy_decide(config, &sample, &memory);
	}
	return d;
}

static void manual_always_holds(void **state)
{
	struct config_scaling manual = threshold;

	manual.policy = POLICY_MANUAL;
	assert_int_equal(run(&manual, 100, 100).engines, 2);
	assert_int_equal(run(&manual, 0, 100).engines, 2);
}

static void load_between_the_thresholds_holds(void **state)
{
	assert_int_equal(run(&threshold, 50, 100).engines, 2);
}

static void high_load_must_last(void **state)
{
	run(&threshold, 50, 60);
	assert_int_equal(run(&threshold, 90, 2).engines, 2);
	assert_int_equal(run(&threshold, 90, 1).engines, 3);
}

static void a_dip_starts_the_wait_again(void **state)
{
	run(&threshold, 50, 60);
	run(&threshold, 90, 2);
	run(&threshold, 69, 1);
	assert_int_equal(run(&threshold, 90, 2).engines, 2);
	assert_int_equal(run(&threshold, 90, 1).engines, 3);
}

static void a_change_is_followed_by_a_cooldown(void **state)
{
	run(&threshold, 50, 60);
	assert_int_equal(run(&threshold, 90, 3).engines, 3);
	sample.engines = 3;
	assert_int_equal(run(&threshold, 90, 5).engines, 3);
	assert_int_equal(run(&threshold, 90, 1).engines, 4);
}

static void max_and_min_are_kept(void **state)
{
	sample.engines = 4;
	assert_int_equal(run(&threshold, 100, 100).engines, 4);
	sample.engines = sample.min = 2;
	assert_int_equal(run(&threshold, 0, 100).engines, 2);
}

static void low_load_takes_one_away(void **state)
{
	struct policy_decision d = run(&threshold, 10, 30);

	assert_int_equal(d.engines, 2);
	d = run(&threshold, 10, 1);
	assert_int_equal(d.engines, 1);
	assert_string_equal(d.reason, "busy 10% on 2 engines");
}

/* 36 % on two is 72 % on one, over the upper threshold: it would come back. */
static void nothing_is_taken_away_that_would_come_back(void **state)
{
	struct config_scaling narrow = threshold;

	narrow.down[SCALE_busy_pct] = 40;
	assert_int_equal(run(&narrow, 36, 100).engines, 2);
	assert_int_equal(run(&narrow, 34, 100).engines, 1);
}

static void an_elephant_gets_no_engine(void **state)
{
	struct policy_decision d;

	sample.top_slice_pct = 80;
	d = run(&threshold, 95, 100);
	assert_int_equal(d.engines, 2);
	assert_string_equal(
		d.reason,
		"busy 95% on 2 engines, but one slice carries 80% of the packets");
	sample.top_slice_pct = 10;
	assert_int_equal(run(&threshold, 95, 1).engines, 3);
}

/* Rows: a quantity at its upper limit, just below it, at its lower one, just below. On
 * three engines; the busy time, which always counts, says neither up nor down. */
static const struct {
	enum scale_quantity q;
	const char *reason;
} quantities[] = {
	{ SCALE_queue_packets, "100 packets queued on 3 engines" },
	{ SCALE_queue_delay_us, "packets wait 100 us on 3 engines" },
	{ SCALE_drops_per_s, "100 packets/s dropped on 3 engines" },
	{ SCALE_pps, "100 packets/s per engine on 3 engines" },
	{ SCALE_connections_per_s,
	  "100 new connections/s per engine on 3 engines" },
	{ SCALE_connections, "100 connections per engine on 3 engines" },
	{ SCALE_flow_table_pct, "flow table 100% full on 3 engines" },
};

static struct policy_decision run_quantity(unsigned q, uint32_t value,
					   unsigned busy_pct)
{
	struct config_scaling c = threshold;

	forget(NULL);
	sample.engines = 3;
	c.up[q] = 100;
	c.down[q] = 40;
	sample.value[q] = value;
	return run(&c, busy_pct, 60);
}

static void each_quantity_has_its_limits(void **state)
{
	for (unsigned i = 0; i < sizeof(quantities) / sizeof(*quantities);
	     i++) {
		unsigned q = quantities[i].q;
		struct policy_decision d = run_quantity(q, 100, 10);

		assert_int_equal(d.engines, 4);
		assert_string_equal(d.reason, quantities[i].reason);
		assert_int_equal(run_quantity(q, 99, 10).engines, 3);
		assert_int_equal(run_quantity(q, 40, 10).engines, 3);
		assert_int_equal(run_quantity(q, 39, 10).engines, 2);
		/* All of them have to be low. */
		assert_int_equal(run_quantity(q, 39, 50).engines, 3);
	}
}

/* What is shared goes up by half when one of three leaves: 66 and more would be 100
 * or more. A queue, drops or a table cannot be told ahead. */
static void what_is_shared_is_told_ahead(void **state)
{
	for (unsigned q = SCALE_queue_packets; q < SCALE_QUANTITIES; q++) {
		bool shared = q == SCALE_pps || q == SCALE_connections ||
			      q == SCALE_connections_per_s;
		struct config_scaling c = threshold;

		forget(NULL);
		sample.engines = 3;
		c.up[q] = 100;
		c.down[q] = 90;
		sample.value[q] = 67;
		assert_int_equal(run(&c, 10, 60).engines, shared ? 3 : 2);
	}
}

/* It was too small at this load once: it is not tried again at the same load. */
static void a_size_that_was_too_small_is_remembered(void **state)
{
	struct config_scaling c = threshold;

	c.up[SCALE_queue_packets] = 100;
	c.down[SCALE_queue_packets] = 50;
	sample.value[SCALE_queue_packets] = 100;
	sample.value[SCALE_pps] = 3000;
	assert_int_equal(run(&c, 26, 10).engines, 3);
	sample.engines = 3;
	sample.value[SCALE_queue_packets] = 0;
	sample.value[SCALE_pps] = 2000;
	assert_int_equal(run(&c, 17, 100).engines, 3);
	sample.value[SCALE_pps] = 1700;
	assert_int_equal(run(&c, 14, 100).engines, 2);
}

/* --- target --- */

static const struct config_scaling target = {
	.policy = POLICY_TARGET,
	.hold_ms = 2000,
	.hold_down_ms = 2000,
	.cooldown_up_ms = 5000,
	.cooldown_down_ms = 5000,
	.target_busy_pct = 60,
	.target_band_pct = 5,
	.target_ahead_ms = 3000,
};

static void target_jumps_as_far_as_it_has_to(void **state)
{
	sample.max = 8;
	run(&target, 60, 60);
	assert_int_equal(run(&target, 90, 1).engines, 2);
	assert_int_equal(run(&target, 90, 5).engines, 4);
	forget(NULL);
	sample.max = sample.engines = 8;
	assert_int_equal(run(&target, 10, 60).engines, 2);
}

static void target_keeps_still_within_its_band(void **state)
{
	assert_int_equal(run(&target, 65, 100).engines, 2);
	assert_int_equal(run(&target, 55, 100).engines, 2);
	assert_int_equal(run(&target, 66, 100).engines, 3);
	sample.engines = 3;
	assert_int_equal(run(&target, 37, 100).engines, 3);
	assert_int_equal(run(&target, 36, 100).engines, 2);
}

/* 45 to 62 per cent within 40 s: nobody is over the band, but soon will be. */
static void target_looks_ahead(void **state)
{
	struct config_scaling blind = target, seeing = target;
	unsigned saw[2] = { 0 };

	blind.target_ahead_ms = 0;
	seeing.target_ahead_ms = 20000;
	for (unsigned k = 0; k < 2; k++) {
		forget(NULL);
		for (unsigned busy = 45; busy <= 62; busy++)
			saw[k] = run(k ? &seeing : &blind, busy, 2).engines;
	}
	assert_int_equal(saw[0], 2);
	assert_int_equal(saw[1], 3);
}

/* A band up to 100 cannot be left; a fleet that has no time left grows anyway. */
static void target_grows_when_saturated(void **state)
{
	struct config_scaling wide = target;

	wide.target_busy_pct = 80;
	wide.target_band_pct = 20;
	assert_int_equal(run(&wide, 96, 100).engines, 2);
	assert_int_equal(run(&wide, 97, 100).engines, 3);
}

static void target_gets_no_engine_for_an_elephant(void **state)
{
	sample.top_slice_pct = 50;
	assert_int_equal(run(&target, 95, 100).engines, 2);
	sample.top_slice_pct = 49;
	assert_int_equal(run(&target, 95, 1).engines, 4);
}

/* --- schedule --- */

#define AT(day, hour, minute) ((((day)*24) + (hour)) * 60 + (minute))
enum { MON, TUE, WED, THU, FRI, SAT, SUN };

/* Work days 8 to 20 h: 2 to 3. Friday and Saturday 22 h to 2 h: 4. Sunday, all day: 1. */
static const struct config_scaling schedule = {
	.policy = POLICY_SCHEDULE,
	.inside = POLICY_THRESHOLD,
	.up[SCALE_busy_pct] = 70,
	.down[SCALE_busy_pct] = 30,
	.windows = {
		{ .days = 0x1f, .from_min = 480, .to_min = 1200, .min = 2, .max = 3 },
		{ .days = 0x30, .from_min = 1320, .to_min = 120, .min = 4, .max = 4 },
		{ .days = 0x40, .from_min = 0, .to_min = 1440, .min = 1, .max = 1 },
	},
	.n_windows = 3,
};

static const struct {
	unsigned week_min, engines, busy_pct, want;
} hours[] = {
	{ AT(MON, 7, 59), 1, 50, 1 },  { AT(MON, 8, 0), 1, 50, 2 },
	{ AT(FRI, 19, 59), 1, 50, 2 }, { AT(FRI, 20, 0), 1, 50, 1 },
	{ AT(SAT, 8, 0), 1, 50, 1 },   { AT(WED, 12, 0), 4, 50, 3 },
	{ AT(WED, 12, 0), 3, 90, 3 },  { AT(WED, 12, 0), 2, 90, 3 },
	{ AT(WED, 12, 0), 2, 5, 2 },   { AT(FRI, 21, 59), 2, 50, 2 },
	{ AT(FRI, 22, 0), 2, 50, 4 },  { AT(SAT, 1, 59), 2, 50, 4 },
	{ AT(SAT, 2, 0), 2, 50, 2 },   { AT(SAT, 23, 0), 2, 50, 4 },
	{ AT(SUN, 1, 0), 2, 50, 4 },   { AT(SUN, 3, 0), 2, 50, 1 },
	{ AT(SUN, 23, 59), 2, 50, 1 }, { AT(MON, 0, 0), 2, 50, 2 },
	{ AT(THU, 23, 0), 2, 50, 2 },  { AT(MON, 1, 0), 3, 90, 4 },
};

static void the_schedule_knows_days_and_midnight(void **state)
{
	for (unsigned i = 0; i < sizeof(hours) / sizeof(*hours); i++) {
		struct policy_decision d;

		forget(NULL);
		sample.engines = hours[i].engines;
		sample.week_min = hours[i].week_min;
		d = run(&schedule, hours[i].busy_pct, 2);
		if (d.engines != hours[i].want)
			fail_msg("row %u: %u engines, %s", i, d.engines,
				 d.reason);
	}
}

/* Not even one slice that carries everything keeps the clock from being right. */
static void the_schedule_says_why(void **state)
{
	struct policy_decision d;

	sample.engines = 1;
	sample.top_slice_pct = 100;
	sample.week_min = AT(TUE, 9, 30);
	d = run(&schedule, 0, 1);
	assert_int_equal(d.engines, 2);
	assert_string_equal(d.reason,
			    "schedule 08:00-20:00 has 2 to 3 engines");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(manual_always_holds, forget),
		cmocka_unit_test_setup(load_between_the_thresholds_holds,
				       forget),
		cmocka_unit_test_setup(high_load_must_last, forget),
		cmocka_unit_test_setup(a_dip_starts_the_wait_again, forget),
		cmocka_unit_test_setup(a_change_is_followed_by_a_cooldown,
				       forget),
		cmocka_unit_test_setup(max_and_min_are_kept, forget),
		cmocka_unit_test_setup(low_load_takes_one_away, forget),
		cmocka_unit_test_setup(
			nothing_is_taken_away_that_would_come_back, forget),
		cmocka_unit_test_setup(an_elephant_gets_no_engine, forget),
		cmocka_unit_test(each_quantity_has_its_limits),
		cmocka_unit_test(what_is_shared_is_told_ahead),
		cmocka_unit_test_setup(a_size_that_was_too_small_is_remembered,
				       forget),
		cmocka_unit_test_setup(target_jumps_as_far_as_it_has_to,
				       forget),
		cmocka_unit_test_setup(target_keeps_still_within_its_band,
				       forget),
		cmocka_unit_test(target_looks_ahead),
		cmocka_unit_test_setup(target_grows_when_saturated, forget),
		cmocka_unit_test_setup(target_gets_no_engine_for_an_elephant,
				       forget),
		cmocka_unit_test(the_schedule_knows_days_and_midnight),
		cmocka_unit_test_setup(the_schedule_says_why, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
