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
	.up_busy_pct = 70,
	.down_busy_pct = 30,
	.hold_ms = 2000,
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

	sample.busy_pct = busy_pct;
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

	narrow.down_busy_pct = 40;
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
		d.reason, "busy 95%, but one slice carries 80% of the packets");
	sample.top_slice_pct = 10;
	assert_int_equal(run(&threshold, 95, 1).engines, 3);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
