// SPDX-License-Identifier: GPL-2.0
/* pci.c - the backend: SR-IOV, vfio-pci, reset and IOMMU of real PCI devices */
#include <linux/iommu.h>
#include <linux/pm_runtime.h>

#include "compat.h"
#include "vfleet.h"

/* No driver has this name, so a parked VF stays unbound whatever is loaded. */
#define PARKED "vfl-parked"
#define VFIO   "vfio-pci"

static bool can_set_num(const struct vfl_pf *pf)
{
	return pf->pdev->driver && pf->pdev->driver->sriov_configure;
}

static u32 total_vfs(const struct vfl_pf *pf)
{
	return pci_sriov_get_totalvfs(pf->pdev);
}

static u32 num_vfs(const struct vfl_pf *pf)
{
	return pci_num_vf(pf->pdev);
}

/* Drivers return the number they made. */
static int set_num(struct vfl_pf *pf, u32 num)
{
	int ret = pf->pdev->driver->sriov_configure(pf->pdev, num);

	if (ret < 0)
		return ret;
	return pci_num_vf(pf->pdev) == num ? 0 : -EIO;
}

/* A driver may power a PF down that it thinks idle, and its VFs with it. */
static int wake(struct vfl_pf *pf)
{
	return pm_runtime_resume_and_get(&pf->pdev->dev);
}

static void sleep(struct vfl_pf *pf)
{
	pm_runtime_put(&pf->pdev->dev);
}

static int count_device(struct device *dev, void *data)
{
	++*(unsigned int *)data;
	return 0;
}

/* Asked before vfio-pci binds: in no-IOMMU mode that would make up a group. */
static int isolated(struct vfl_vf *vf, struct netlink_ext_ack *extack)
{
	struct iommu_group *group = NULL;
	unsigned int devices = 0;

	if (device_iommu_mapped(&vf->pdev->dev))
		group = iommu_group_get(&vf->pdev->dev);
	if (!group)
		return vfl_refuse(
			extack, -EPERM,
			"no IOMMU stands before the VF, its owner could write all memory: boot with intel_iommu=on, or enable the IOMMU in the firmware");
	iommu_group_for_each_dev(group, &devices, count_device);
	iommu_group_put(group);
	if (devices != 1)
		return vfl_refuse(
			extack, -EXDEV,
			"the VF shares its IOMMU group with other devices: use a slot with ACS");
	return 0;
}

static int park(struct vfl_vf *vf, bool for_vfio)
{
	return vfl_set_driver_override(vf->pdev, for_vfio ? VFIO : PARKED);
}

static int bind(struct vfl_vf *vf, struct netlink_ext_ack *extack)
{
	bool managed;
	int ret;

	ret = park(vf, true);
	if (ret)
		return vfl_refuse(extack, ret,
				  "the VF's driver override cannot be set");
	ret = device_attach(&vf->pdev->dev);
	if (ret < 0)
		return vfl_refuse(
			extack, ret,
			"vfio-pci cannot take the VF: see the kernel log");
	if (!ret)
		return vfl_refuse(
			extack, -EOPNOTSUPP,
			"vfio-pci is not loaded: run modprobe vfio-pci");
	mutex_lock(&vfl_state_lock);
	managed = vf->managed_dma;
	mutex_unlock(&vfl_state_lock);
	if (!managed)
		return vfl_refuse(extack, -EBUSY,
				  "another driver bound the VF meanwhile");
	return 0;
}

static void unbind(struct vfl_vf *vf)
{
	device_release_driver(&vf->pdev->dev);
}

/* The try form: pci_reset_function() also locks the upstream bridge, whose other users
 * may wait for a lock that the remover of this VF holds while it waits for hw_lock.
 */
static int reset(struct vfl_vf *vf)
{
	if (!pci_device_is_present(vf->pdev))
		return -ENODEV;
	return pci_try_reset_function(vf->pdev);
}

static int tune(struct vfl_vf *vf, const struct vfl_tuning *want, u32 lease_id,
		struct netlink_ext_ack *extack)
{
	return vfl_tune_apply(vf, want, lease_id, extack);
}

/* vfio-pci enables the device while its fd is open, and claims the group's DMA while
 * a container is set; any other driver is a user as long as it is bound.
 */
static bool in_use(const struct vfl_vf *vf)
{
	struct iommu_group *group;
	bool claimed;

	if (!vf->driver[0])
		return false;
	if (!vf->managed_dma || pci_is_enabled(vf->pdev))
		return true;
	group = iommu_group_get(&vf->pdev->dev);
	if (!group)
		return false;
	claimed = iommu_group_dma_owner_claimed(group);
	iommu_group_put(group);
	return claimed;
}

static void set_guard(struct vfl_vf *vf, bool on)
{
	if (on)
		pci_set_dev_assigned(vf->pdev);
	else
		pci_clear_dev_assigned(vf->pdev);
}

const struct vfl_backend vfl_pci_backend = {
	.can_set_num = can_set_num,
	.total_vfs = total_vfs,
	.num_vfs = num_vfs,
	.set_num = set_num,
	.wake = wake,
	.sleep = sleep,
	.isolated = isolated,
	.bind = bind,
	.unbind = unbind,
	.park = park,
	.reset = reset,
	.tune = tune,
	.scrub = vfl_tune_scrub,
	.in_use = in_use,
	.set_guard = set_guard,
};
