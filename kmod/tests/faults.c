// SPDX-License-Identifier: GPL-2.0
/* faults.c - KUnit: each operation of the backend fails, at each place it is asked for */
#include <linux/file.h>

#include "fake.h"

#define ERR (-ENOSPC)

static void no_pool_comes_of_it(struct kunit *test, enum fake_op op, int err)
{
	struct fake *f = fake_up(test);
	struct netlink_ext_ack extack = {};

	fake_fail(f, op, ERR, 1);
	KUNIT_EXPECT_EQ(test, fake_pool(f, 2, &extack), err);
	KUNIT_EXPECT_NOT_NULL(test, extack._msg);
	KUNIT_EXPECT_EQ(test, f->pf->state, VFL_PF_IDLE);
	KUNIT_EXPECT_EQ(test, f->awake, 0);
	KUNIT_EXPECT_EQ(test, fake_state(f, 0), VFL_VF_GONE);
	/* the next try is none the worse */
	KUNIT_EXPECT_EQ(test, fake_pool(f, 2, NULL), 0);
	KUNIT_EXPECT_EQ(test, f->pf->state, VFL_PF_ACTIVE);
	KUNIT_EXPECT_EQ(test, f->awake, 1);
}

static void wake_fails(struct kunit *test)
{
	no_pool_comes_of_it(test, FAKE_WAKE, -EIO);
}

static void enable_fails(struct kunit *test)
{
	no_pool_comes_of_it(test, FAKE_SET_NUM, ERR);
}

static void disable_fails(struct kunit *test)
{
	struct fake *f = fake_up(test);
	struct netlink_ext_ack extack = {};

	KUNIT_ASSERT_EQ(test, fake_pool(f, 2, NULL), 0);
	fake_fail(f, FAKE_SET_NUM, ERR, 1);
	KUNIT_EXPECT_EQ(test, fake_pool(f, 0, &extack), ERR);
	KUNIT_EXPECT_NOT_NULL(test, extack._msg);
	KUNIT_EXPECT_EQ(test, f->pf->state, VFL_PF_ACTIVE);
	KUNIT_EXPECT_EQ(test, fake_state(f, 1), VFL_VF_FREE);
	KUNIT_EXPECT_EQ(test, fake_pool(f, 0, NULL), 0);
	KUNIT_EXPECT_EQ(test, f->pf->state, VFL_PF_IDLE);
	KUNIT_EXPECT_EQ(test, f->awake, 0);
}

static void no_driver_and_too_many(struct kunit *test)
{
	struct fake *f = fake_up(test);
	struct netlink_ext_ack extack = {};

	f->no_driver = true;
	KUNIT_EXPECT_EQ(test, fake_pool(f, 1, &extack), -EOPNOTSUPP);
	KUNIT_EXPECT_NOT_NULL(test, extack._msg);
	f->no_driver = false;
	KUNIT_EXPECT_EQ(test, fake_pool(f, FAKE_TOTAL + 1, NULL), -ERANGE);
	KUNIT_EXPECT_EQ(test, fake_pool(f, 1, NULL), 0);
	KUNIT_EXPECT_EQ(test, fake_pool(f, 2, NULL), -EBUSY);
}

/* A setting of the same request goes back to what it was. */
static void all_or_nothing(struct kunit *test)
{
	struct fake *f = fake_up(test);
	struct vfl_pf_change want = {
		.attrs = BIT(VFL_A_PF_NUM_VFS) | BIT(VFL_A_PF_POLICY) |
			 BIT(VFL_A_PF_DRAIN_POLL_MS),
		.num_vfs = 1,
		.settings = { .policy = VFL_POLICY_VFIO, .drain_poll_ms = 20 },
	};
	struct vfl_settings before = f->pf->settings;

	fake_fail(f, FAKE_SET_NUM, ERR, 1);
	KUNIT_EXPECT_EQ(test, vfl_pf_set(f->pf, &want, NULL), ERR);
	KUNIT_EXPECT_EQ(test, f->pf->settings.policy, before.policy);
	KUNIT_EXPECT_EQ(test, f->pf->settings.drain_poll_ms,
			before.drain_poll_ms);
	KUNIT_EXPECT_EQ(test, vfl_pf_set(f->pf, &want, NULL), 0);
	KUNIT_EXPECT_EQ(test, f->pf->settings.policy, VFL_POLICY_VFIO);
	want.attrs = BIT(VFL_A_PF_POLICY);
	want.settings.policy = VFL_POLICY_PARKED;
	KUNIT_EXPECT_EQ_MSG(test, vfl_pf_set(f->pf, &want, NULL), -EBUSY,
			    "the pool is there");
}

static void a_new_vf_that_cannot_be_parked_is_foreign(struct kunit *test)
{
	struct fake *f = fake_up(test);

	fake_fail(f, FAKE_PARK, ERR, 1);
	KUNIT_EXPECT_EQ(test, fake_pool(f, 2, NULL), 0);
	KUNIT_EXPECT_EQ(test, fake_state(f, 0), VFL_VF_FOREIGN);
	KUNIT_EXPECT_EQ(test, fake_state(f, 1), VFL_VF_FREE);
	KUNIT_EXPECT_EQ(test, PTR_ERR(fake_acquire(f, 0, NULL)), -EBUSY);
}

