/* SPDX-License-Identifier: GPL-2.0 */
/* compat.h - what differs between kernels 6.1 and later, tested by feature in Kbuild */
#ifndef _VFL_COMPAT_H
#define _VFL_COMPAT_H

#include <linux/device/class.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/version.h>

#ifdef VFL_HAVE_NETDEV_LOCK
#include <net/netdev_lock.h>
#else
static inline void netdev_lock_ops(struct net_device *dev)
{
}

static inline void netdev_unlock_ops(struct net_device *dev)
{
}
#endif

/* A macro with the module's name in it until 6.4, a function since. */
static inline struct class *vfl_class_create(const char *name)
{
#ifdef class_create
	return class_create(THIS_MODULE, name);
#else
	return class_create(name);
#endif
}

/* Sets the only driver that may bind; "" lets every driver match again. The older
 * form takes device_lock(): do not call it in a bind or unbind notifier.
 */
static inline int vfl_set_driver_override(struct pci_dev *pdev,
					  const char *name)
{
#ifdef VFL_PCI_DEV_DRIVER_OVERRIDE
	return driver_set_override(&pdev->dev, &pdev->driver_override, name,
				   strlen(name));
#else
	return device_set_driver_override(&pdev->dev, name);
#endif
}

/* Some stable releases took the rescan lock inside sriov_add_vfs(), so that a caller
 * who held it waited for himself (introduced by 05703271c3cd, reverted later). No
 * header shows it, hence the only version numbers in the module.
 */
static inline bool vfl_core_takes_rescan_lock(void)
{
	return (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 157) &&
		LINUX_VERSION_CODE <= KERNEL_VERSION(6, 1, 164)) ||
	       (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 54) &&
		LINUX_VERSION_CODE <= KERNEL_VERSION(6, 12, 74));
}

#endif /* _VFL_COMPAT_H */
