/* SPDX-License-Identifier: BSD-3-Clause */
/* test_trail.c - marks of processed packets */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "trail.h"

static struct fab_trail trail;

static struct pkt packet(uint8_t *frame, uint8_t side, unsigned bytes)
{
	return (struct pkt){
		.frame = frame, .l3 = 14, .len = 14 + bytes, .side = side
	};
}

static void copies_have_one_mark_and_others_another(void **state)
{
	uint8_t a[256] = { 0 }, b[256] = { 0 };
	struct pkt p = packet(a, 0, 40), q = packet(b, 0, 40);
	uint32_t mark = trail_mark(&p);

	/* What is in front of the IP header is not the packet's. */
	b[0] = 1;
	assert_int_equal(trail_mark(&q), mark);
	for (unsigned at = 0; at < 40; at++) {
		b[14 + at] = 1;
		assert_true(trail_mark(&q) != mark);
		b[14 + at] = 0;
	}
	q = packet(b, 1, 40);
	assert_true(trail_mark(&q) != mark);
	q = packet(b, 0, 41);
	assert_true(trail_mark(&q) != mark);
}

static void one_mark_stands_for_one_packet(void **state)
{
	memset(&trail, 0, sizeof(trail));
	trail_leave(&trail, 7, 1000);
	trail_leave(&trail, 7, 1000);
	assert_true(trail_take(&trail, 7, 1000));
	assert_true(trail_take(&trail, 7, 1000));
	assert_false(trail_take(&trail, 7, 1000));
}

static void marks_from_before_do_not_count(void **state)
{
	memset(&trail, 0, sizeof(trail));
	trail_leave(&trail, 7, 1000);
	trail_leave(&trail, 8, 1500);
	assert_false(trail_take(&trail, 7, 1001));
	assert_true(trail_take(&trail, 8, 1001));
	assert_true(trail_take(&trail, 7, 1000));
}

/* However long the former owner was kept waiting: the window decides, not an age. */
static void a_used_mark_does_not_hide_those_before_it(void **state)
{
	memset(&trail, 0, sizeof(trail));
	for (uint32_t i = 0; i < 100; i++)
		trail_leave(&trail, 100 + i, 1000 + 10 * i);
	for (uint32_t i = 100; i-- > 0;)
		assert_true(trail_take(&trail, 100 + i, 1000));
}

static void it_goes_around(void **state)
{
	memset(&trail, 0, sizeof(trail));
	atomic_store(&trail.next, UINT32_MAX - 10);
	for (uint32_t i = 1; i <= FAB_MARKS + 20; i++)
		trail_leave(&trail, i, UINT32_MAX - 1 + i / 1000);
	for (uint32_t i = 21; i <= FAB_MARKS + 20; i++)
		assert_true(trail_take(&trail, i, UINT32_MAX - 1));
	assert_false(trail_take(&trail, 20, UINT32_MAX - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_have_one_mark_and_others_another),
		cmocka_unit_test(one_mark_stands_for_one_packet),
		cmocka_unit_test(marks_from_before_do_not_count),
		cmocka_unit_test(a_used_mark_does_not_hide_those_before_it),
		cmocka_unit_test(it_goes_around),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
