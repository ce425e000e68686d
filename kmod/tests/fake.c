// SPDX-License-Identifier: GPL-2.0
/* fake.c - a PF without hardware, for tests: its backend fails where it is told to */
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/slab.h>

#include "fake.h"

#define WAIT_MS 10000

static struct fake *of_pf(const struct vfl_pf *pf)
{
	return container_of(pf->pdev, struct fake, pf_dev);
}

static struct fake *of_vf(const struct vfl_vf *vf)
{
	return of_pf(vf->pf);
}

static int called(struct fake *f, enum fake_op op)
{
	f->calls[op]++;
	if (!f->fails[op])
		return 0;
	f->fails[op]--;
	return f->err[op];
}

void fake_fail(struct fake *f, enum fake_op op, int err, int times)
{
	f->err[op] = err;
	f->fails[op] = times;
}

static bool can_set_num(const struct vfl_pf *pf)
{
	return !of_pf(pf)->no_driver;
}

static u32 total_vfs(const struct vfl_pf *pf)
{
	return FAKE_TOTAL;
}

static u32 num_vfs(const struct vfl_pf *pf)
{
	return of_pf(pf)->num;
}

/* What the PCI core's notifier does while a driver makes or ends its VFs. */
static int set_num(struct vfl_pf *pf, u32 num)
{
	struct fake *f = of_pf(pf);
	int err = called(f, FAKE_SET_NUM);
	u32 i;

	if (err)
		return err;
	for (i = 0; i < num; i++)
		vfl_vf_appear(&f->vf_dev[i], i);
	for (i = f->num; i > num; i--)
		vfl_vf_del(&f->vf_dev[i - 1]);
	f->num = num;
	return 0;
}

static int wake(struct vfl_pf *pf)
{
	struct fake *f = of_pf(pf);
	int err = called(f, FAKE_WAKE);

	f->awake += !err;
	return err;
}

static void go_to_sleep(struct vfl_pf *pf)
{
	of_pf(pf)->awake--;
}

static int refuse(struct vfl_vf *vf, enum fake_op op,
		  struct netlink_ext_ack *extack)
{
	int err = called(of_vf(vf), op);

	return err ? vfl_refuse(extack, err, "the fake was told to fail") : 0;
}

static int isolated(struct vfl_vf *vf, struct netlink_ext_ack *extack)
{
	return refuse(vf, FAKE_ISOLATED, extack);
}

static int bind(struct vfl_vf *vf, struct netlink_ext_ack *extack)
{
	return refuse(vf, FAKE_BIND, extack);
}

static void unbind(struct vfl_vf *vf)
{
}

static int park(struct vfl_vf *vf, bool for_vfio)
{
	return called(of_vf(vf), FAKE_PARK);
}

static int reset(struct vfl_vf *vf)
{
	return called(of_vf(vf), FAKE_RESET);
}

static int tune(struct vfl_vf *vf, const struct vfl_tuning *want, u32 lease_id,
		struct netlink_ext_ack *extack)
{
	int err = refuse(vf, FAKE_TUNE, extack);

	if (!err)
		vfl_tuning_merge(&vf->want, want);
	return err;
}

static int scrub(struct vfl_vf *vf)
{
	return called(of_vf(vf), FAKE_SCRUB);
}

static bool in_use(const struct vfl_vf *vf)
{
	return READ_ONCE(of_vf(vf)->in_use);
}

static void set_guard(struct vfl_vf *vf, bool on)
{
}

static const struct vfl_backend fake_backend = {
	.can_set_num = can_set_num,
	.total_vfs = total_vfs,
	.num_vfs = num_vfs,
	.set_num = set_num,
	.wake = wake,
	.sleep = go_to_sleep,
	.isolated = isolated,
	.bind = bind,
	.unbind = unbind,
	.park = park,
	.reset = reset,
	.tune = tune,
	.scrub = scrub,
	.in_use = in_use,
	.set_guard = set_guard,
};

/* No bus knows these devices; the first reference is never put, so that nothing is
 * released but the memory that the test owns.
 */
static void make_device(struct pci_dev *pdev, const char *name)
{
	device_initialize(&pdev->dev);
	pdev->dev.init_name = name;
}

static void fake_down(void *data)
{
	struct fake *f = data;
	int ms;

	f->in_use = false;
	vfl_pf_remove(f->pf);
	flush_delayed_fput();
	/* the worker may still hold VFs, and they the PF */
	for (ms = 0; ms < WAIT_MS && kref_read(&f->pf->ref) > 1; ms++)
		fsleep(1000);
	WARN_ON(kref_read(&f->pf->ref) > 1);
	vfl_pf_put(f->pf);
}

struct fake *fake_up(struct kunit *test)
{
	static const char *const names[FAKE_TOTAL] = { "fake:00.1", "fake:00.2",
						       "fake:00.3",
						       "fake:00.4" };
	struct fake *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, f);
	make_device(&f->pf_dev, FAKE_PF);
	for (i = 0; i < FAKE_TOTAL; i++) {
		make_device(&f->vf_dev[i], names[i]);
		f->vf_dev[i].is_virtfn = 1;
		f->vf_dev[i].physfn = &f->pf_dev;
	}
	f->pf = vfl_pf_create(&f->pf_dev, &fake_backend);
	KUNIT_ASSERT_NOT_NULL(test, f->pf);
	kref_get(&f->pf->ref);
	KUNIT_ASSERT_TRUE(test, vfl_pf_insert(f->pf));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, fake_down, f), 0);
	return f;
}

int fake_pool(struct fake *f, u32 num, struct netlink_ext_ack *extack)
{
	struct vfl_pf_change want = {
		.attrs = BIT(VFL_A_PF_NUM_VFS),
		.num_vfs = num,
	};

	return vfl_pf_set(f->pf, &want, extack);
}

struct file *fake_acquire(struct fake *f, int index,
			  struct netlink_ext_ack *extack)
{
	struct vfl_lease_request want = { .pf = FAKE_PF, .vf_index = index };

	return vfl_lease_acquire(&want, extack);
}

enum vfl_vf_state fake_state(struct fake *f, u32 index)
{
	enum vfl_vf_state state = VFL_VF_GONE;
	struct vfl_vf *vf;

	mutex_lock(&vfl_state_lock);
	list_for_each_entry(vf, &f->pf->vfs, node)
		if (vf->index == index)
			state = vf->state;
	mutex_unlock(&vfl_state_lock);
	return state;
}

void fake_expect_state(struct kunit *test, struct fake *f, u32 index,
		       enum vfl_vf_state state)
{
	int ms;

	flush_delayed_fput();
	for (ms = 0; ms < WAIT_MS && fake_state(f, index) != state; ms++)
		fsleep(1000);
	KUNIT_EXPECT_STREQ(test, vfl_vf_state_name(fake_state(f, index)),
			   vfl_vf_state_name(state));
}
