/* SPDX-License-Identifier: BSD-3-Clause */
/* test_cookie.c - SYN cookies: known answers, rounding, age, keys, forgeries */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cookie.h"
#include "siphash.h"

static const struct cookie_keys keys = {
	{ { 0x0706050403020100, 0x0f0e0d0c0b0a0908 },
	  { 0x1716151413121110, 0x1f1e1d1c1b1a1918 } }
};

static const struct cookie_peer peer4 = {
	.addrs = { 0x6400000a0703000a },
	.ports = 0x50008813,
	.family = 4,
	.isn = 0x12345678,
};
static const struct cookie_peer peer6 = {
	.addrs = { 0xfd, 7, 0xfd, 0x100 },
	.ports = 0x50008813,
	.vlan = 7,
	.family = 6,
	.isn = 0xfffffff0,
};

/* Vectors of the reference implementation (vectors_sip64), key 00 .. 0f, input
 * 00 .. n-1, of the lengths that are whole words. */
static void known_answers(void **state)
{
	static const struct {
		size_t words;
		uint64_t hash;
	} vectors[] = {
		{ 0, 0x726fdb47dd0e0e31 }, { 1, 0x93f5f5799a932462 },
		{ 2, 0x3f2acc7f57c29bdb }, { 3, 0xb8ad50c6f649af94 },
		{ 4, 0x7127512f72f27cce }, { 6, 0xe612a3cb9ecba951 },
	};
	uint64_t words[8];

	for (unsigned i = 0; i < sizeof(words); i++)
		((uint8_t *)words)[i] = i;
	for (unsigned i = 0; i < sizeof(vectors) / sizeof(*vectors); i++)
		assert_int_equal(siphash(keys.keys[0], words, vectors[i].words),
				 vectors[i].hash);
}

/* S4.6: rounded down, never up, for every MSS there is. */
static void mss_rounds_down(void **state)
{
	uint16_t before = 0;

	for (unsigned mss = 0; mss <= UINT16_MAX; mss++) {
		uint16_t got = cookie_mss(mss);

		assert_true(got <= mss);
		assert_true(got >= before);
		assert_true(got || mss < 64);
		/* What is in the table stays as it is. */
		assert_int_equal(cookie_mss(got), got);
		before = got;
	}
	assert_int_equal(cookie_mss(1460), 1460);
	assert_int_equal(cookie_mss(1459), 1452);
	assert_int_equal(cookie_mss(1440), 1440);
	assert_int_equal(cookie_mss(536), 536);
	assert_int_equal(cookie_mss(535), 216);
	assert_int_equal(cookie_mss(1220), 1220);
	assert_int_equal(cookie_mss(8960), 8960);
	assert_int_equal(cookie_mss(63), 0);
}

static void comes_back(const struct cookie_peer *peer, uint32_t minute,
		       const struct cookie_request *asked)
{
	struct cookie_request got = { .stamps = asked->stamps };
	struct cookie c = cookie_make(&keys, minute, peer, asked);

	assert_int_equal(cookie_check(&keys, minute, peer, &c, &got),
			 COOKIE_OK);
	assert_int_equal(got.mss, cookie_mss(asked->mss));
	assert_int_equal(got.wscale,
			 asked->stamps ? asked->wscale : COOKIE_NO_WSCALE);
	assert_int_equal(got.sack, asked->stamps && asked->sack);
}

static void request_survives(void **state)
{
	for (unsigned i = 0; i < 16 * 2 * 2 * 2; i++) {
		struct cookie_request asked = { .wscale = i & 15,
						.sack = i >> 4 & 1,
						.stamps = i >> 5 & 1 };

		for (unsigned mss = 64; mss < 10000; mss += 61) {
			asked.mss = mss;
			comes_back(i >> 6 ? &peer6 : &peer4, mss, &asked);
		}
	}
}

/* A cookie lives through its minute and the next, also where the key changes. */
static void age(void **state)
{
	const struct cookie_request asked = { .mss = 1460, .stamps = true };

	for (unsigned made = 0; made < 70; made++) {
		struct cookie c = cookie_make(&keys, made, &peer4, &asked);

		for (unsigned later = 0; later < 16; later++) {
			struct cookie_request got = { .stamps = true };

			assert_int_equal(cookie_check(&keys, made + later,
						      &peer4, &c, &got),
					 later > COOKIE_AGE_MINUTES ?
						 COOKIE_EXPIRED :
						 COOKIE_OK);
		}
		/* The minute's four bits come round: it is another minute. */
		assert_int_equal(
			cookie_check(&keys, made + 16, &peer4, &c,
				     &(struct cookie_request){ .stamps = 1 }),
			COOKIE_INVALID);
	}
}

static void expect_invalid(const struct cookie_keys *k,
			   const struct cookie_peer *peer, struct cookie c)
{
	struct cookie_request got = { .stamps = true };

	assert_int_not_equal(cookie_check(k, 5, peer, &c, &got), COOKIE_OK);
}

/* Every bit counts: of the cookie, of the peer, of the key. */
static void forgeries(void **state)
{
	const struct cookie_request asked = { 1460, 7, true, true };
	struct cookie c = cookie_make(&keys, 5, &peer6, &asked);

	for (unsigned bit = 0; bit < 32; bit++) {
		struct cookie_peer p = peer6;

		expect_invalid(&keys, &peer6,
			       (struct cookie){ c.seq ^ 1u << bit, c.stamp });
		expect_invalid(&keys, &peer6,
			       (struct cookie){ c.seq, c.stamp ^ 1u << bit });
		p.isn ^= 1u << bit;
		expect_invalid(&keys, &p, c);
		p = peer6;
		p.ports ^= 1u << bit;
		expect_invalid(&keys, &p, c);
	}
	for (unsigned bit = 0; bit < 256; bit++) {
		struct cookie_peer p = peer6;

		p.addrs[bit / 64] ^= 1ull << bit % 64;
		expect_invalid(&keys, &p, c);
	}
	for (unsigned bit = 0; bit < 128; bit++) {
		struct cookie_keys k = keys;

		k.keys[0][bit / 64] ^= 1ull << bit % 64;
		expect_invalid(&k, &peer6, c);
	}
	for (unsigned bit = 0; bit < 12; bit++) {
		struct cookie_peer p = peer6;

		p.vlan ^= 1u << bit;
		expect_invalid(&keys, &p, c);
	}
	/* One without time stamps is no cookie with them, and vice versa. */
	assert_int_not_equal(cookie_check(&keys, 5, &peer6, &c,
					  &(struct cookie_request){ 0 }),
			     COOKIE_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(mss_rounds_down),
		cmocka_unit_test(request_survives),
		cmocka_unit_test(age),
		cmocka_unit_test(forgeries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
