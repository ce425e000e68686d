// SPDX-License-Identifier: BSD-3-Clause
/* test_rebalance.c - which slices move so that engines share the load */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rebalance.h"

static uint32_t words[FAB_SLICES], load[FAB_SLICES];
static uint8_t target[FAB_SLICES];

static const struct rebalance_limits limits = { .spread_pct = 20, .moves = 8 };

/* Slice s belongs to engine s % engines and carries nothing. */
static void begin(unsigned engines)
{
	memset(load, 0, sizeof(load));
	for (unsigned s = 0; s < FAB_SLICES; s++)
		words[s] = slice_word((uint8_t)(s % engines),
				      (uint8_t)(s % engines), 0);
}

static struct rebalance plan(unsigned engines, unsigned moves)
{
	struct rebalance_limits l = { limits.spread_pct, moves, 0 };

	return rebalance_plan(words, (1u << engines) - 1, load, &l, target);
}

static void carry_out(void)
{
	for (unsigned s = 0; s < FAB_SLICES; s++)
		if (target[s] != PLAN_STAY)
			words[s] = slice_word(target[s], target[s], 0);
}

/* What the plan says is what the targets come to. */
static void check_plan(const struct rebalance *r, unsigned engines,
		       unsigned moves)
{
	unsigned n = 0;

	for (unsigned s = 0; s < FAB_SLICES; s++) {
		if (target[s] == PLAN_STAY)
			continue;
		n++;
		assert_true(target[s] < engines);
		assert_true(target[s] != slice_owner(words[s]));
	}
	assert_int_equal(n, r->moves);
	assert_true(n <= moves);
	if (n)
		assert_true(r->after_pct <= r->before_pct);
	else
		assert_int_equal(r->after_pct, r->before_pct);
}

/* Rows: two engines, slice 0, 2, 4, ... of the first and 1, 3, 5, ... of the second. */
static const struct {
	const char *what;
	uint32_t load[8]; /* of slices 0 to 7 */
	unsigned moves, before_pct, after_pct;
	int moved; /* a slice that must be among them; -1: none must */
} rows[] = {
	{ "no load at all", { 0 }, 0, 0, 0, -1 },
	{ "even", { 50, 50, 50, 50 }, 0, 0, 0, -1 },
	{ "just within the limit", { 55, 45, 55, 45 }, 0, 20, 20, -1 },
	{ "over it", { 61, 40, 61, 40, 10, 1 }, 1, 47, 29, 4 },
	{ "one move mends it", { 60, 40, 20 }, 1, 66, 0, 2 },
	{ "all on one engine", { 40, 0, 40, 0, 40, 0, 40 }, 2, 200, 0, -1 },
	{ "an elephant alone", { 900, 10, 0, 10 }, 0, 191, 191, -1 },
	{ "an elephant with company", { 900, 10, 90, 10 }, 1, 192, 156, 2 },
	{ "two elephants", { 500, 0, 500 }, 1, 200, 0, -1 },
	{ "too little gained", { 130, 100, 2, 0 }, 0, 27, 27, -1 },
};

static void tables_of_two_engines(void **state)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rebalance r;

		begin(2);
		memcpy(load, rows[i].load, sizeof(rows[i].load));
		r = plan(2, limits.moves);
		check_plan(&r, 2, limits.moves);
		if (r.moves != rows[i].moves ||
		    r.before_pct != rows[i].before_pct ||
		    r.after_pct != rows[i].after_pct ||
		    (rows[i].moved >= 0 && target[rows[i].moved] == PLAN_STAY))
			fail_msg("%s: %u moves, spread %u to %u", rows[i].what,
				 r.moves, r.before_pct, r.after_pct);
	}
}

static void moves_are_bounded(void **state)
{
	struct rebalance r;

	begin(2);
	for (unsigned s = 0; s < FAB_SLICES; s += 2)
		load[s] = 10;
	r = plan(2, 8);
	check_plan(&r, 2, 8);
	assert_int_equal(r.moves, 8);
	assert_int_equal(r.before_pct, 200);
	assert_int_equal(r.after_pct, 175);
}

static void little_load_is_left_alone(void **state)
{
	struct rebalance_limits l = { .spread_pct = 20,
				      .moves = 8,
				      .least = 100 };

	begin(2);
	load[0] = 100;
	load[2] = 99;
	assert_int_equal(rebalance_plan(words, 3, load, &l, target).moves, 0);
	load[2] = 100;
	assert_int_equal(rebalance_plan(words, 3, load, &l, target).moves, 1);
}

static void busiest_and_idlest_are_named(void **state)
{
	struct rebalance r;

	begin(3);
	load[0] = load[3] = 20;
	load[1] = 10;
	load[2] = load[5] = 35;
	r = plan(3, 8);
	assert_int_equal(r.from, 2);
	assert_int_equal(r.to, 1);
}

/* Any load, again and again: it settles, and then nothing moves any more. */
static void it_settles_and_never_churns(void **state)
{
	for (unsigned seed = 1; seed <= 200; seed++) {
		unsigned engines = 2 + seed % 7, rounds = 0;
		struct rebalance r;

		srand(seed);
		begin(engines);
		for (unsigned s = 0; s < FAB_SLICES; s++)
			load[s] = (uint32_t)(rand() % 100 * (rand() % 10));
		do {
			r = plan(engines, limits.moves);
			check_plan(&r, engines, limits.moves);
			carry_out();
		} while (r.moves && ++rounds < 100);
		assert_true(rounds < 100);
		assert_true(r.before_pct <= limits.spread_pct);
	}
}

/* Loads that waver by a tenth around even ones are left alone. */
static void noise_moves_nothing(void **state)
{
	begin(4);
	for (unsigned round = 0; round < 100; round++) {
		srand(round);
		for (unsigned s = 0; s < FAB_SLICES; s++)
			load[s] = 900 + (uint32_t)(rand() % 200);
		assert_int_equal(plan(4, 8).moves, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_of_two_engines),
		cmocka_unit_test(moves_are_bounded),
		cmocka_unit_test(little_load_is_left_alone),
		cmocka_unit_test(busiest_and_idlest_are_named),
		cmocka_unit_test(it_settles_and_never_churns),
		cmocka_unit_test(noise_moves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
