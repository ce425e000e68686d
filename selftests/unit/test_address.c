// SPDX-License-Identifier: BSD-3-Clause
/* test_address.c - addresses and prefixes */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support.h"

static void parse_and_print(void **state)
{
	static const char *const good[] = { "10.0.0.1", "255.255.255.255",
					    "fd00::1",
					    "::", "2001:db8:1:2:3:4:5:6" };
	static const char *const bad[] = { "",		 "10.0.0",
					   "10.0.0.256", "10.0.0.1 ",
					   "10.0.0.1/8", "fd00:::1",
					   "host",	 "1.2.3.4.5" };
	char text[ADDRESS_TEXT];
	struct address a;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_true(address_parse(good[i], &a));
		assert_int_equal(a.family, strchr(good[i], ':') ? 6 : 4);
		assert_string_equal(address_text(&a, text), good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (address_parse(bad[i], &a))
			fail_msg("\"%s\" was accepted", bad[i]);
	}
	a.family = 0;
	assert_string_equal(address_text(&a, text), "-");
}

static void prefix_host_bits(void **state)
{
	static const char *const good[] = { "10.0.0.0/8", "10.1.2.3/32",
					    "0.0.0.0/0",  "10.0.0.128/25",
					    "fc00::/7",	  "::/0",
					    "fd00::1/128" };
	static const char *const bad[] = { "10.0.0.1/24",
					   "10.0.0.0/33",
					   "10.0.0.0/",
					   "10.0.0.0/-1",
					   "10.0.0.0",
					   "10.0.0.0/8x",
					   "/8",
					   "10.0.0.64/25",
					   "fd00::1/64",
					   "fd00::/129",
					   "default",
					   "10.0.0.0/ 8",
					   "10.0.0.0/99999999999999999999" };
	struct prefix p;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		if (!prefix_parse(good[i], &p))
			fail_msg("\"%s\" was refused", good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (prefix_parse(bad[i], &p))
			fail_msg("\"%s\" was accepted", bad[i]);
	}
}

static void contains(void **state)
{
	static const struct {
		const char *prefix, *address;
		bool inside;
	} cases[] = {
		{ "10.1.0.0/16", "10.1.255.255", true },
		{ "10.1.0.0/16", "10.2.0.0", false },
		{ "10.0.0.128/25", "10.0.0.128", true },
		{ "10.0.0.128/25", "10.0.0.127", false },
		{ "0.0.0.0/0", "203.0.113.1", true },
		{ "0.0.0.0/0", "fd00::1", false },
		{ "::/0", "10.0.0.1", false },
		{ "10.0.0.1/32", "10.0.0.1", true },
		{ "10.0.0.1/32", "10.0.0.0", false },
		{ "fd00::/63", "fd00:0:0:1::", true },
		{ "fd00::/63", "fd00:0:0:2::", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct address a = support_address(cases[i].address);
		struct prefix p;

		assert_true(prefix_parse(cases[i].prefix, &p));
		if (prefix_contains(&p, &a) != cases[i].inside)
			fail_msg("%s in %s", cases[i].address, cases[i].prefix);
	}
}

static void equality_and_hash(void **state)
{
	struct address a = support_address("10.0.0.1");
	struct address b = a, v6 = support_address("a00:1::");

	memset(b.bytes + 4, 0x55, 12); /* not part of an IPv4 address */
	assert_true(address_equal(&a, &b));
	assert_int_equal(address_hash(&a, 7), address_hash(&b, 7));
	assert_int_not_equal(address_hash(&a, 7), address_hash(&a, 8));
	/* the first four bytes are those of `a` */
	assert_memory_equal(v6.bytes, a.bytes, 4);
	assert_false(address_equal(&a, &v6));
	b = support_address("a00:1::1"); /* differs in the last byte */
	assert_false(address_equal(&b, &v6));
	assert_int_not_equal(address_hash(&b, 7), address_hash(&v6, 7));
	assert_int_not_equal(address_hash(&a, 7), address_hash(&v6, 7));
}

static void endpoints(void **state)
{
	static const char *const good[] = { "192.0.2.1:80", "0.0.0.0:1",
					    "[2001:db8::1]:65535", "[::]:53" };
	static const char *const bad[] = { "",
					   ":80",
					   "192.0.2.1",
					   "192.0.2.1:",
					   "192.0.2.1:0",
					   "192.0.2.1:65536",
					   "192.0.2.1:8x",
					   "192.0.2.1:-1",
					   "2001:db8::1:80",
					   "[192.0.2.1]:80",
					   "[2001:db8::1]",
					   "[]:80",
					   "[2001:db8::1:80",
					   "192.0.2.1: 80" };
	char text[ENDPOINT_TEXT];
	struct endpoint a, b;

	for (unsigned i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_true(endpoint_parse(good[i], &a));
		assert_string_equal(endpoint_text(&a, text), good[i]);
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(endpoint_parse(bad[i], &a));
	endpoint_parse("0.0.0.0:80", &a);
	endpoint_parse("192.0.2.1:80", &b);
	assert_true(endpoint_overlaps(&a, &b) && endpoint_overlaps(&b, &a));
	assert_false(endpoint_equal(&a, &b));
	endpoint_parse("192.0.2.1:81", &b);
	assert_false(endpoint_overlaps(&a, &b));
	endpoint_parse("[2001:db8::1]:80", &b);
	assert_false(endpoint_overlaps(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_and_print),
		cmocka_unit_test(prefix_host_bits),
		cmocka_unit_test(contains),
		cmocka_unit_test(equality_and_hash),
		cmocka_unit_test(endpoints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