/* Whatever fails while a VF is prepared, it comes back through a reset. */
static void no_lease_comes_of_it(struct kunit *test, enum fake_op op)
{
	struct fake *f = fake_up(test);
	struct netlink_ext_ack extack = {};
	struct file *file;

	KUNIT_ASSERT_EQ(test, fake_pool(f, 1, NULL), 0);
	fake_fail(f, op, ERR, 1);
	KUNIT_EXPECT_EQ(test, PTR_ERR(fake_acquire(f, -1, &extack)), ERR);
	KUNIT_EXPECT_NOT_NULL(test, extack._msg);
	fake_expect_state(test, f, 0, VFL_VF_FREE);
	KUNIT_EXPECT_EQ(test, f->calls[FAKE_RESET], 1);
	KUNIT_EXPECT_EQ(test, f->calls[FAKE_SCRUB], 1);
	KUNIT_EXPECT_EQ(test, f->pf->stats.leases, 0);
	file = fake_acquire(f, -1, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	fput(file);
}

static void isolated_fails(struct kunit *test)
{
	no_lease_comes_of_it(test, FAKE_ISOLATED);
}

static void tune_fails(struct kunit *test)
{
	no_lease_comes_of_it(test, FAKE_TUNE);
}

static void bind_fails(struct kunit *test)
{
	no_lease_comes_of_it(test, FAKE_BIND);
}

/* A VF that cannot be made clean goes to nobody, until it can. */
static void quarantined_by(struct kunit *test, enum fake_op op)
{
	struct fake *f = fake_up(test);
	struct netlink_ext_ack extack = {};
	struct vfl_vf *vf;
	struct file *file;

	KUNIT_ASSERT_EQ(test, fake_pool(f, 1, NULL), 0);
	file = fake_acquire(f, 0, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	fake_fail(f, op, ERR, 1);
	fput(file);
	fake_expect_state(test, f, 0, VFL_VF_QUARANTINED);
	KUNIT_EXPECT_EQ(test, f->pf->stats.reset_failures, 1);
	KUNIT_EXPECT_EQ(test, PTR_ERR(fake_acquire(f, 0, &extack)), -EUCLEAN);
	KUNIT_EXPECT_NOT_NULL(test, extack._msg);
	KUNIT_EXPECT_EQ(test, PTR_ERR(fake_acquire(f, -1, NULL)), -EAGAIN);
	vf = vfl_vf_get("fake:00.1");
	KUNIT_ASSERT_NOT_NULL(test, vf);
	KUNIT_EXPECT_EQ(test, vf->last_error, -ERR);
	KUNIT_EXPECT_EQ(test, vfl_vf_reset(vf, 0, NULL), 0);
	fake_expect_state(test, f, 0, VFL_VF_FREE);
	KUNIT_EXPECT_EQ(test, vf->last_error, 0);
	vfl_vf_put(vf);
}

static void park_fails(struct kunit *test)
{
	quarantined_by(test, FAKE_PARK);
}

static void reset_fails(struct kunit *test)
{
	quarantined_by(test, FAKE_RESET);
}

static void scrub_fails(struct kunit *test)
{
	quarantined_by(test, FAKE_SCRUB);
}

static void contention_is_waited_for(struct kunit *test)
{
	struct fake *f = fake_up(test);
	struct file *file;

	KUNIT_ASSERT_EQ(test, fake_pool(f, 1, NULL), 0);
	file = fake_acquire(f, 0, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	fake_fail(f, FAKE_RESET, -EAGAIN, 2);
	fake_fail(f, FAKE_SCRUB, -EBUSY, 1);
	fput(file);
	fake_expect_state(test, f, 0, VFL_VF_FREE);
	KUNIT_EXPECT_EQ(test, f->calls[FAKE_RESET], 4);
	KUNIT_EXPECT_EQ(test, f->calls[FAKE_SCRUB], 2);
	KUNIT_EXPECT_EQ(test, f->pf->stats.reset_failures, 0);
}

static void a_reset_in_use_is_refused(struct kunit *test)
{
	struct fake *f = fake_up(test);
	struct netlink_ext_ack extack = {};
	struct vfl_vf *vf;

	KUNIT_ASSERT_EQ(test, fake_pool(f, 1, NULL), 0);
	vf = vfl_vf_get("fake:00.1");
	KUNIT_ASSERT_NOT_NULL(test, vf);
	f->in_use = true;
	KUNIT_EXPECT_EQ(test, vfl_vf_reset(vf, 0, &extack), -EBUSY);
	KUNIT_EXPECT_NOT_NULL(test, extack._msg);
	KUNIT_EXPECT_EQ(test, fake_pool(f, 0, NULL), -EBUSY);
	f->in_use = false;
	KUNIT_EXPECT_EQ(test, vfl_vf_reset(vf, vf->generation + 1, NULL),
			-ESTALE);
	KUNIT_EXPECT_EQ(test, f->calls[FAKE_RESET], 0);
	vfl_vf_put(vf);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(wake_fails),
	KUNIT_CASE(enable_fails),
	KUNIT_CASE(disable_fails),
	KUNIT_CASE(no_driver_and_too_many),
	KUNIT_CASE(all_or_nothing),
	KUNIT_CASE(a_new_vf_that_cannot_be_parked_is_foreign),
	KUNIT_CASE(isolated_fails),
	KUNIT_CASE(tune_fails),
	KUNIT_CASE(bind_fails),
	KUNIT_CASE(park_fails),
	KUNIT_CASE(reset_fails),
	KUNIT_CASE(scrub_fails),
	KUNIT_CASE(contention_is_waited_for),
	KUNIT_CASE(a_reset_in_use_is_refused),
	{}
};

static struct kunit_suite suite = { .name = "vfleet_faults",
				    .test_cases = cases };

kunit_test_suite(suite);
