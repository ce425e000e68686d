// SPDX-License-Identifier: GPL-2.0
/* pool.c - make, adopt and remove the VFs of a PF; how its pool is run */
#include <linux/delay.h>

#include "compat.h"
#include "nl.h"

/* What a request may change besides the number of VFs */
#define SETTINGS                                      \
	(BIT(VFL_A_PF_POLICY) | BIT(VFL_A_PF_GUARD) | \
	 BIT(VFL_A_PF_DRAIN_TIMEOUT_MS) | BIT(VFL_A_PF_DRAIN_POLL_MS))

#define LOCK_TRIES    100
#define LOCK_PAUSE_MS 20

/* The core's sysfs path takes device_lock() before the rescan lock, removal takes them
 * the other way round, and the two can hang each other for ever. The rescan lock first
 * and only trying the device lock can not.
 */
static int lock_for_sriov(struct vfl_pf *pf)
{
	int tries;

	for (tries = LOCK_TRIES; tries; tries--) {
		if (!vfl_core_takes_rescan_lock())
			pci_lock_rescan_remove();
		if (device_trylock(&pf->pdev->dev))
			return 0;
		if (!vfl_core_takes_rescan_lock())
			pci_unlock_rescan_remove();
		msleep(LOCK_PAUSE_MS);
	}
	return -EBUSY;
}

static void unlock_for_sriov(struct vfl_pf *pf)
{
	device_unlock(&pf->pdev->dev);
	if (!vfl_core_takes_rescan_lock())
		pci_unlock_rescan_remove();
}

/* Removing a VF that someone uses would wait for him, with the PF's locks held. */
static int may_remove(const struct vfl_vf *vf, struct netlink_ext_ack *extack)
{
	if (vf->state == VFL_VF_FOREIGN &&
	    vf->pf->settings.policy == VFL_POLICY_NATIVE) {
		/* A kernel driver lets go when it is told to. */
		if (!vf->managed_dma || !vfl_vf_in_use_locked(vf))
			return 0;
	} else if (vf->state == VFL_VF_FOREIGN) {
		return vfl_refuse(
			extack, -EBUSY,
			"the PF has VFs that vfleet did not make: adopt them by setting num-vfs to their present number, then remove them");
	} else if (vf->state != VFL_VF_FREE &&
		   vf->state != VFL_VF_QUARANTINED) {
		return vfl_refuse(
			extack, -EBUSY,
			"VFs of the PF are leased, draining or being reset: end the leases first");
	}
	if (vfl_vf_in_use_locked(vf))
		return vfl_refuse(
			extack, -EBUSY,
			"a VF of the PF is in use behind vfleet's back: unbind its driver or end its user");
	return 0;
}

/* From here on no VF can be claimed, unless this refuses. */
static int begin_removal(struct vfl_pf *pf, struct netlink_ext_ack *extack)
{
	struct vfl_vf *vf;
	int err = 0;

	mutex_lock(&vfl_state_lock);
	list_for_each_entry(vf, &pf->vfs, node) {
		err = may_remove(vf, extack);
		if (err)
			goto out;
	}
	pf->reason = VFL_REASON_REQUEST;
	vfl_pf_move_locked(pf, VFL_PF_DISABLING, VFL_REASON_REQUEST);
out:
	mutex_unlock(&vfl_state_lock);
	return err;
}

static void begin_creation(struct vfl_pf *pf)
{
	mutex_lock(&vfl_state_lock);
	vfl_pf_move_locked(pf, VFL_PF_ENABLING, VFL_REASON_REQUEST);
	mutex_unlock(&vfl_state_lock);
}

/* Whatever the driver did, the state follows from the VFs there are. */
static void finish(struct vfl_pf *pf, int err)
{
	enum vfl_pf_state state = VFL_PF_IDLE;

	mutex_lock(&vfl_state_lock);
	if (!pf->backend->num_vfs(pf))
		vfl_pf_sleep_locked(pf);
	else if (pf->settings.policy != VFL_POLICY_NATIVE)
		state = VFL_PF_ACTIVE;
	vfl_pf_move_locked(pf, state,
			   err ? VFL_REASON_ERROR : VFL_REASON_REQUEST);
	mutex_unlock(&vfl_state_lock);
}

