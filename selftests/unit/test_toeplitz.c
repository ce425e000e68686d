/* SPDX-License-Identifier: BSD-3-Clause */
/* test_toeplitz.c - the published vectors of the RSS hash */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "toeplitz.h"

/* Microsoft, "Verifying the RSS Hash Calculation". */
struct vector {
	const char *destination, *source;
	uint16_t destination_port, source_port;
	uint32_t hash;
};

static const struct vector vectors4[] = {
	{ "161.142.100.80", "66.9.149.187", 1766, 2794, 0x51ccc178 },
	{ "65.69.140.83", "199.92.111.2", 4739, 14230, 0xc626b0ea },
	{ "12.22.207.184", "24.19.198.95", 38024, 12898, 0x5c2b394a },
	{ "209.142.163.6", "38.27.205.30", 2217, 48228, 0xafc7327f },
	{ "202.188.127.2", "153.39.163.191", 1303, 44251, 0x10e828a2 },
};

static const struct vector vectors6[] = {
	{ "3ffe:2501:200:3::1", "3ffe:2501:200:1fff::7", 1766, 2794,
	  0x40207d3d },
	{ "ff02::1", "3ffe:501:8::260:97ff:fe40:efab", 4739, 14230,
	  0xdde51bbf },
	{ "fe80::200:f8ff:fe21:67cf", "3ffe:1900:4545:3:200:f8ff:fe21:67cf",
	  38024, 44251, 0x02d1feef },
};

static void published_ip4(void **state)
{
	static struct toeplitz t;

	toeplitz_init(&t, toeplitz_default_key);
	for (unsigned i = 0; i < sizeof(vectors4) / sizeof(*vectors4); i++) {
		const struct vector *v = &vectors4[i];
		uint16_t ports[2] = { htons(v->source_port),
				      htons(v->destination_port) };
		uint8_t addrs[8];

		inet_pton(AF_INET, v->source, addrs);
		inet_pton(AF_INET, v->destination, addrs + 4);
		assert_int_equal(toeplitz_v4(&t, addrs, ports), v->hash);
	}
}

static void published_ip6(void **state)
{
	static struct toeplitz t;

	toeplitz_init(&t, toeplitz_default_key);
	for (unsigned i = 0; i < sizeof(vectors6) / sizeof(*vectors6); i++) {
		const struct vector *v = &vectors6[i];
		uint16_t ports[2] = { htons(v->source_port),
				      htons(v->destination_port) };
		uint8_t addrs[32];

		inet_pton(AF_INET6, v->source, addrs);
		inet_pton(AF_INET6, v->destination, addrs + 16);
		assert_int_equal(toeplitz_v6(&t, addrs, ports), v->hash);
	}
}

/* Every bit of the key but the last ones is used: another key, another hash. */
static void key_matters(void **state)
{
	static struct toeplitz t;
	uint8_t key[FAB_HASH_KEY_BYTES], in[36];

	memset(in, 0xff, sizeof(in));
	for (unsigned byte = 0; byte < 39; byte++) {
		uint32_t before;

		memcpy(key, toeplitz_default_key, sizeof(key));
		toeplitz_init(&t, key);
		before = toeplitz_v6(&t, in, in + 32);
		key[byte] ^= 0x10;
		toeplitz_init(&t, key);
		assert_int_not_equal(toeplitz_v6(&t, in, in + 32), before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_ip4),
		cmocka_unit_test(published_ip6),
		cmocka_unit_test(key_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
