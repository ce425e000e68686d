/* SPDX-License-Identifier: BSD-3-Clause */
/* test_syn_key.c - keys of SYN cookies change, and no good cookie becomes bad */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cookie.h"
#include "syn_key.h"

static uint64_t drawn;

static bool count_up(uint64_t key[2])
{
	key[0] = ++drawn;
	key[1] = ~drawn;
	return true;
}

static bool nothing(uint64_t key[2])
{
	return false;
}

static struct cookie_keys keys_of(const struct fab_syn *syn)
{
	struct cookie_keys k;

	for (unsigned i = 0; i < 4; i++)
		k.keys[i / 2][i % 2] = syn->keys[i / 2][i % 2];
	return k;
}

/* Every cookie made in a minute is good to the end of the next, across any
 * number of changes; one key serves 16 minutes and is never seen again. */
static void cookies_outlive_changes(void **state)
{
	const struct cookie_peer peer = { .family = 4, .isn = 7 };
	const struct cookie_request asked = { .mss = 1460 };
	struct cookie before = { 0 };
	struct fab_syn syn = { 0 };

	drawn = 0;
	assert_int_equal(syn_key_begin(&syn, 37 * 60, count_up), 0);
	for (unsigned s = 37 * 60; s < 400 * 60; s += 20) {
		struct cookie_request got = { 0 };
		struct cookie_keys k;

		syn_key_turn(&syn, s, count_up);
		k = keys_of(&syn);
		if (s > 37 * 60)
			assert_int_equal(cookie_check(&k, s / 60, &peer,
						      &before, &got),
					 COOKIE_OK);
		if (s % 60 == 0)
			before = cookie_make(&k, s / 60, &peer, &asked);
	}
	/* Epochs 2 .. 24 and the one to come. */
	assert_int_equal(drawn, 24);
}

/* After any silence the key in use stays; the next one is drawn again. */
static void nobody_called(void **state)
{
	for (unsigned gap = 0; gap < 100; gap++) {
		struct fab_syn syn = { 0 };
		uint64_t use;
		uint32_t now_s = (40 + gap) * 60,
			 epoch = cookie_epoch(40 + gap);

		assert_int_equal(syn_key_begin(&syn, 40 * 60, count_up), 0);
		use = syn.keys[epoch & 1][0];
		syn_key_turn(&syn, now_s, count_up);
		assert_int_equal(syn.keys[epoch & 1][0], use);
		syn_key_turn(&syn, (epoch * 16 + 15) * 60, count_up);
		assert_int_equal(syn.keys[epoch & 1][0], use);
		assert_int_equal(syn.epochs[~epoch & 1], epoch + 1);
	}
}

static void no_randomness(void **state)
{
	struct fab_syn syn = { 0 };
	uint64_t a[2] = { 0 }, b[2] = { 0 };

	assert_int_equal(syn_key_begin(&syn, 0, nothing), -1);
	assert_true(syn_key_random(a) && syn_key_random(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cookies_outlive_changes),
		cmocka_unit_test(nobody_called),
		cmocka_unit_test(no_randomness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
