// SPDX-License-Identifier: GPL-2.0
/* main.c - module life, and the PCI bus events that drive everything */
#include <linux/kmod.h>
#include <linux/module.h>

#include "compat.h"
#include "nl.h"
#define CREATE_TRACE_POINTS
#include "trace.h"

DEFINE_MUTEX(vfl_state_lock);
LIST_HEAD(vfl_pfs);
u32 vfl_seq = 1;

/* 0 would tell a dump that nothing can change. */
void vfl_seq_bump(void)
{
	lockdep_assert_held(&vfl_state_lock);
	if (!++vfl_seq)
		vfl_seq = 1;
}

int vfl_refuse(struct netlink_ext_ack *extack, int err, const char *sentence)
{
	if (extack)
		extack->_msg = sentence;
	return err;
}

static void add_device(struct pci_dev *pdev)
{
	int err = 0;

	if (pdev->is_virtfn)
		err = vfl_vf_add(pdev);
	else if (pdev->is_physfn)
		err = vfl_pf_add(pdev);
	if (err)
		pci_err(pdev, "vfleet: cannot follow this device: %d\n", err);
}

static void del_device(struct pci_dev *pdev)
{
	if (pdev->is_virtfn)
		vfl_vf_del(pdev);
	else if (pdev->is_physfn)
		vfl_pf_del(pdev);
}

static void bound(struct pci_dev *pdev)
{
	if (pdev->is_virtfn)
		vfl_vf_bound(pdev);
	else if (pdev->is_physfn)
		vfl_pf_bound(pdev);
}

static void unbound(struct pci_dev *pdev)
{
	if (pdev->is_virtfn)
		vfl_vf_unbound(pdev);
	else if (pdev->is_physfn)
		vfl_pf_unbound(pdev);
}

/* May run inside our own sriov_configure() or device_attach() call: takes no lock but
 * vfl_state_lock and, for a removal, the VF's hw_lock.
 */
static int bus_event(struct notifier_block *nb, unsigned long action,
		     void *data)
{
	struct pci_dev *pdev = to_pci_dev(data);

	switch (action) {
	case BUS_NOTIFY_ADD_DEVICE:
		add_device(pdev);
		break;
	case BUS_NOTIFY_DEL_DEVICE:
		del_device(pdev);
		break;
	case BUS_NOTIFY_BOUND_DRIVER:
		bound(pdev);
		break;
	case BUS_NOTIFY_UNBIND_DRIVER:
		if (pdev->is_physfn)
			vfl_pf_unbinding(pdev);
		break;
	case BUS_NOTIFY_UNBOUND_DRIVER:
		unbound(pdev);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block bus_nb = { .notifier_call = bus_event };

/* The notifier runs already, so each device may be seen twice; all is idempotent. PFs
 * first: a VF whose PF is unknown is not followed.
 */
static void scan_devices(void)
{
	struct pci_dev *pdev = NULL;

	/* A removal between its listing and its entry in sysfs would be missed. */
	pci_lock_rescan_remove();
	for_each_pci_dev(pdev)
		if (pdev->is_physfn)
			add_device(pdev);
	for_each_pci_dev(pdev)
		if (pdev->is_virtfn)
			add_device(pdev);
	pci_unlock_rescan_remove();
	for_each_pci_dev(pdev) {
		if (!pdev->is_virtfn && !pdev->is_physfn)
			continue;
		device_lock(&pdev->dev);
		if (pdev->dev.driver)
			bound(pdev);
		device_unlock(&pdev->dev);
	}
}

/* No lease is left here, for each of them holds a module reference. VFs stay as they
 * are, for any driver to bind; the next load finds them foreign and resets them before
 * it uses them.
 */
static void forget_devices(void)
{
	struct vfl_pf *pf;
	struct vfl_vf *vf;

	while ((pf = list_first_entry_or_null(&vfl_pfs, struct vfl_pf, node))) {
		while ((vf = list_first_entry_or_null(&pf->vfs, struct vfl_vf,
						      node))) {
			vfl_reclaim_cancel(vf);
			if (vf->state != VFL_VF_FOREIGN)
				vfl_set_driver_override(vf->pdev, "");
			vfl_vf_remove(vf);
		}
		if (cancel_work_sync(&pf->reapply))
			vfl_pf_put(pf);
		vfl_pf_remove(pf);
	}
}

static int __init vfl_init(void)
{
	int err;

	/* Leases need it. Not a soft dependency: to modprobe that goes before an
	 * administrator's install rule, which is how a pool is made at boot.
	 */
	request_module("vfio-pci");
	err = vfl_reclaim_init();
	if (err)
		return err;
	err = vfl_sysfs_init();
	if (err)
		goto err_reclaim;
	err = bus_register_notifier(&pci_bus_type, &bus_nb);
	if (err)
		goto err_sysfs;
	scan_devices();
	err = vfl_reapply_init();
	if (err)
		goto err_notifier;
	err = vfl_nl_init();
	if (err)
		goto err_reapply;
	return 0;

err_reapply:
	vfl_reapply_exit();
err_notifier:
	bus_unregister_notifier(&pci_bus_type, &bus_nb);
	forget_devices();
err_sysfs:
	vfl_sysfs_exit();
err_reclaim:
	vfl_reclaim_exit();
	return err;
}

static void __exit vfl_exit(void)
{
	vfl_nl_exit();
	vfl_reapply_exit();
	bus_unregister_notifier(&pci_bus_type, &bus_nb);
	forget_devices();
	vfl_sysfs_exit();
	vfl_reclaim_exit();
}

module_init(vfl_init);
module_exit(vfl_exit);

MODULE_AUTHOR("vfleet maintainers");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Leases of SR-IOV virtual functions that cannot leak");
MODULE_VERSION("0.1.0");
MODULE_ALIAS_GENL_FAMILY(VFL_FAMILY_NAME);