static int stay_awake(struct vfl_pf *pf, struct netlink_ext_ack *extack)
{
	if (pf->backend->wake(pf) < 0)
		return vfl_refuse(extack, -EIO, "the PF cannot be powered up");
	mutex_lock(&vfl_state_lock);
	if (pf->awake)
		pf->backend->sleep(pf);
	pf->awake = true;
	mutex_unlock(&vfl_state_lock);
	return 0;
}

static int create(struct vfl_pf *pf, u32 num_vfs,
		  struct netlink_ext_ack *extack)
{
	int err;

	if (num_vfs > pf->backend->total_vfs(pf))
		return vfl_refuse(
			extack, -ERANGE,
			"the PF does not support that many VFs: see its total-vfs");
	err = stay_awake(pf, extack);
	if (err)
		return err;
	begin_creation(pf);
	err = pf->backend->set_num(pf, num_vfs);
	if (err)
		vfl_refuse(
			extack, err,
			"the PF's driver failed to enable its VFs, or enabled fewer: see the kernel log");
	finish(pf, err);
	return err;
}

static int destroy(struct vfl_pf *pf, struct netlink_ext_ack *extack)
{
	int err = begin_removal(pf, extack);

	if (err)
		return err;
	err = pf->backend->set_num(pf, 0);
	if (err)
		vfl_refuse(
			extack, err,
			"the PF's driver refused to disable its VFs: see the kernel log");
	finish(pf, err);
	return err;
}

/* VFs that nobody drives become ours by a reset; they are free when that is done. */
static int adopt(struct vfl_pf *pf, struct netlink_ext_ack *extack)
{
	struct vfl_vf *vf;
	int err = 0;

	mutex_lock(&vfl_state_lock);
	if (pf->state == VFL_PF_ACTIVE ||
	    pf->settings.policy == VFL_POLICY_NATIVE)
		goto out;
	list_for_each_entry(vf, &pf->vfs, node) {
		if (vf->state != VFL_VF_FOREIGN || !vf->driver[0])
			continue;
		err = vfl_refuse(
			extack, -EBUSY,
			"a VF of the PF is bound to a driver: unbind it before vfleet can adopt it");
		goto out;
	}
	list_for_each_entry(vf, &pf->vfs, node)
		if (vfl_vf_move_locked(vf, VFL_EV_ADOPT, VFL_REASON_REQUEST) ||
		    vfl_vf_move_locked(vf, VFL_EV_RESET, VFL_REASON_REQUEST))
			vfl_reclaim_kick(vf);
	vfl_pf_move_locked(pf, VFL_PF_ACTIVE, VFL_REASON_REQUEST);
out:
	mutex_unlock(&vfl_state_lock);
	return err;
}

static int set_num(struct vfl_pf *pf, u32 num_vfs,
		   struct netlink_ext_ack *extack)
{
	u32 present = pf->backend->num_vfs(pf);
	int err;

	if (!pf->backend->can_set_num(pf))
		return vfl_refuse(
			extack, -EOPNOTSUPP,
			"the PF has no driver that can configure SR-IOV");
	if (num_vfs && present && num_vfs != present)
		return vfl_refuse(
			extack, -EBUSY,
			"the PF has another number of VFs: set num-vfs to 0 first");
	if (!num_vfs)
		return present ? destroy(pf, extack) : 0;
	if (!present)
		return create(pf, num_vfs, extack);
	err = stay_awake(pf, extack);
	return err ?: adopt(pf, extack);
}

static int pool_set(struct vfl_pf *pf, u32 num_vfs,
		    struct netlink_ext_ack *extack)
{
	int err;

