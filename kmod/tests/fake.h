/* SPDX-License-Identifier: GPL-2.0 */
/* fake.h - a PF without hardware, for tests: its backend fails where it is told to */
#ifndef _VFL_TESTS_FAKE_H
#define _VFL_TESTS_FAKE_H

#include <kunit/test.h>

#include "vfleet.h"

#define FAKE_PF	   "fake:00.0"
#define FAKE_TOTAL 4

/* The operations of struct vfl_backend that can fail */
enum fake_op {
	FAKE_WAKE,
	FAKE_SET_NUM,
	FAKE_ISOLATED,
	FAKE_TUNE,
	FAKE_BIND,
	FAKE_PARK,
	FAKE_RESET,
	FAKE_SCRUB,
};

#define FAKE_OPS (FAKE_SCRUB + 1)

struct fake {
	struct pci_dev pf_dev;
	struct pci_dev vf_dev[FAKE_TOTAL];
	struct vfl_pf *pf; /* counted */
	u32 num;
	int awake; /* wakes less sleeps */
	bool no_driver;
	bool in_use; /* the VFs */
	int err[FAKE_OPS]; /* what the operation returns .. */
	int fails[FAKE_OPS]; /* .. so many times; negative: always */
	int calls[FAKE_OPS];
};

/* A PF in the registry, without VFs; it is gone when the test ends. */
struct fake *fake_up(struct kunit *test);
void fake_fail(struct fake *f, enum fake_op op, int err, int times);
int fake_pool(struct fake *f, u32 num, struct netlink_ext_ack *extack);
/* A lease of that VF (-1: any), or an ERR_PTR. */
struct file *fake_acquire(struct fake *f, int index,
			  struct netlink_ext_ack *extack);
enum vfl_vf_state fake_state(struct fake *f, u32 index);
/* Waits for the worker to bring the VF to this state. */
void fake_expect_state(struct kunit *test, struct fake *f, u32 index,
		       enum vfl_vf_state state);

#endif /* _VFL_TESTS_FAKE_H */
