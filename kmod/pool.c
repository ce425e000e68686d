// SPDX-License-Identifier: GPL-2.0
/* pool.c - make, adopt and remove the VFs of a PF */
#include <linux/delay.h>
#include <linux/pm_runtime.h>

#include "compat.h"
#include "nl.h"

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

static bool has_sriov_configure(const struct vfl_pf *pf)
{
	return pf->pdev->driver && pf->pdev->driver->sriov_configure;
}

/* Removing a VF that someone uses would wait for him, with the PF's locks held. */
static int may_remove(const struct vfl_vf *vf, struct netlink_ext_ack *extack)
{
	if (vf->state == VFL_VF_FOREIGN)
		return vfl_refuse(
			extack, -EBUSY,
			"the PF has VFs that vfleet did not make: adopt them by setting num-vfs to their present number, then remove them");
	if (vf->state != VFL_VF_FREE && vf->state != VFL_VF_QUARANTINED)
		return vfl_refuse(
			extack, -EBUSY,
			"VFs of the PF are leased, draining or being reset: end the leases first");
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
	pf->state = VFL_PF_DISABLING;
	pf->reason = VFL_REASON_REQUEST;
	vfl_notify_pf(pf, VFL_REASON_REQUEST);
out:
	mutex_unlock(&vfl_state_lock);
	return err;
}

static void begin_creation(struct vfl_pf *pf)
{
	mutex_lock(&vfl_state_lock);
	pf->state = VFL_PF_ENABLING;
	vfl_notify_pf(pf, VFL_REASON_REQUEST);
	mutex_unlock(&vfl_state_lock);
}

/* Whatever the driver did, the state follows from the VFs there are. */
static void finish(struct vfl_pf *pf, int err)
{
	mutex_lock(&vfl_state_lock);
	if (pci_num_vf(pf->pdev)) {
		pf->state = VFL_PF_ACTIVE;
	} else {
		pf->state = VFL_PF_IDLE;
		vfl_pf_sleep_locked(pf);
	}
	vfl_notify_pf(pf, err ? VFL_REASON_ERROR : VFL_REASON_REQUEST);
	mutex_unlock(&vfl_state_lock);
}

/* A driver may power a PF down that it thinks idle, and its VFs with it. */
static int stay_awake(struct vfl_pf *pf)
{
	int err = pm_runtime_resume_and_get(&pf->pdev->dev);

	if (err < 0)
		return err;
	mutex_lock(&vfl_state_lock);
	if (pf->awake)
		pm_runtime_put(&pf->pdev->dev);
	pf->awake = true;
	mutex_unlock(&vfl_state_lock);
	return 0;
}

static int create(struct vfl_pf *pf, u32 num_vfs,
		  struct netlink_ext_ack *extack)
{
	int ret;

	if (num_vfs > pci_sriov_get_totalvfs(pf->pdev))
		return vfl_refuse(
			extack, -ERANGE,
			"the PF does not support that many VFs: see its total-vfs");
	if (stay_awake(pf) < 0)
		return vfl_refuse(extack, -EIO, "the PF cannot be powered up");
	begin_creation(pf);
	ret = pf->pdev->driver->sriov_configure(pf->pdev, num_vfs);
	if (ret < 0)
		vfl_refuse(
			extack, ret,
			"the PF's driver failed to enable its VFs: see the kernel log");
	else if (pci_num_vf(pf->pdev) != num_vfs)
		ret = vfl_refuse(
			extack, -EIO,
			"the PF's driver enabled fewer VFs than asked for");
	else
		ret = 0;
	finish(pf, ret);
	return ret;
}

static int destroy(struct vfl_pf *pf, struct netlink_ext_ack *extack)
{
	int ret = begin_removal(pf, extack);

	if (ret)
		return ret;
	ret = pf->pdev->driver->sriov_configure(pf->pdev, 0);
	if (ret < 0)
		vfl_refuse(
			extack, ret,
			"the PF's driver refused to disable its VFs: see the kernel log");
	else
		ret = 0;
	finish(pf, ret);
	return ret;
}

/* VFs that nobody drives become ours by a reset; they are free when that is done. */
static int adopt(struct vfl_pf *pf, struct netlink_ext_ack *extack)
{
	struct vfl_vf *vf;
	int err = 0;

	mutex_lock(&vfl_state_lock);
	if (pf->state == VFL_PF_ACTIVE)
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
	pf->state = VFL_PF_ACTIVE;
	vfl_notify_pf(pf, VFL_REASON_REQUEST);
out:
	mutex_unlock(&vfl_state_lock);
	return err;
}

static int set_locked(struct vfl_pf *pf, u32 num_vfs,
		      struct netlink_ext_ack *extack)
{
	u32 present = pci_num_vf(pf->pdev);
	int err;

	if (!has_sriov_configure(pf))
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
	err = stay_awake(pf);
	if (err < 0)
		return vfl_refuse(extack, -EIO, "the PF cannot be powered up");
	return adopt(pf, extack);
}

int vfl_pool_set(struct vfl_pf *pf, u32 num_vfs, struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&pf->op_lock);
	if (lock_for_sriov(pf)) {
		err = vfl_refuse(
			extack, -EBUSY,
			"the PF is being probed, unbound or reset: try again");
	} else {
		err = set_locked(pf, num_vfs, extack);
		unlock_for_sriov(pf);
	}
	mutex_unlock(&pf->op_lock);
	return err;
}
