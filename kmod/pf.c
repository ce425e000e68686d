// SPDX-License-Identifier: GPL-2.0
/* pf.c - the registry of SR-IOV capable physical functions */
#include <linux/delay.h>
#include <linux/slab.h>

#include "nl.h"
#include "trace.h"

#define DEVICE_LOCK_TRIES	 100
#define DEVICE_LOCK_PAUSE_MS	 20

#define DRAIN_TIMEOUT_DEFAULT_MS 10000
#define DRAIN_POLL_DEFAULT_MS	 500

static void pf_free(struct kref *ref)
{
	struct vfl_pf *pf = container_of(ref, struct vfl_pf, ref);

	pci_dev_put(pf->pdev);
	kfree(pf);
}

void vfl_pf_put(struct vfl_pf *pf)
{
	kref_put(&pf->ref, pf_free);
}

struct vfl_pf *vfl_pf_find_locked(const char *name)
{
	struct vfl_pf *pf;

	lockdep_assert_held(&vfl_state_lock);
	list_for_each_entry(pf, &vfl_pfs, node)
		if (!strcmp(pci_name(pf->pdev), name))
			return pf;
	return NULL;
}

struct vfl_pf *vfl_pf_of_locked(struct pci_dev *pdev)
{
	struct vfl_pf *pf;

	lockdep_assert_held(&vfl_state_lock);
	list_for_each_entry(pf, &vfl_pfs, node)
		if (pf->pdev == pdev)
			return pf;
	return NULL;
}

struct vfl_pf *vfl_pf_get(const char *name)
{
	struct vfl_pf *pf;

	mutex_lock(&vfl_state_lock);
	pf = vfl_pf_find_locked(name);
	if (pf)
		kref_get(&pf->ref);
	mutex_unlock(&vfl_state_lock);
	return pf;
}

struct vfl_pf *vfl_pf_next(u32 after_id)
{
	struct vfl_pf *pf, *next = NULL;

	mutex_lock(&vfl_state_lock);
	list_for_each_entry(pf, &vfl_pfs, node) {
		if (pf->id > after_id) {
			next = pf;
			kref_get(&pf->ref);
			break;
		}
	}
	mutex_unlock(&vfl_state_lock);
	return next;
}

struct vfl_pf *vfl_pf_create(struct pci_dev *pdev,
			     const struct vfl_backend *backend)
{
	struct vfl_pf *pf = kzalloc(sizeof(*pf), GFP_KERNEL);

	if (!pf)
		return NULL;
	kref_init(&pf->ref);
	mutex_init(&pf->op_lock);
	INIT_WORK(&pf->reapply, vfl_reapply_work);
	INIT_LIST_HEAD(&pf->vfs);
	pf->backend = backend;
	pf->generation = 1;
	pf->settings.policy = VFL_POLICY_PARKED;
	pf->settings.drain_timeout_ms = DRAIN_TIMEOUT_DEFAULT_MS;
	pf->settings.drain_poll_ms = DRAIN_POLL_DEFAULT_MS;
	pf->pdev = pci_dev_get(pdev);
	return pf;
}

bool vfl_pf_insert(struct vfl_pf *pf)
{
	static u32 last_id; /* vfl_state_lock */
	bool known;

	mutex_lock(&vfl_state_lock);
	known = vfl_pf_of_locked(pf->pdev);
	if (!known) {
		pf->id = ++last_id;
		list_add_tail(&pf->node, &vfl_pfs);
		vfl_seq_bump();
		vfl_notify_pf(pf, VFL_REASON_EXTERNAL);
	}
	mutex_unlock(&vfl_state_lock);
	return !known;
}

/* The PCI core removed the VFs before, unless the PF's driver left some behind. */
void vfl_pf_remove(struct vfl_pf *pf)
{
	struct vfl_vf *vf;

	vfl_sysfs_del(&pf->dev);
	mutex_lock(&vfl_state_lock);
	while ((vf = list_first_entry_or_null(&pf->vfs, struct vfl_vf, node))) {
		mutex_unlock(&vfl_state_lock);
		vfl_vf_remove(vf);
		mutex_lock(&vfl_state_lock);
	}
	list_del(&pf->node);
	vfl_seq_bump();
	/* for those who still hold a reference */
	vfl_pf_move_locked(pf, VFL_PF_DISABLING, VFL_REASON_PF_GONE);
	mutex_unlock(&vfl_state_lock);
	vfl_pf_put(pf);
}

