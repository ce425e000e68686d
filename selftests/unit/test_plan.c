// SPDX-License-Identifier: BSD-3-Clause
/* test_plan.c - which slices, addresses and slots change when the fleet does */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan.h"

static uint32_t words[FAB_SLICES];
static uint8_t target[FAB_SLICES];

static void all_owned_by(uint8_t owner)
{
	for (unsigned s = 0; s < FAB_SLICES; s++)
		words[s] = slice_word(owner, owner, 0);
}

/* Carries the plan out. */
static void apply(void)
{
	for (unsigned s = 0; s < FAB_SLICES; s++)
		if (target[s] != PLAN_STAY)
			words[s] = slice_word(target[s], target[s], 0);
}

static unsigned owned_by(unsigned owner)
{
	unsigned n = 0;

	for (unsigned s = 0; s < FAB_SLICES; s++)
		n += slice_owner(words[s]) == owner;
	return n;
}

static void assert_even(uint32_t members)
{
	unsigned n = (unsigned)__builtin_popcount(members), sum = 0;

	for (unsigned i = 0; i < FAB_ENGINES; i++) {
		if (!(members >> i & 1)) {
			assert_int_equal(owned_by(i), 0);
			continue;
		}
		assert_in_range(owned_by(i), FAB_SLICES / n,
				(FAB_SLICES + n - 1) / n);
		sum += owned_by(i);
	}
	assert_int_equal(sum, FAB_SLICES);
}

static void balance_gives_the_slices_of_nobody_evenly(void **state)
{
	all_owned_by(FAB_NO_ENGINE);
	assert_int_equal(plan_balance(words, 0x7, target), FAB_SLICES);
	apply();
	assert_even(0x7);
}

static void balance_moves_no_more_than_it_must(void **state)
{
	all_owned_by(0);
	assert_int_equal(plan_balance(words, 0x3, target), 128);
	apply();
	assert_even(0x3);
	/* 128 + 128 -> 86 + 85 + 85: what the third gets, and nothing else. */
	assert_int_equal(plan_balance(words, 0x7, target), 85);
	apply();
	assert_even(0x7);
	/* One leaves: its slices, and nothing else. */
	assert_int_equal(plan_balance(words, 0x5, target), 85);
	apply();
	assert_even(0x5);
	assert_int_equal(plan_balance(words, 0x5, target), 0);
}

/* Every change between two sets of engines, of all sizes up to four. */
static void balance_is_even_and_least_for_all_changes(void **state)
{
	for (uint32_t from = 1; from < 16; from++) {
		for (uint32_t to = 1; to < 16; to++) {
			unsigned moves, least = 0, n;

			all_owned_by(FAB_NO_ENGINE);
			plan_balance(words, from, target);
			apply();
			n = (unsigned)__builtin_popcount(to);
			for (unsigned i = 0; i < 4; i++) {
				unsigned most = (FAB_SLICES + n - 1) / n;

				if (!(to >> i & 1))
					least += owned_by(i);
				else if (owned_by(i) > most)
					least += owned_by(i) - most;
			}
			moves = plan_balance(words, to, target);
			apply();
			assert_even(to);
			/* Rounding can cost one slice per member. */
			assert_in_range(moves, least, least + n);
		}
	}
}

static void adopt_takes_only_what_nobody_releases(void **state)
{
	all_owned_by(0);
	words[1] = slice_word(1, 1, 0);
	words[2] = slice_word(1, 0, SLICE_MOVING); /* dead owner */
	words[3] = slice_word(0, 1, SLICE_MOVING); /* dead target: later */
	words[4] = slice_word(1, 1, SLICE_RECOVER); /* died while rebuilding */
	assert_int_equal(plan_adopt(words, 0x5, 0x5, target), 3);
	/* Engine 2 has nothing yet. */
	assert_int_equal(target[1], 2);
	assert_int_equal(target[2], 2);
	assert_int_equal(target[3], PLAN_STAY);
	assert_int_equal(target[4], 2);
	assert_int_equal(target[0], PLAN_STAY);
}

static void adopt_shares_a_dead_engine_evenly(void **state)
{
	all_owned_by(FAB_NO_ENGINE);
	plan_balance(words, 0xf, target);
	apply();
	assert_int_equal(plan_adopt(words, 0x7, 0x7, target), 64);
	apply();
	assert_even(0x7);
}

static void adopt_waits_without_a_survivor(void **state)
{
	all_owned_by(0);
	assert_int_equal(plan_adopt(words, 0, 0, target), 0);
	for (unsigned s = 0; s < FAB_SLICES; s++)
		assert_int_equal(target[s], PLAN_STAY);
}

static void victims_are_the_highest_that_do_not_receive(void **state)
{
	assert_int_equal(plan_victims(0x7, 0x1, 2), 0x6);
	assert_int_equal(plan_victims(0x7, 0x4, 1), 0x2);
	assert_int_equal(plan_victims(0x7, 0x4, 2), 0x3);
	/* When all the others are gone, receivers too. */
	assert_int_equal(plan_victims(0x7, 0x6, 2), 0x5);
	assert_int_equal(plan_victims(0x7, 0x7, 3), 0x7);
	assert_int_equal(plan_victims(0x7, 0x1, 0), 0);
}

static void slots_are_the_lowest_free_ones(void **state)
{
	assert_int_equal(plan_slots(0x5, 6, 2), 0xa);
	assert_int_equal(plan_slots(0x0, 6, 3), 0x7);
	assert_int_equal(plan_slots(0x3f, 6, 1), 0);
	assert_int_equal(plan_slots(0x1f, 6, 3), 0x20);
}

static void receivers_stay_unless_they_must_go(void **state)
{
	static const uint16_t used[] = { 0, 2, 5 };
	uint8_t receivers[FAB_ADDRESSES];

	memset(receivers, FAB_NO_ENGINE, sizeof(receivers));
	assert_int_equal(plan_receivers(receivers, used, 3, 0x6, 0x6), 3);
	assert_int_equal(receivers[0], 1);
	assert_int_equal(receivers[2], 1);
	assert_int_equal(receivers[5], 1);
	assert_int_equal(receivers[1], FAB_NO_ENGINE);
	/* A lower slot that comes back does not take them. */
	assert_int_equal(plan_receivers(receivers, used, 3, 0x7, 0x7), 0);
	/* The receiver goes; 0 may keep but is not offered any. */
	assert_int_equal(plan_receivers(receivers, used, 3, 0x5, 0x4), 3);
	assert_int_equal(receivers[5], 2);
	assert_int_equal(plan_receivers(receivers, used, 3, 0, 0), 0);
}

static void involved_are_owners_and_targets(void **state)
{
	all_owned_by(0);
	words[9] = slice_word(2, 3, SLICE_MOVING);
	words[10] = slice_word(FAB_NO_ENGINE, FAB_NO_ENGINE, SLICE_RECOVER);
	assert_int_equal(plan_involved(words), 0xd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(balance_gives_the_slices_of_nobody_evenly),
		cmocka_unit_test(balance_moves_no_more_than_it_must),
		cmocka_unit_test(balance_is_even_and_least_for_all_changes),
		cmocka_unit_test(adopt_takes_only_what_nobody_releases),
		cmocka_unit_test(adopt_shares_a_dead_engine_evenly),
		cmocka_unit_test(adopt_waits_without_a_survivor),
		cmocka_unit_test(victims_are_the_highest_that_do_not_receive),
		cmocka_unit_test(slots_are_the_lowest_free_ones),
		cmocka_unit_test(receivers_stay_unless_they_must_go),
		cmocka_unit_test(involved_are_owners_and_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
