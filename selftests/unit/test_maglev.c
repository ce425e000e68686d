// SPDX-License-Identifier: BSD-3-Clause
/* test_maglev.c - shares, weights and how little a change moves */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "maglev.h"

#define BACKENDS 10

static void make(struct maglev_backend *b, unsigned n)
{
	memset(b, 0, n * sizeof(*b));
	for (unsigned i = 0; i < n; i++) {
		b[i].address.family = 4;
		memcpy(b[i].address.bytes, (uint8_t[]){ 10, 2, i >> 8, i }, 4);
		b[i].port = 80;
		b[i].weight = 1;
		b[i].value = i;
	}
}

/* Fill; check that no entry was left out; count the shares. */
static uint16_t *fill(const struct maglev_backend *b, unsigned n,
		      uint32_t entries, unsigned *shares, unsigned values)
{
	uint16_t *table = malloc(entries * sizeof(*table));

	assert_non_null(table);
	maglev_fill(b, n, table, entries);
	memset(shares, 0, values * sizeof(*shares));
	for (uint32_t i = 0; i < entries; i++) {
		assert_in_range(table[i], 0, values - 1);
		shares[table[i]]++;
	}
	return table;
}

static void sizes_are_primes(void **state)
{
	static const unsigned counts[] = { 1, 40, 41, 100, 300, 1024 };
	uint32_t last = 0;

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		uint32_t m = maglev_entries(counts[i]);

		assert_true(m >= last);
		assert_true(m >= 60 * counts[i]);
		for (uint32_t d = 2; d * d <= m; d++)
			assert_int_not_equal(m % d, 0);
		last = m;
	}
}

static void equal_weights_equal_shares(void **state)
{
	struct maglev_backend b[BACKENDS];
	unsigned shares[BACKENDS];
	uint32_t m = maglev_entries(BACKENDS);

	make(b, BACKENDS);
	free(fill(b, BACKENDS, m, shares, BACKENDS));
	/* turns are taken one by one: no two differ by more than one */
	for (unsigned i = 0; i < BACKENDS; i++)
		assert_in_range(shares[i], m / BACKENDS, m / BACKENDS + 1);
}

static void shares_follow_weights(void **state)
{
	struct maglev_backend b[3];
	unsigned shares[3];
	uint32_t m = maglev_entries(3);

	make(b, 3);
	b[0].weight = 1;
	b[1].weight = 10;
	b[2].weight = 256;
	free(fill(b, 3, m, shares, 3));
	for (unsigned i = 0; i < 3; i++) {
		unsigned want = m * b[i].weight / 267;

		assert_in_range(shares[i], want - want / 50 - 2,
				want + want / 50 + 2);
	}
}

static unsigned moved(const uint16_t *was, const uint16_t *is, uint32_t m,
		      unsigned except)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < m; i++)
		n += was[i] != except && was[i] != is[i];
	return n;
}

/* Whoever leaves, the connections of the others stay but for a few per cent. */
static void removal_moves_little(void **state)
{
	struct maglev_backend b[BACKENDS], less[BACKENDS - 1];
	unsigned shares[BACKENDS];
	uint32_t m = maglev_entries(BACKENDS);
	uint16_t *was, *is;

	make(b, BACKENDS);
	was = fill(b, BACKENDS, m, shares, BACKENDS);
	for (unsigned gone = 0; gone < BACKENDS; gone++) {
		memcpy(less, b, gone * sizeof(*b));
		memcpy(less + gone, b + gone + 1,
		       (BACKENDS - gone - 1) * sizeof(*b));
		is = fill(less, BACKENDS - 1, m, shares, BACKENDS);
		assert_int_equal(shares[gone], 0);
		assert_in_range(moved(was, is, m, gone), 0, m * 4 / 100);
		free(is);
	}
	free(was);
}

/* A backend's entries come from its address, not from its place in the list. */
static void order_matters_little(void **state)
{
	struct maglev_backend b[BACKENDS], turned[BACKENDS];
	unsigned shares[BACKENDS];
	uint32_t m = maglev_entries(BACKENDS);
	uint16_t *was, *is;

	make(b, BACKENDS);
	for (unsigned i = 0; i < BACKENDS; i++)
		turned[i] = b[BACKENDS - 1 - i];
	was = fill(b, BACKENDS, m, shares, BACKENDS);
	is = fill(turned, BACKENDS, m, shares, BACKENDS);
	assert_in_range(moved(was, is, m, BACKENDS), 0, m * 20 / 100);
	free(was);
	free(is);
}

static void most_backends(void **state)
{
	struct maglev_backend *b = calloc(MAGLEV_BACKENDS, sizeof(*b));
	unsigned *shares = calloc(MAGLEV_BACKENDS, sizeof(*shares));
	uint32_t m = maglev_entries(MAGLEV_BACKENDS);

	assert_non_null(b);
	assert_non_null(shares);
	make(b, MAGLEV_BACKENDS);
	free(fill(b, MAGLEV_BACKENDS, m, shares, MAGLEV_BACKENDS));
	for (unsigned i = 0; i < MAGLEV_BACKENDS; i++)
		assert_in_range(shares[i], m / MAGLEV_BACKENDS,
				m / MAGLEV_BACKENDS + 1);
	free(b);
	free(shares);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_primes),
		cmocka_unit_test(equal_weights_equal_shares),
		cmocka_unit_test(shares_follow_weights),
		cmocka_unit_test(removal_moves_little),
		cmocka_unit_test(order_matters_little),
		cmocka_unit_test(most_backends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
