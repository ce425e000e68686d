// SPDX-License-Identifier: GPL-2.0
/* vf.c - the virtual functions: appearance, state, removal */
#include <linux/iommu.h>
#include <linux/slab.h>

#include "compat.h"
#include "nl.h"

/* No driver has this name, so a parked VF stays unbound whatever is loaded. */
#define PARKED "vfl-parked"

static void vf_free(struct kref *ref)
{
	struct vfl_vf *vf = container_of(ref, struct vfl_vf, ref);

	pci_dev_put(vf->pdev);
	vfl_pf_put(vf->pf);
	kfree(vf);
}

void vfl_vf_put(struct vfl_vf *vf)
{
	kref_put(&vf->ref, vf_free);
}

static struct vfl_vf *find_by_device(struct pci_dev *pdev)
{
	struct vfl_pf *pf = vfl_pf_of_locked(pci_physfn(pdev));
	struct vfl_vf *vf;

	if (!pf)
		return NULL;
	list_for_each_entry(vf, &pf->vfs, node)
		if (vf->pdev == pdev)
			return vf;
	return NULL;
}

struct vfl_vf *vfl_vf_find_locked(const char *name)
{
	struct vfl_pf *pf;
	struct vfl_vf *vf;

	lockdep_assert_held(&vfl_state_lock);
	list_for_each_entry(pf, &vfl_pfs, node)
		list_for_each_entry(vf, &pf->vfs, node)
			if (!strcmp(pci_name(vf->pdev), name))
				return vf;
	return NULL;
}

struct vfl_vf *vfl_vf_get(const char *name)
{
	struct vfl_vf *vf;

	mutex_lock(&vfl_state_lock);
	vf = vfl_vf_find_locked(name);
	if (vf)
		kref_get(&vf->ref);
	mutex_unlock(&vfl_state_lock);
	return vf;
}

bool vfl_vf_move_locked(struct vfl_vf *vf, enum vfl_vf_event event,
			enum vfl_reason reason)
{
	int next = vfl_vf_step(vf->state, event);

	lockdep_assert_held(&vfl_state_lock);
	if (next < 0)
		return false;
	vf->state = next;
	vfl_notify_vf(vf, reason);
	return true;
}

/* What to tell someone who wants a VF that is in this state. */
int vfl_vf_refuse(enum vfl_vf_state state, struct netlink_ext_ack *extack)
{
	switch (state) {
	case VFL_VF_FOREIGN:
		return vfl_refuse(
			extack, -EBUSY,
			"the VF was not made by vfleet: adopt it by setting its PF's num-vfs to the present number");
	case VFL_VF_FREE:
		return vfl_refuse(extack, -EBUSY,
				  "the VF is free: it needs a lease first");
	case VFL_VF_PREPARING:
		return vfl_refuse(extack, -EBUSY,
				  "the VF is being prepared for a lease");
	case VFL_VF_LEASED:
		return vfl_refuse(extack, -EBUSY, "the VF is leased");
	case VFL_VF_DRAINING:
		return vfl_refuse(
			extack, -EBUSY,
			"the VF is draining: its last user still has it open");
	case VFL_VF_RESETTING:
		return vfl_refuse(extack, -EBUSY,
				  "the VF is being reset: try again");
	case VFL_VF_QUARANTINED:
		return vfl_refuse(
			extack, -EUCLEAN,
			"the VF is quarantined, its reset or scrub failed: see last-error, try vf-reset");
	case VFL_VF_GONE:
		break;
	}
	return vfl_refuse(extack, -ENODEV, "the VF went away");
}

/* Parks a VF: only a driver named by driver_override can bind it. */
int vfl_vf_park(struct pci_dev *pdev)
{
	return vfl_set_driver_override(pdev, PARKED);
}

static struct vfl_vf *vf_create(struct vfl_pf *pf, struct pci_dev *pdev,
				int index)
{
	struct vfl_vf *vf = kzalloc(sizeof(*vf), GFP_KERNEL);

	if (!vf)
		return NULL;
	kref_init(&vf->ref);
	kref_get(&pf->ref);
	vf->pf = pf;
	vf->pdev = pci_dev_get(pdev);
	vf->index = index;
	mutex_init(&vf->hw_lock);
	INIT_DELAYED_WORK(&vf->work, vfl_reclaim_work);
	return vf;
}

static void insert_sorted(struct vfl_pf *pf, struct vfl_vf *vf)
{
	struct vfl_vf *other;

	list_for_each_entry(other, &pf->vfs, node)
		if (other->index > vf->index)
			break;
	list_add_tail(&vf->node, &other->node);
}

static void vf_appear(struct vfl_pf *pf, struct vfl_vf *vf, bool ours)
{
	if (list_empty(&pf->vfs) && !++pf->generation)
		pf->generation = 1;
	vf->generation = pf->generation;
	vf->state = ours ? VFL_VF_FREE : VFL_VF_FOREIGN;
	insert_sorted(pf, vf);
	vfl_seq_bump();
	vfl_notify_vf(vf, ours ? VFL_REASON_REQUEST : VFL_REASON_EXTERNAL);
}

/* A VF that appears while pool.c enables SR-IOV is ours: the caller of this notifier
 * is then our own sriov_configure() call, for it holds the PF's device lock. Parked
 * before any driver had a look at it, such a VF is as good as reset.
 */
