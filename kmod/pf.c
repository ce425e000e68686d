// SPDX-License-Identifier: GPL-2.0
/* pf.c - the registry of SR-IOV capable physical functions */
#include <linux/delay.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>

#include "nl.h"

#define DEVICE_LOCK_TRIES    100
#define DEVICE_LOCK_PAUSE_MS 20

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

int vfl_pf_add(struct pci_dev *pdev)
{
	static u32 last_id; /* vfl_state_lock */
	struct vfl_pf *pf;

	pf = kzalloc(sizeof(*pf), GFP_KERNEL);
	if (!pf)
		return -ENOMEM;
	kref_init(&pf->ref);
	mutex_init(&pf->op_lock);
	INIT_LIST_HEAD(&pf->vfs);
	pf->generation = 1;
	pf->drain_timeout_ms = VFL_DRAIN_TIMEOUT_DEFAULT_MS;
	pf->pdev = pci_dev_get(pdev);

	mutex_lock(&vfl_state_lock);
	if (vfl_pf_of_locked(pdev)) {
		mutex_unlock(&vfl_state_lock);
		vfl_pf_put(pf);
		return 0;
	}
	pf->id = ++last_id;
	list_add_tail(&pf->node, &vfl_pfs);
	vfl_seq_bump();
	vfl_notify_pf(pf, VFL_REASON_EXTERNAL);
	mutex_unlock(&vfl_state_lock);
	return 0;
}

/* The PCI core removed the VFs before, unless the PF's driver left some behind. */
void vfl_pf_del(struct pci_dev *pdev)
{
	struct vfl_pf *pf;
	struct vfl_vf *vf;

	mutex_lock(&vfl_state_lock);
	pf = vfl_pf_of_locked(pdev);
	if (!pf) {
		mutex_unlock(&vfl_state_lock);
		return;
	}
	while ((vf = list_first_entry_or_null(&pf->vfs, struct vfl_vf, node))) {
		mutex_unlock(&vfl_state_lock);
		vfl_vf_remove(vf);
		mutex_lock(&vfl_state_lock);
	}
	list_del(&pf->node);
	vfl_seq_bump();
	pf->state = VFL_PF_DISABLING; /* for those who still hold a reference */
	vfl_notify_pf(pf, VFL_REASON_PF_GONE);
	mutex_unlock(&vfl_state_lock);
	vfl_pf_put(pf);
}

void vfl_pf_bound(struct pci_dev *pdev)
{
	struct vfl_pf *pf;

	mutex_lock(&vfl_state_lock);
	pf = vfl_pf_of_locked(pdev);
	if (pf && strcmp(pf->driver, pdev->dev.driver->name)) {
		strscpy(pf->driver, pdev->dev.driver->name, sizeof(pf->driver));
		vfl_notify_pf(pf, VFL_REASON_EXTERNAL);
	}
	mutex_unlock(&vfl_state_lock);
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
		pf->state = VFL_PF_DISABLING;
		pf->reason = VFL_REASON_PF_GONE;
		vfl_notify_pf(pf, VFL_REASON_PF_GONE);
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
		pf->state = VFL_PF_IDLE;
		vfl_notify_pf(pf, VFL_REASON_PF_GONE);
	}
	mutex_unlock(&vfl_state_lock);
}

/* Ends the runtime PM reference that a pool holds. Does not wait. */
void vfl_pf_sleep_locked(struct vfl_pf *pf)
{
	lockdep_assert_held(&vfl_state_lock);
	if (!pf->awake)
		return;
	pf->awake = false;
	pm_runtime_put(&pf->pdev->dev);
}

int vfl_pf_lock_device(struct vfl_pf *pf)
{
	int tries = DEVICE_LOCK_TRIES;

	while (!device_trylock(&pf->pdev->dev)) {
		if (!--tries)
			return -EBUSY;
		msleep(DEVICE_LOCK_PAUSE_MS);
	}
	return 0;
}

void vfl_pf_unlock_device(struct vfl_pf *pf)
{
	device_unlock(&pf->pdev->dev);
}
