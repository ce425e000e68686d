// SPDX-License-Identifier: BSD-3-Clause
/* test_vf_state.c - the module's VF state machine, every state with every event */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* setjmp.h, stdarg.h, stddef.h and stdint.h must come before */
#include <cmocka.h>

#include "state.h"

#define NO (-1)

/* Columns: adopt, acquire, ready, fail, end, idle, reset, clean, dirty, remove. Written
 * down a second time on purpose: a change of the table must be made twice.
 */
static const int expected[VFL_VF_STATES][VFL_VF_EVENTS] = {
	[VFL_VF_FOREIGN] = { VFL_VF_RESETTING, NO, NO, NO, NO, NO, NO, NO, NO,
			     VFL_VF_GONE },
	[VFL_VF_FREE] = { NO, VFL_VF_PREPARING, NO, NO, NO, NO,
			  VFL_VF_RESETTING, NO, NO, VFL_VF_GONE },
	[VFL_VF_PREPARING] = { NO, NO, VFL_VF_LEASED, VFL_VF_DRAINING, NO, NO,
			       NO, NO, NO, VFL_VF_GONE },
	[VFL_VF_LEASED] = { NO, NO, NO, NO, VFL_VF_DRAINING, NO, NO, NO, NO,
			    VFL_VF_GONE },
	[VFL_VF_DRAINING] = { NO, NO, NO, NO, NO, VFL_VF_RESETTING, NO, NO, NO,
			      VFL_VF_GONE },
	[VFL_VF_RESETTING] = { NO, NO, NO, NO, NO, NO, NO, VFL_VF_FREE,
			       VFL_VF_QUARANTINED, VFL_VF_GONE },
	[VFL_VF_QUARANTINED] = { NO, NO, NO, NO, NO, NO, VFL_VF_RESETTING, NO,
				 NO, VFL_VF_GONE },
	[VFL_VF_GONE] = { NO, NO, NO, NO, NO, NO, NO, NO, NO, NO },
};

static void every_pair(void **state)
{
	for (int s = 0; s < VFL_VF_STATES; s++)
		for (int e = 0; e < VFL_VF_EVENTS; e++)
			if (vfl_vf_step(s, e) != expected[s][e])
				fail_msg(
					"state %d, event %d: got %d, expected %d",
					s, e, vfl_vf_step(s, e),
					expected[s][e]);
}

static void out_of_range_is_refused(void **state)
{
	assert_int_equal(vfl_vf_step(VFL_VF_STATES, VFL_EV_REMOVE), -1);
	assert_int_equal(vfl_vf_step(-1, VFL_EV_REMOVE), -1);
	assert_int_equal(vfl_vf_step(VFL_VF_FREE, VFL_VF_EVENTS), -1);
	assert_int_equal(vfl_vf_step(VFL_VF_FREE, -1), -1);
}

/* Whether a walk from `from` can reach `to` without passing through `avoid`. */
static bool reaches(int from, int to, int avoid)
{
	bool seen[VFL_VF_STATES] = { false };

	seen[from] = true;
	for (int round = 0; round < VFL_VF_STATES; round++)
		for (int s = 0; s < VFL_VF_STATES; s++)
			for (int e = 0; seen[s] && e < VFL_VF_EVENTS; e++) {
				int next = vfl_vf_step(s, e);

				if (next >= 0 && next != avoid)
					seen[next] = true;
			}
	return seen[to];
}

/* What the module is for: no owner gets a VF that the last one had before a reset. */
static void no_way_to_a_new_owner_without_reset(void **state)
{
	assert_true(reaches(VFL_VF_LEASED, VFL_VF_PREPARING, VFL_VF_GONE));
	assert_false(
		reaches(VFL_VF_LEASED, VFL_VF_PREPARING, VFL_VF_RESETTING));
	assert_false(reaches(VFL_VF_PREPARING, VFL_VF_FREE, VFL_VF_RESETTING));
	assert_false(reaches(VFL_VF_FOREIGN, VFL_VF_FREE, VFL_VF_RESETTING));
	assert_false(
		reaches(VFL_VF_QUARANTINED, VFL_VF_FREE, VFL_VF_RESETTING));
}

static void gone_is_the_end_of_all(void **state)
{
	for (int s = 0; s < VFL_VF_STATES; s++)
		if (s != VFL_VF_GONE)
			assert_int_equal(vfl_vf_step(s, VFL_EV_REMOVE),
					 VFL_VF_GONE);
	for (int s = 0; s < VFL_VF_STATES; s++)
		if (s != VFL_VF_GONE)
			assert_false(reaches(VFL_VF_GONE, s, -1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair),
		cmocka_unit_test(out_of_range_is_refused),
		cmocka_unit_test(no_way_to_a_new_owner_without_reset),
		cmocka_unit_test(gone_is_the_end_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