int vfl_vf_add(struct pci_dev *pdev)
{
	int index = pci_iov_vf_id(pdev);
	struct vfl_vf *vf = NULL;
	struct vfl_pf *pf;
	bool ours = false;

	if (index < 0)
		return index;
	mutex_lock(&vfl_state_lock);
	pf = vfl_pf_of_locked(pci_physfn(pdev));
	if (pf && !find_by_device(pdev)) {
		vf = vf_create(pf, pdev, index);
		ours = pf->state == VFL_PF_ENABLING;
	}
	mutex_unlock(&vfl_state_lock);
	if (!vf)
		return 0;
	if (ours && vfl_vf_park(pdev))
		ours = false;

	mutex_lock(&vfl_state_lock);
	if (find_by_device(pdev))
		vfl_vf_put(vf);
	else
		vf_appear(pf, vf, ours);
	mutex_unlock(&vfl_state_lock);
	return 0;
}

/* Ends everything about a VF whose device is going; waits for a reset under way, so
 * that a stale worker never touches a new device at the same address.
 */
void vfl_vf_remove(struct vfl_vf *vf)
{
	struct vfl_pf *pf = vf->pf;
	enum vfl_reason reason;

	mutex_lock(&vfl_state_lock);
	reason = pf->state == VFL_PF_DISABLING ? pf->reason :
						 VFL_REASON_EXTERNAL;
	vfl_lease_end_locked(vf, reason);
	vfl_lease_detach_locked(vf);
	vfl_vf_guard_locked(vf, false);
	list_del(&vf->node);
	vfl_seq_bump();
	vfl_vf_move_locked(vf, VFL_EV_REMOVE, reason);
	if (list_empty(&pf->vfs)) {
		if (!++pf->generation)
			pf->generation = 1;
		if (pf->state == VFL_PF_ACTIVE) {
			pf->state = VFL_PF_IDLE;
			vfl_notify_pf(pf, VFL_REASON_EXTERNAL);
		}
		if (pf->state != VFL_PF_ENABLING)
			vfl_pf_sleep_locked(pf);
	}
	mutex_unlock(&vfl_state_lock);

	mutex_lock(&vf->hw_lock);
	vf->removed = true;
	mutex_unlock(&vf->hw_lock);
	vfl_vf_put(vf);
}

void vfl_vf_del(struct pci_dev *pdev)
{
	struct vfl_vf *vf;

	mutex_lock(&vfl_state_lock);
	vf = find_by_device(pdev);
	mutex_unlock(&vfl_state_lock);
	if (vf)
		vfl_vf_remove(vf);
}

void vfl_vf_bound(struct pci_dev *pdev)
{
	struct device_driver *drv = pdev->dev.driver;
	struct vfl_vf *vf;

	mutex_lock(&vfl_state_lock);
	vf = find_by_device(pdev);
	if (vf) {
		strscpy(vf->driver, drv->name, sizeof(vf->driver));
		vf->managed_dma = to_pci_driver(drv)->driver_managed_dma;
	}
	mutex_unlock(&vfl_state_lock);
}

void vfl_vf_unbound(struct pci_dev *pdev)
{
	struct vfl_vf *vf;

	mutex_lock(&vfl_state_lock);
	vf = find_by_device(pdev);
	if (vf) {
		vf->driver[0] = '\0';
		vf->managed_dma = false;
	}
	mutex_unlock(&vfl_state_lock);
}

int vfl_vf_iommu_group(const struct vfl_vf *vf)
{
	struct iommu_group *group = iommu_group_get(&vf->pdev->dev);
	int id;

	if (!group)
		return -1;
	id = iommu_group_id(group);
	iommu_group_put(group);
	return id;
}

/* vfio-pci enables the device while its fd is open, and claims the group's DMA while
 * a container is set; any other driver is a user as long as it is bound.
 */
bool vfl_vf_in_use_locked(const struct vfl_vf *vf)
{
	struct iommu_group *group;
	bool claimed;

	lockdep_assert_held(&vfl_state_lock);
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

/* Makes the PF's driver refuse a sysfs "echo 0 > sriov_numvfs", which would otherwise
 * hang until the owner lets go. A courtesy that nothing relies on; only for drivers
 * that look at the flag before they tear anything down (ixgbe does not).
 */
void vfl_vf_guard_locked(struct vfl_vf *vf, bool on)
{
	static const char *const drivers[] = { "igb", "ice", "i40e", "nvme" };

	lockdep_assert_held(&vfl_state_lock);
	if (!on)
		pci_clear_dev_assigned(vf->pdev);
	else if (match_string(drivers, ARRAY_SIZE(drivers), vf->pf->driver) >=
		 0)
		pci_set_dev_assigned(vf->pdev);
}

int vfl_vf_reset(struct vfl_vf *vf, u32 generation,
		 struct netlink_ext_ack *extack)
{
	int err = 0;

	mutex_lock(&vfl_state_lock);
	if (generation && generation != vf->generation)
		err = vfl_refuse(extack, -ESTALE,
				 "the VF is not the one of that generation");
	else if (vfl_vf_step(vf->state, VFL_EV_RESET) >= 0 &&
		 vfl_vf_in_use_locked(vf))
		err = vfl_refuse(
			extack, -EBUSY,
			"the VF is in use behind vfleet's back: unbind its driver or end its user");
	else if (vfl_vf_move_locked(vf, VFL_EV_RESET, VFL_REASON_REQUEST))
		vfl_reclaim_kick(vf);
	else
		err = vfl_vf_refuse(vf->state, extack);
	mutex_unlock(&vfl_state_lock);
	return err;
}
