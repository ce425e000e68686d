// SPDX-License-Identifier: BSD-3-Clause
/* test_neigh.c - the shared neighbour table */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "neigh.h"
#include "support.h"

static const uint8_t mac_a[6] = { 2, 0, 0, 0, 0, 0xa };
static const uint8_t mac_b[6] = { 2, 0, 0, 0, 0, 0xb };

static int make_table(void **state)
{
	*state = calloc(FAB_NEIGHBOURS, sizeof(struct fab_neigh));
	return !*state;
}

static int free_table(void **state)
{
	free(*state);
	return 0;
}

static void want_learn_find(void **state)
{
	struct address a = support_address("10.2.0.11");
	struct fab_neigh *t = *state;
	uint8_t mac[6];
	uint16_t i;

	assert_int_equal(neigh_find(t, SIDE_SERVER, 0, &a), NEIGH_NONE);
	i = neigh_want(t, SIDE_SERVER, 0, &a, 100);
	assert_int_not_equal(i, NEIGH_NONE);
	assert_int_equal(t[i].wanted_s, 100);
	assert_false(neigh_mac(&t[i], mac));
	neigh_learn(t, i, mac_a, 101);
	assert_true(neigh_mac(&t[i], mac));
	assert_memory_equal(mac, mac_a, 6);
	assert_int_equal(t[i].confirmed_s, 101);
	assert_int_equal(neigh_want(t, SIDE_SERVER, 0, &a, 102), i);
	assert_int_equal(t[i].wanted_s, 102);
	assert_int_equal(neigh_find(t, SIDE_SERVER, 0, &a), i);
	assert_int_equal(t[i].wanted_s, 102);
}

static void every_part_of_the_key_counts(void **state)
{
	struct address a = support_address("10.2.0.11");
	struct address v6 = support_address("a02:b::");
	struct fab_neigh *t = *state;
	uint16_t i[4] = {
		neigh_want(t, SIDE_SERVER, 0, &a, 1),
		neigh_want(t, SIDE_CLIENT, 0, &a, 1),
		neigh_want(t, SIDE_SERVER, 7, &a, 1),
		neigh_want(t, SIDE_SERVER, 0, &v6, 1),
	};

	for (int k = 0; k < 4; k++) {
		for (int n = 0; n < k; n++)
			assert_int_not_equal(i[k], i[n]);
	}
	neigh_learn(t, i[0], mac_a, 1);
	for (int k = 1; k < 4; k++) {
		uint8_t mac[6];

		assert_false(neigh_mac(&t[i[k]], mac));
	}
}

static struct address numbered(unsigned n)
{
	struct address a = { .family = 4, .bytes = { 10, n >> 16, n >> 8, n } };

	return a;
}

/* Among many entries, where the probe sequences cross. */
static void keys_do_not_mix(void **state)
{
	struct fab_neigh *t = *state;

	for (unsigned n = 0; n < 3 * FAB_NEIGHBOURS / 4; n++) {
		struct address a = numbered(n / 256);
		uint16_t vlan = n % 128;
		uint8_t side = n / 128 % 2;
		uint16_t i = neigh_want(t, side, vlan, &a, 1);

		assert_int_not_equal(i, NEIGH_NONE);
		assert_int_equal(t[i].vlan, vlan);
		assert_int_equal(t[i].side, side);
		assert_memory_equal(t[i].address, a.bytes, 4);
	}
}

/* Full is an answer, and what was there before stays. */
static void full_table(void **state)
{
	struct fab_neigh *t = *state;
	unsigned refused = 0, made = 0;

	for (unsigned n = 0; n < 2 * FAB_NEIGHBOURS; n++) {
		struct address a = numbered(n);

		if (neigh_want(t, SIDE_CLIENT, 0, &a, 1) == NEIGH_NONE)
			refused++;
		else
			made++;
	}
	assert_true(made <= FAB_NEIGHBOURS);
	assert_true(made > FAB_NEIGHBOURS * 9 / 10);
	assert_int_equal(made + refused, 2 * FAB_NEIGHBOURS);
	for (unsigned n = 0; n < FAB_NEIGHBOURS / 2; n++) {
		struct address a = numbered(n);

		assert_int_not_equal(neigh_find(t, SIDE_CLIENT, 0, &a),
				     NEIGH_NONE);
	}
}

/* An engine died while it claimed an entry: the entry is lost, the key is not.
 * If the engine was only slow, its entry learns too. */
static void claimed_entry_is_stepped_over(void **state)
{
	struct address a = support_address("10.2.0.11");
	struct fab_neigh *t = *state;
	uint16_t first = neigh_want(t, SIDE_SERVER, 0, &a, 1), second;
	uint8_t mac[6];

	t[first].state = NEIGH_CLAIMED;
	assert_int_equal(neigh_find(t, SIDE_SERVER, 0, &a), NEIGH_NONE);
	second = neigh_want(t, SIDE_SERVER, 0, &a, 1);
	assert_int_not_equal(second, NEIGH_NONE);
	assert_int_not_equal(second, first);
	t[first].state = NEIGH_READY;
	neigh_learn(t, neigh_find(t, SIDE_SERVER, 0, &a), mac_b, 2);
	assert_true(neigh_mac(&t[first], mac));
	assert_true(neigh_mac(&t[second], mac));
	assert_memory_equal(mac, mac_b, 6);
}

#define THREADS 4
#define KEYS	1000

static void *want_all(void *table)
{
	static _Atomic unsigned order;
	/* another order in each thread; 7 and KEYS have no common factor */
	unsigned n = atomic_fetch_add(&order, 1) * KEYS / THREADS;

	for (unsigned i = 0; i < KEYS; i++, n += 7) {
		struct address a = numbered(n % KEYS);
		uint16_t at = neigh_want(table, SIDE_SERVER, 3, &a, 1);
		const struct fab_neigh *entry = (struct fab_neigh *)table + at;

		if (at == NEIGH_NONE || memcmp(entry->address, a.bytes, 4))
			return table;
	}
	return NULL;
}

static void engines_want_at_once(void **state)
{
	struct fab_neigh *t = *state;
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, want_all, t),
				 0);
	for (int i = 0; i < THREADS; i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	for (unsigned n = 0; n < KEYS; n++) {
		struct address a = numbered(n);
		uint16_t i = neigh_find(t, SIDE_SERVER, 3, &a);

		assert_int_not_equal(i, NEIGH_NONE);
		assert_memory_equal(t[i].address, a.bytes, 4);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_table, free_table)
	const struct CMUnitTest tests[] = {
		TEST(want_learn_find),
		TEST(every_part_of_the_key_counts),
		TEST(keys_do_not_mix),
		TEST(full_table),
		TEST(claimed_entry_is_stepped_over),
		TEST(engines_want_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
