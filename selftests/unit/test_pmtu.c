// SPDX-License-Identifier: BSD-3-Clause
/* test_pmtu.c - the shared table of path MTUs */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pmtu.h"
#include "support.h"

static int make_table(void **state)
{
	*state = calloc(FAB_PATHS, sizeof(struct fab_path));
	return !*state;
}

static int free_table(void **state)
{
	free(*state);
	return 0;
}

static void learn_lower_expire(void **state)
{
	struct address a = support_address("10.1.0.100");
	struct fab_path *t = *state;

	assert_int_equal(pmtu_find(t, SIDE_CLIENT, 0, &a, 100), 0);
	assert_true(pmtu_learn(t, SIDE_CLIENT, 0, &a, 1400, 100));
	assert_int_equal(pmtu_find(t, SIDE_CLIENT, 0, &a, 100), 1400);
	/* Never raised, lowered, renewed by the same. */
	assert_false(pmtu_learn(t, SIDE_CLIENT, 0, &a, 1450, 101));
	assert_int_equal(pmtu_find(t, SIDE_CLIENT, 0, &a, 101), 1400);
	assert_true(pmtu_learn(t, SIDE_CLIENT, 0, &a, 1300, 200));
	assert_true(pmtu_learn(t, SIDE_CLIENT, 0, &a, 1300, 300));
	assert_int_equal(pmtu_find(t, SIDE_CLIENT, 0, &a, 899), 1300);
	assert_int_equal(pmtu_find(t, SIDE_CLIENT, 0, &a, 900), 0);
	/* Forgotten: any value is news again. */
	assert_true(pmtu_learn(t, SIDE_CLIENT, 0, &a, 1450, 900));
	assert_int_equal(pmtu_find(t, SIDE_CLIENT, 0, &a, 900), 1450);
	/* A clock that is a little behind the learner's. */
	assert_int_equal(pmtu_find(t, SIDE_CLIENT, 0, &a, 899), 1450);
}

static void not_below_the_floor(void **state)
{
	struct address four = support_address("10.1.0.100");
	struct address six = support_address("fd01::100");
	struct fab_path *t = *state;

	assert_true(pmtu_learn(t, SIDE_CLIENT, 0, &four, 68, 1));
	assert_int_equal(pmtu_find(t, SIDE_CLIENT, 0, &four, 1), PMTU_FLOOR4);
	assert_true(pmtu_learn(t, SIDE_CLIENT, 0, &six, 600, 1));
	assert_int_equal(pmtu_find(t, SIDE_CLIENT, 0, &six, 1), PMTU_FLOOR6);
}

static void every_part_of_the_key_counts(void **state)
{
	struct address a = support_address("10.2.0.11");
	struct address b = support_address("10.2.0.12");
	struct address six = support_address("a02:b::");
	struct fab_path *t = *state;

	assert_true(pmtu_learn(t, SIDE_SERVER, 0, &a, 1400, 1));
	assert_int_equal(pmtu_find(t, SIDE_CLIENT, 0, &a, 1), 0);
	assert_int_equal(pmtu_find(t, SIDE_SERVER, 7, &a, 1), 0);
	assert_int_equal(pmtu_find(t, SIDE_SERVER, 0, &b, 1), 0);
	assert_int_equal(pmtu_find(t, SIDE_SERVER, 0, &six, 1), 0);
}

/* More destinations than places: bounded, and the newest are there. */
static void the_oldest_gives_way(void **state)
{
	struct address a = { .family = 4, .bytes = { 10 } };
	struct fab_path *t = *state;
	struct pmtu_view v;
	unsigned known = 0;

	for (uint32_t i = 0; i < 4 * FAB_PATHS; i++) {
		memcpy(a.bytes, &i, 4);
		assert_true(
			pmtu_learn(t, SIDE_CLIENT, 0, &a, 1400, 1 + i / 64));
		assert_int_equal(pmtu_find(t, SIDE_CLIENT, 0, &a, 1 + i / 64),
				 1400);
	}
	for (unsigned i = 0; i < FAB_PATHS; i++)
		if (pmtu_view(t, i, 256, &v)) {
			assert_int_equal(v.mtu, 1400);
			assert_int_equal(v.to.family, 4);
			known++;
		}
	assert_in_range(known, FAB_PATHS * 3 / 4, FAB_PATHS);
}

static void as_people_see_it(void **state)
{
	struct address a = support_address("fd01::7");
	struct fab_path *t = *state;
	struct pmtu_view v;
	unsigned seen = 0;

	assert_true(pmtu_learn(t, SIDE_CLIENT, 9, &a, 1400, 50));
	for (unsigned i = 0; i < FAB_PATHS; i++)
		if (pmtu_view(t, i, 62, &v)) {
			assert_true(address_equal(&v.to, &a));
			assert_int_equal(v.vlan, 9);
			assert_int_equal(v.side, SIDE_CLIENT);
			assert_int_equal(v.mtu, 1400);
			assert_int_equal(v.age_s, 12);
			seen++;
		}
	assert_int_equal(seen, 1);
	for (unsigned i = 0; i < FAB_PATHS; i++)
		assert_false(pmtu_view(t, i, 50 + PMTU_EXPIRES_S, &v));
}

#define WRITERS 4
#define ROUNDS	200000

/* The address says which MTU it must have: a mixture would show. */
static void *write_and_read(void *arg)
{
	struct address a = { .family = 4, .bytes = { 10 } };
	struct fab_path *t = arg;
	uint32_t random = (uintptr_t)&a;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint32_t n;
		uint16_t found;

		random = random * 1664525 + 1013904223;
		n = random >> 12 & 0x7ff;
		memcpy(a.bytes, &n, 2);
		pmtu_learn(t, SIDE_CLIENT, 0, &a, 1000 + n, 1 + i / 1000);
		found = pmtu_find(t, SIDE_CLIENT, 0, &a, 1 + i / 1000);
		if (found && found != 1000 + n)
			return t;
	}
	return NULL;
}

static void writers_do_not_mix(void **state)
{
	/* Few places, so that they are always changing hands. */
	pthread_t threads[WRITERS];
	void *wrong;

	for (unsigned i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						write_and_read, *state),
				 0);
	for (unsigned i = 0; i < WRITERS; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_table, free_table)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(learn_lower_expire),
		TEST(not_below_the_floor),
		TEST(every_part_of_the_key_counts),
		TEST(the_oldest_gives_way),
		TEST(as_people_see_it),
		TEST(writers_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
