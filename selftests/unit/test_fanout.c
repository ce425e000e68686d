/* SPDX-License-Identifier: BSD-3-Clause */
/* test_fanout.c - engines' raw sockets keep to their own fan-out */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fanout.h"

static void neighbours_in_both_numbers_clash(void **state)
{
	struct fanout f = { .mine = { 5, 6 } };

	/* 1000 ^ 4 = 1004, and 1001 ^ 5 = 1004 */
	fanout_add(&f, 1000, 4);
	assert_false(fanout_fits(&f, 1001));
	/* 1002 ^ 6 = 1004: the other side's device counts as well */
	assert_false(fanout_fits(&f, 1002));
	assert_true(fanout_fits(&f, 1003));
}

static void names_have_16_bits(void **state)
{
	struct fanout f = { .mine = { 5, 0 } };

	fanout_add(&f, 0x10000 + 1000, 4);
	assert_false(fanout_fits(&f, 0x20000 + 1001));
}

static void no_device_has_no_name(void **state)
{
	struct fanout f = { .mine = { 0, 0 } };

	fanout_add(&f, 1000, 4);
	fanout_add(&f, 0, 7);
	fanout_add(&f, 1000, 0);
	assert_int_equal(f.n, 1);
	assert_true(fanout_fits(&f, 1000 ^ 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_in_both_numbers_clash),
		cmocka_unit_test(names_have_16_bits),
		cmocka_unit_test(no_device_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
