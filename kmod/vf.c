// SPDX-License-Identifier: GPL-2.0
/* vf.c - the virtual functions: appearance, state, removal */
#include <linux/iommu.h>
#include <linux/slab.h>

#include "nl.h"
#include "trace.h"

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

struct vfl_vf *vfl_vf_next(struct vfl_pf *pf, u32 from_index)
{
	struct vfl_vf *vf, *next = NULL;

	mutex_lock(&vfl_state_lock);
	list_for_each_entry(vf, &pf->vfs, node) {
		if (vf->index >= from_index) {
			next = vf;
			kref_get(&vf->ref);
			break;
		}
	}
	mutex_unlock(&vfl_state_lock);
	return next;
}

bool vfl_vf_move_locked(struct vfl_vf *vf, enum vfl_vf_event event,
			enum vfl_reason reason)
{
	int next = vfl_vf_step(vf->state, event);

	lockdep_assert_held(&vfl_state_lock);
	if (next < 0)
		return false;
	trace_vfleet_vf_state(vf, next, reason);
	vf->state = next;
	vfl_notify_vf(vf, reason);
	return true;
}

/* What to tell someone who wants a VF that is in this state. */
int vfl_vf_refuse(enum vfl_vf_state state, struct netlink_ext_ack *extack)
{
	const char *sentence;
	int err = vfl_vf_refusal(state, &sentence);

	return vfl_refuse(extack, err, sentence);
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

static void insert(struct vfl_pf *pf, struct vfl_vf *vf, bool ours)
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
int vfl_vf_appear(struct pci_dev *pdev, u32 index)
{
	enum vfl_policy policy = VFL_POLICY_NATIVE;
	struct vfl_vf *vf = NULL;
	struct vfl_pf *pf;
	bool ours, known;

	mutex_lock(&vfl_state_lock);
	pf = vfl_pf_of_locked(pci_physfn(pdev));
	if (pf && !find_by_device(pdev)) {
		vf = vf_create(pf, pdev, index);
		if (pf->state == VFL_PF_ENABLING)
			policy = pf->settings.policy;
	}
	mutex_unlock(&vfl_state_lock);
	if (!vf)
		return 0;
	ours = policy != VFL_POLICY_NATIVE &&
	       !pf->backend->park(vf, policy == VFL_POLICY_VFIO);

	/* The scan at load and the notifier may have met here. */
	mutex_lock(&vfl_state_lock);
	known = find_by_device(pdev);
	if (!known) {
		insert(pf, vf, ours);
		kref_get(&vf->ref);
	}
	mutex_unlock(&vfl_state_lock);
	if (!known)
		vfl_sysfs_add_vf(vf);
	vfl_vf_put(vf);
	return 0;
}

int vfl_vf_add(struct pci_dev *pdev)
{
	int index = pci_iov_vf_id(pdev);

	return index < 0 ? index : vfl_vf_appear(pdev, index);
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
		if (pf->state == VFL_PF_ACTIVE)
			vfl_pf_move_locked(pf, VFL_PF_IDLE,
					   VFL_REASON_EXTERNAL);
		if (pf->state != VFL_PF_ENABLING)
			vfl_pf_sleep_locked(pf);
	}
	mutex_unlock(&vfl_state_lock);

	mutex_lock(&vf->hw_lock);
	vf->removed = true;
	mutex_unlock(&vf->hw_lock);
	vfl_sysfs_del(&vf->dev);
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

bool vfl_vf_in_use_locked(const struct vfl_vf *vf)
{
	lockdep_assert_held(&vfl_state_lock);
	return vf->pf->backend->in_use(vf);
}

/* Makes the PF's driver refuse a sysfs "echo 0 > sriov_numvfs", which would otherwise
 * hang until the owner lets go. A courtesy that nothing relies on.
 */
void vfl_vf_guard_locked(struct vfl_vf *vf, bool on)
{
	lockdep_assert_held(&vfl_state_lock);
	vf->pf->backend->set_guard(vf, on && vf->pf->settings.guard);
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