int vfl_pf_add(struct pci_dev *pdev)
{
	struct vfl_pf *pf = vfl_pf_create(pdev, &vfl_pci_backend);

	if (!pf)
		return -ENOMEM;
	if (vfl_pf_insert(pf))
		vfl_sysfs_add_pf(pf);
	else
		vfl_pf_put(pf);
	return 0;
}

void vfl_pf_del(struct pci_dev *pdev)
{
	struct vfl_pf *pf;

	mutex_lock(&vfl_state_lock);
	pf = vfl_pf_of_locked(pdev);
	mutex_unlock(&vfl_state_lock);
	if (pf)
		vfl_pf_remove(pf);
}

void vfl_pf_move_locked(struct vfl_pf *pf, enum vfl_pf_state state,
			enum vfl_reason reason)
{
	lockdep_assert_held(&vfl_state_lock);
	trace_vfleet_pf_state(pf, state, reason);
	pf->state = state;
	vfl_notify_pf(pf, reason);
}

/* The others ignore the flag, or tear down first and look at it then (ixgbe). */
bool vfl_pf_can_guard(const struct vfl_pf *pf)
{
	static const char *const drivers[] = { "igb", "ice", "i40e", "nvme" };

	return match_string(drivers, ARRAY_SIZE(drivers), pf->driver) >= 0;
}

void vfl_pf_bound(struct pci_dev *pdev)
{
	struct vfl_pf *pf;

	mutex_lock(&vfl_state_lock);
	pf = vfl_pf_of_locked(pdev);
	if (pf && strcmp(pf->driver, pdev->dev.driver->name)) {
		strscpy(pf->driver, pdev->dev.driver->name, sizeof(pf->driver));
		pf->settings.guard = vfl_pf_can_guard(pf);
		vfl_notify_pf(pf, VFL_REASON_EXTERNAL);
	}
	mutex_unlock(&vfl_state_lock);
	if (pf)
		vfl_sysfs_update(pf);
}

/* The driver's remove() comes next and, with most drivers, waits until all VFs are let
 * go: so tell the owners. The guard flag would make igb leave its VFs behind.
 */
void vfl_pf_unbinding(struct pci_dev *pdev)
{
	struct vfl_pf *pf;
	struct vfl_vf *vf;

	mutex_lock(&vfl_state_lock);
	pf = vfl_pf_of_locked(pdev);
	if (pf) {
		pf->reason = VFL_REASON_PF_GONE;
		vfl_pf_move_locked(pf, VFL_PF_DISABLING, pf->reason);
		list_for_each_entry(vf, &pf->vfs, node) {
			vfl_vf_guard_locked(vf, false);
			vfl_lease_end_locked(vf, VFL_REASON_PF_GONE);
		}
	}
	mutex_unlock(&vfl_state_lock);
}

void vfl_pf_unbound(struct pci_dev *pdev)
{
	struct vfl_pf *pf;

	mutex_lock(&vfl_state_lock);
	pf = vfl_pf_of_locked(pdev);
	if (pf) {
		pf->driver[0] = '\0';
		pf->settings.guard = false;
		vfl_pf_move_locked(pf, VFL_PF_IDLE, VFL_REASON_PF_GONE);
	}
	mutex_unlock(&vfl_state_lock);
}

struct vfl_pf_counts vfl_pf_count_locked(const struct vfl_pf *pf)
{
	struct vfl_pf_counts n = {};
	struct vfl_vf *vf;

	lockdep_assert_held(&vfl_state_lock);
	list_for_each_entry(vf, &pf->vfs, node) {
		n.present++;
		n.free += vf->state == VFL_VF_FREE;
		n.leased += vf->state == VFL_VF_PREPARING ||
			    vf->state == VFL_VF_LEASED ||
			    vf->state == VFL_VF_DRAINING;
		n.quarantined += vf->state == VFL_VF_QUARANTINED;
	}
	return n;
}

/* Ends the runtime PM reference that a pool holds. Does not wait. */
void vfl_pf_sleep_locked(struct vfl_pf *pf)
{
	lockdep_assert_held(&vfl_state_lock);
	if (!pf->awake)
		return;
	pf->awake = false;
	pf->backend->sleep(pf);
}

int vfl_pf_lock_device(struct vfl_pf *pf, struct netlink_ext_ack *extack)
{
	int tries = DEVICE_LOCK_TRIES;

	while (!device_trylock(&pf->pdev->dev)) {
		if (!--tries)
			return vfl_refuse(
				extack, -EBUSY,
				"the PF is being probed, unbound or reset: try again");
		msleep(DEVICE_LOCK_PAUSE_MS);
	}
	return 0;
}

void vfl_pf_unlock_device(struct vfl_pf *pf)
{
	device_unlock(&pf->pdev->dev);
}