	if (lock_for_sriov(pf))
		return vfl_refuse(
			extack, -EBUSY,
			"the PF is being probed, unbound or reset: try again");
	err = set_num(pf, num_vfs, extack);
	unlock_for_sriov(pf);
	return err;
}

static int check_settings(const struct vfl_pf *pf,
			  const struct vfl_pf_change *want,
			  struct netlink_ext_ack *extack)
{
	const struct vfl_settings *next = &want->settings;

	if (want->attrs & BIT(VFL_A_PF_GENERATION) &&
	    want->generation != pf->generation)
		return vfl_refuse(
			extack, -ESTALE,
			"the PF's VFs changed since: it has another generation");
	if (want->attrs & BIT(VFL_A_PF_POLICY) &&
	    next->policy != pf->settings.policy && pf->state != VFL_PF_IDLE)
		return vfl_refuse(
			extack, -EBUSY,
			"the policy is for VFs to come: set num-vfs to 0 first");
	if (want->attrs & BIT(VFL_A_PF_GUARD) && next->guard &&
	    !vfl_pf_can_guard(pf))
		return vfl_refuse(
			extack, -EOPNOTSUPP,
			"the PF's driver does not heed the guard before it ends VFs");
	if (want->attrs & BIT(VFL_A_PF_DRAIN_TIMEOUT_MS) &&
	    next->drain_timeout_ms > VFL_DRAIN_TIMEOUT_MAX_MS)
		return vfl_refuse(
			extack, -EINVAL,
			"the drain timeout must be at most 64000 ms; 0 for none");
	if (want->attrs & BIT(VFL_A_PF_DRAIN_POLL_MS) &&
	    (next->drain_poll_ms < VFL_DRAIN_POLL_MIN_MS ||
	     next->drain_poll_ms > VFL_DRAIN_POLL_MAX_MS))
		return vfl_refuse(
			extack, -ERANGE,
			"the drain poll interval must be 10 to 1000 ms");
	return 0;
}

static void apply_settings(struct vfl_pf *pf, const struct vfl_settings *next,
			   u32 attrs)
{
	struct vfl_settings *now = &pf->settings;
	struct vfl_vf *vf;

	lockdep_assert_held(&vfl_state_lock);
	if (attrs & BIT(VFL_A_PF_POLICY))
		now->policy = next->policy;
	if (attrs & BIT(VFL_A_PF_DRAIN_TIMEOUT_MS))
		now->drain_timeout_ms = next->drain_timeout_ms;
	if (attrs & BIT(VFL_A_PF_DRAIN_POLL_MS))
		now->drain_poll_ms = next->drain_poll_ms;
	if (attrs & BIT(VFL_A_PF_GUARD)) {
		now->guard = next->guard;
		list_for_each_entry(vf, &pf->vfs, node)
			vfl_vf_guard_locked(vf, vf->lease);
	}
	if (attrs & SETTINGS)
		vfl_notify_pf(pf, VFL_REASON_REQUEST);
}

int vfl_pf_set_locked(struct vfl_pf *pf, const struct vfl_pf_change *want,
		      struct netlink_ext_ack *extack)
{
	struct vfl_settings before;
	int err;

	lockdep_assert_held(&pf->op_lock);
	mutex_lock(&vfl_state_lock);
	before = pf->settings;
	err = check_settings(pf, want, extack);
	if (!err)
		apply_settings(pf, &want->settings, want->attrs);
	mutex_unlock(&vfl_state_lock);

	if (!err && want->attrs & BIT(VFL_A_PF_NUM_VFS)) {
		err = pool_set(pf, want->num_vfs, extack);
		mutex_lock(&vfl_state_lock);
		if (err)
			apply_settings(pf, &before, want->attrs);
		mutex_unlock(&vfl_state_lock);
	}
	return err;
}

int vfl_pf_set(struct vfl_pf *pf, const struct vfl_pf_change *want,
	       struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&pf->op_lock);
	err = vfl_pf_set_locked(pf, want, extack);
	mutex_unlock(&pf->op_lock);
	return err;
}
