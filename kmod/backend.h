/* SPDX-License-Identifier: GPL-2.0 */
/* backend.h - what the module asks of the hardware and of the drivers that own it
 *
 * All that the pool, the leases and the reclaim do to a device goes through here: pci.c
 * does it to PCI devices, tests/fake.c to none and fails where it is told to. Errors are
 * negative errno; none of them may leave the device half way.
 */
#ifndef _VFL_BACKEND_H
#define _VFL_BACKEND_H

#include <linux/types.h>

struct netlink_ext_ack;
struct vfl_pf;
struct vfl_tuning;
struct vfl_vf;

struct vfl_backend {
	/* The PF; its device lock is held, vfl_state_lock is not. */
	bool (*can_set_num)(const struct vfl_pf *pf);
	u32 (*total_vfs)(const struct vfl_pf *pf);
	u32 (*num_vfs)(const struct vfl_pf *pf);
	/* Makes num VFs where there are none, or ends all (0). */
	int (*set_num)(struct vfl_pf *pf, u32 num);
	/* Keeps the PF out of runtime suspend; the only one of these that counts. */
	int (*wake)(struct vfl_pf *pf);
	void (*sleep)(
		struct vfl_pf *pf); /* under vfl_state_lock; does not wait */

	/* A VF; no lock is held. May sleep. */
	int (*isolated)(struct vfl_vf *vf, struct netlink_ext_ack *extack);
	int (*bind)(struct vfl_vf *vf, struct netlink_ext_ack *extack);
	/* Waits for vfio users who came in the last moment, without limit. */
	void (*unbind)(struct vfl_vf *vf);
	/* From now on only vfio-pci, or else no driver at all, may take the VF. */
	int (*park)(struct vfl_vf *vf, bool for_vfio);
	/* hw_lock is held. -EAGAIN: contended, try later; -ENODEV: not there. */
	int (*reset)(struct vfl_vf *vf);

	/* Settings of a VF; the PF's device lock is held. */
	int (*tune)(struct vfl_vf *vf, const struct vfl_tuning *want,
		    u32 lease_id, struct netlink_ext_ack *extack);
	int (*scrub)(struct vfl_vf *vf);

	/* A VF; vfl_state_lock is held. Must not sleep for long. */
	bool (*in_use)(const struct vfl_vf *vf);
	void (*set_guard)(struct vfl_vf *vf, bool on);
};

extern const struct vfl_backend vfl_pci_backend;

#endif /* _VFL_BACKEND_H */
