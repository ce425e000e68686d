// SPDX-License-Identifier: GPL-2.0
/* lease.c - KUnit: the table of leases, on a PF without hardware */
#include <linux/file.h>
#include <linux/fs.h>

#include "fake.h"

static struct vfl_lease *lease_of(struct file *file)
{
	return file->private_data;
}

static void ids_are_unique_and_found(struct kunit *test)
{
	struct fake *f = fake_up(test);
	struct file *file[FAKE_TOTAL];
	u32 last = 0;
	int i;

	KUNIT_ASSERT_EQ(test, fake_pool(f, FAKE_TOTAL, NULL), 0);
	for (i = 0; i < FAKE_TOTAL; i++) {
		file[i] = fake_acquire(f, -1, NULL);
		KUNIT_ASSERT_FALSE(test, IS_ERR(file[i]));
		KUNIT_EXPECT_GT(test, lease_of(file[i])->id, last);
		last = lease_of(file[i])->id;
		KUNIT_EXPECT_PTR_EQ(test, xa_load(&vfl_leases, last),
				    (void *)lease_of(file[i]));
		KUNIT_EXPECT_EQ(test, lease_of(file[i])->vf_index, (u32)i);
	}
	for (i = 0; i < FAKE_TOTAL; i++) {
		last = lease_of(file[i])->id;
		fput(file[i]);
		fake_expect_state(test, f, i, VFL_VF_FREE);
		KUNIT_EXPECT_NULL(test, xa_load(&vfl_leases, last));
	}
	KUNIT_EXPECT_EQ(test, f->pf->stats.leases, (u32)FAKE_TOTAL);
	KUNIT_EXPECT_EQ(test, f->pf->stats.reclaims, (u32)FAKE_TOTAL);
}

/* What a request is refused for; it leaves no trace. */
static void refuses(struct kunit *test, struct fake *f, int index, int err)
{
	struct netlink_ext_ack extack = {};

	KUNIT_EXPECT_EQ(test, PTR_ERR(fake_acquire(f, index, &extack)), err);
	KUNIT_EXPECT_NOT_NULL(test, extack._msg);
}

static void no_vf_is_given_twice(struct kunit *test)
{
	struct fake *f = fake_up(test);
	struct file *one, *two;

	refuses(test, f, -1, -EAGAIN); /* no pool */
	KUNIT_ASSERT_EQ(test, fake_pool(f, 2, NULL), 0);
	refuses(test, f, 2, -ENODEV);
	one = fake_acquire(f, 0, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(one));
	refuses(test, f, 0, -EBUSY);
	two = fake_acquire(f, -1, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(two));
	refuses(test, f, -1, -EAGAIN);
	KUNIT_EXPECT_EQ(test, fake_pool(f, 0, NULL), -EBUSY);
	fput(one);
	fput(two);
	fake_expect_state(test, f, 0, VFL_VF_FREE);
	fake_expect_state(test, f, 1, VFL_VF_FREE);
	KUNIT_EXPECT_EQ(test, fake_pool(f, 0, NULL), 0);
}

static void a_stale_generation_is_refused(struct kunit *test)
{
	struct fake *f = fake_up(test);
	struct vfl_lease_request want = { .pf = FAKE_PF, .vf_index = -1 };
	struct vfl_pf_change change = { .attrs = BIT(VFL_A_PF_GENERATION) };
	struct netlink_ext_ack extack = {};
	struct file *file;

	KUNIT_ASSERT_EQ(test, fake_pool(f, 1, NULL), 0);
	want.generation = f->pf->generation;
	change.generation = f->pf->generation;
	KUNIT_EXPECT_EQ(test, vfl_pf_set(f->pf, &change, &extack), 0);
	KUNIT_ASSERT_EQ(test, fake_pool(f, 0, NULL), 0);
	KUNIT_ASSERT_EQ(test, fake_pool(f, 1, NULL), 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR(vfl_lease_acquire(&want, &extack)),
			-ESTALE);
	KUNIT_EXPECT_NOT_NULL(test, extack._msg);
	KUNIT_EXPECT_EQ(test, vfl_pf_set(f->pf, &change, &extack), -ESTALE);
	want.generation = f->pf->generation;
	file = vfl_lease_acquire(&want, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	fput(file);
}

static void revoked_it_drains_until_nobody_uses_it(struct kunit *test)
{
	struct fake *f = fake_up(test);
	struct netlink_ext_ack extack = {};
	struct file *file;
	u32 id;

	KUNIT_ASSERT_EQ(test, fake_pool(f, 1, NULL), 0);
	file = fake_acquire(f, 0, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	id = lease_of(file)->id;
	f->in_use = true;
	KUNIT_EXPECT_EQ(test, vfl_lease_revoke(id, NULL), 0);
	KUNIT_EXPECT_TRUE(test, READ_ONCE(lease_of(file)->over));
	KUNIT_EXPECT_EQ(test, fake_state(f, 0), VFL_VF_DRAINING);
	KUNIT_EXPECT_EQ(test, f->calls[FAKE_RESET], 0);
	WRITE_ONCE(f->in_use, false);
	fake_expect_state(test, f, 0, VFL_VF_FREE);
	KUNIT_EXPECT_EQ(test, f->calls[FAKE_RESET], 1);
	KUNIT_EXPECT_EQ(test, vfl_lease_revoke(id, &extack), -ENOENT);
	KUNIT_EXPECT_NOT_NULL(test, extack._msg);
	/* the file is a lease no more: its end is nobody's */
	fput(file);
	fake_expect_state(test, f, 0, VFL_VF_FREE);
}

static void a_vf_that_goes_leaves_a_dead_lease(struct kunit *test)
{
	struct fake *f = fake_up(test);
	struct file *file;
	u32 id;

	KUNIT_ASSERT_EQ(test, fake_pool(f, 1, NULL), 0);
	file = fake_acquire(f, 0, NULL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	id = lease_of(file)->id;
	vfl_vf_del(&f->vf_dev[0]);
	f->num = 0;
	KUNIT_EXPECT_TRUE(test, READ_ONCE(lease_of(file)->over));
	KUNIT_EXPECT_NULL(test, xa_load(&vfl_leases, id));
	KUNIT_EXPECT_EQ(test, f->pf->state, VFL_PF_IDLE);
	fput(file);
	flush_delayed_fput();
}

static struct kunit_case cases[] = {
	KUNIT_CASE(ids_are_unique_and_found),
	KUNIT_CASE(no_vf_is_given_twice),
	KUNIT_CASE(a_stale_generation_is_refused),
	KUNIT_CASE(revoked_it_drains_until_nobody_uses_it),
	KUNIT_CASE(a_vf_that_goes_leaves_a_dead_lease),
	{}
};

static struct kunit_suite suite = { .name = "vfleet_lease",
				    .test_cases = cases };

kunit_test_suite(suite);
