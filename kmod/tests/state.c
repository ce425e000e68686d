// SPDX-License-Identifier: GPL-2.0
/* state.c - KUnit: the life of a VF, every state with every event */
#include <kunit/test.h>

#include "state.h"

/* All moves there are, written down a second time on purpose. */
static const struct {
	enum vfl_vf_state from;
	enum vfl_vf_event event;
	enum vfl_vf_state to;
} moves[] = {
	{ VFL_VF_FOREIGN, VFL_EV_ADOPT, VFL_VF_RESETTING },
	{ VFL_VF_FREE, VFL_EV_ACQUIRE, VFL_VF_PREPARING },
	{ VFL_VF_FREE, VFL_EV_RESET, VFL_VF_RESETTING },
	{ VFL_VF_PREPARING, VFL_EV_READY, VFL_VF_LEASED },
	{ VFL_VF_PREPARING, VFL_EV_FAIL, VFL_VF_DRAINING },
	{ VFL_VF_LEASED, VFL_EV_END, VFL_VF_DRAINING },
	{ VFL_VF_DRAINING, VFL_EV_IDLE, VFL_VF_RESETTING },
	{ VFL_VF_RESETTING, VFL_EV_CLEAN, VFL_VF_FREE },
	{ VFL_VF_RESETTING, VFL_EV_DIRTY, VFL_VF_QUARANTINED },
	{ VFL_VF_QUARANTINED, VFL_EV_RESET, VFL_VF_RESETTING },
};

static int expected(int from, int event)
{
	size_t i;

	if (event == VFL_EV_REMOVE)
		return from == VFL_VF_GONE ? -1 : VFL_VF_GONE;
	for (i = 0; i < ARRAY_SIZE(moves); i++)
		if (moves[i].from == from && moves[i].event == event)
			return moves[i].to;
	return -1;
}

static void every_pair(struct kunit *test)
{
	int from, event;

	for (from = 0; from < VFL_VF_STATES; from++)
		for (event = 0; event < VFL_VF_EVENTS; event++)
			KUNIT_EXPECT_EQ_MSG(test, vfl_vf_step(from, event),
					    expected(from, event),
					    "state %s, event %d",
					    vfl_vf_state_name(from), event);
}

static void out_of_range_is_refused(struct kunit *test)
{
	const char *sentence = NULL;

	KUNIT_EXPECT_EQ(test, vfl_vf_step(VFL_VF_STATES, VFL_EV_REMOVE), -1);
	KUNIT_EXPECT_EQ(test, vfl_vf_step(VFL_VF_FREE, VFL_VF_EVENTS), -1);
	KUNIT_EXPECT_EQ(test, vfl_vf_refusal(VFL_VF_STATES, &sentence),
			-ENODEV);
	KUNIT_EXPECT_NOT_NULL(test, sentence);
}

static void every_refusal_has_its_sentence(struct kunit *test)
{
	const char *sentence, *other;
	int state, before;

	for (state = 0; state < VFL_VF_STATES; state++) {
		KUNIT_EXPECT_LT(test, vfl_vf_refusal(state, &sentence), 0);
		KUNIT_ASSERT_NOT_NULL(test, sentence);
		for (before = 0; before < state; before++) {
			vfl_vf_refusal(before, &other);
			KUNIT_EXPECT_STRNEQ(test, sentence, other);
		}
	}
}

static void free_comes_from_a_reset_only(struct kunit *test)
{
	int from, event;

	for (from = 0; from < VFL_VF_STATES; from++)
		for (event = 0; event < VFL_VF_EVENTS; event++)
			if (vfl_vf_step(from, event) == VFL_VF_FREE)
				KUNIT_EXPECT_TRUE(
					test, from == VFL_VF_RESETTING &&
						      event == VFL_EV_CLEAN);
}

static struct kunit_case cases[] = { KUNIT_CASE(every_pair),
				     KUNIT_CASE(out_of_range_is_refused),
				     KUNIT_CASE(every_refusal_has_its_sentence),
				     KUNIT_CASE(free_comes_from_a_reset_only),
				     {} };

static struct kunit_suite suite = { .name = "vfleet_state",
				    .test_cases = cases };

kunit_test_suite(suite);
