/* SPDX-License-Identifier: GPL-2.0 */
/* vfleet.h - objects and locks of the module
 *
 * Lock order, outermost first:
 *
 *	vfl_pf.op_lock > pci rescan lock > device_lock(PF) > rtnl > netdev instance
 *	lock > vfl_vf.hw_lock > vfl_state_lock
 *
 * vfl_state_lock is taken in bus notifiers, under device locks of the caller; so it
 * is held for moments only and nothing but allocation, event multicast and the IOMMU
 * group's own mutex is entered under it. device_lock() of a PF is only ever tried, for
 * a bounded time: whoever unbinds a PF holds it until vfio users let go.
 */
#ifndef _VFL_VFLEET_H
#define _VFL_VFLEET_H

#include <linux/if_ether.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/pci.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "backend.h"
#include "state.h"
#include "tuning.h"

#define VFL_DRIVER_NAME_MAX 31

/* How a PF's pool is run; what a request may change. */
struct vfl_settings {
	enum vfl_policy policy;
	bool guard;
	u32 drain_timeout_ms; /* 0: none */
	u32 drain_poll_ms;
};

/* VFs of a PF */
struct vfl_pf_counts {
	u32 present;
	u32 free;
	u32 leased; /* preparing, leased or draining */
	u32 quarantined;
};

/* Counted since the PF appeared */
struct vfl_stats {
	u32 leases;
	u32 reclaims; /* leases that ended and whose user let go */
	u32 resets;
	u32 reset_failures; /* VFs quarantined */
	u32 stuck; /* drain timeouts */
};

/* A physical function: every SR-IOV capable device of the host has one. Created and
 * ended by main.c's scan and notifier; a reference keeps the memory, not the device.
 */
struct vfl_pf {
	struct kref ref;
	const struct vfl_backend *backend;
	struct pci_dev *pdev; /* counted */
	struct device *dev; /* in the class; NULL: not there */
	u32 id; /* ascending: the cursor of dumps */
	struct mutex op_lock; /* one pool operation at a time */
	struct work_struct reapply; /* holds a reference while queued */

	/* the rest: vfl_state_lock */
	struct list_head node; /* vfl_pfs, by id */
	struct list_head vfs; /* vfl_vf.node, by index */
	enum vfl_pf_state state;
	enum vfl_reason reason; /* of the removal under way */
	u32 generation;
	struct vfl_settings settings;
	struct vfl_stats stats;
	char driver[VFL_DRIVER_NAME_MAX + 1];
	bool awake; /* runtime PM reference while there are VFs */
};

/* A virtual function, from the moment its device appears until that is removed. */
struct vfl_vf {
	struct kref ref;
	struct vfl_pf *pf; /* counted */
	struct pci_dev *pdev; /* counted */
	struct device *dev; /* in the class; NULL: not there */
	u32 index;
	u32 generation;
	struct delayed_work work; /* reclaim.c; holds a reference while queued */
	struct mutex hw_lock; /* a reset, against the removal of the device */
	bool removed; /* hw_lock */

	/* the rest: vfl_state_lock */
	struct list_head node; /* vfl_pf.vfs */
	enum vfl_vf_state state;
	struct vfl_lease *lease; /* counted; set while leased or draining */
	struct vfl_tuning tuning; /* as last read from the PF driver */
	struct vfl_tuning want; /* what the lease asked for and got */
	char driver[VFL_DRIVER_NAME_MAX + 1];
	bool managed_dma; /* driver hands DMA ownership to user space */
	bool stuck_told;
	int last_error;
	u32 resets;
	unsigned long drain_start; /* jiffies */
	unsigned int drain_poll_ms;
};

/* A lease. Its file holds one reference, its VF another; what a reader may ask for
 * after the VF moved on is copied here.
 */
struct vfl_lease {
	struct kref ref;
	u32 id;
	char pf_name[VFL_PCI_NAME_MAX + 1];
	char vf_name[VFL_PCI_NAME_MAX + 1];
	u32 vf_index;
	u32 generation;
	int iommu_group;
	char label[VFL_LABEL_MAX + 1];
	struct pid *pid; /* of the process that acquired; counted */
	kuid_t uid;
	wait_queue_head_t wait;
	struct vfl_vf *vf; /* vfl_state_lock; NULL: the VF moved on */
	bool over; /* written under vfl_state_lock, read by poll */
};

/* main.c */
extern struct mutex vfl_state_lock;
extern struct list_head vfl_pfs; /* vfl_state_lock */
extern u32 vfl_seq; /* vfl_state_lock: changes with the lists */

void vfl_seq_bump(void);
/* Sets the sentence of a refusal, which must be static; returns err. */
int vfl_refuse(struct netlink_ext_ack *extack, int err, const char *sentence);

/* pf.c: the registry. *_locked: vfl_state_lock held. */
int vfl_pf_add(struct pci_dev *pdev);
void vfl_pf_del(struct pci_dev *pdev);
void vfl_pf_put(struct vfl_pf *pf);
struct vfl_pf *vfl_pf_find_locked(const char *name);
struct vfl_pf *vfl_pf_of_locked(struct pci_dev *pdev);
/* Counted; NULL when there is none. */
struct vfl_pf *vfl_pf_get(const char *name);
struct vfl_pf *vfl_pf_next(u32 after_id);
/* A PF with the settings of a new one, in no list yet; the caller's reference. */
struct vfl_pf *vfl_pf_create(struct pci_dev *pdev,
			     const struct vfl_backend *backend);
/* Takes the caller's reference over; false: it was there already. */
bool vfl_pf_insert(struct vfl_pf *pf);
void vfl_pf_remove(struct vfl_pf *pf);
/* Takes the PF to a state and tells the listeners. */
void vfl_pf_move_locked(struct vfl_pf *pf, enum vfl_pf_state state,
			enum vfl_reason reason);
struct vfl_pf_counts vfl_pf_count_locked(const struct vfl_pf *pf);
/* Whether the PF's driver looks at the guard flag before it ends VFs. */
bool vfl_pf_can_guard(const struct vfl_pf *pf);
void vfl_pf_bound(struct pci_dev *pdev);
void vfl_pf_unbinding(struct pci_dev *pdev);
void vfl_pf_unbound(struct pci_dev *pdev);
void vfl_pf_sleep_locked(struct vfl_pf *pf);
/* Takes device_lock(PF) if that is free within a bounded time; -EBUSY. */
int vfl_pf_lock_device(struct vfl_pf *pf, struct netlink_ext_ack *extack);
void vfl_pf_unlock_device(struct vfl_pf *pf);

/* pool.c */
struct vfl_pf_change {
	u32 attrs; /* BIT(VFL_A_PF_*): what to change, and whether to compare */
	u32 num_vfs;
	u32 generation;
	struct vfl_settings settings;
};

/* All of it or nothing. *_locked: op_lock is held. */
int vfl_pf_set_locked(struct vfl_pf *pf, const struct vfl_pf_change *want,
		      struct netlink_ext_ack *extack);
int vfl_pf_set(struct vfl_pf *pf, const struct vfl_pf_change *want,
	       struct netlink_ext_ack *extack);

/* vf.c */
int vfl_vf_add(struct pci_dev *pdev);
/* A VF of that index appeared on a PF that is known. */
int vfl_vf_appear(struct pci_dev *pdev, u32 index);
void vfl_vf_del(struct pci_dev *pdev);
void vfl_vf_bound(struct pci_dev *pdev);
void vfl_vf_unbound(struct pci_dev *pdev);
void vfl_vf_remove(struct vfl_vf *vf);
void vfl_vf_put(struct vfl_vf *vf);
struct vfl_vf *vfl_vf_find_locked(const char *name);
/* Counted; NULL when there is none. */
struct vfl_vf *vfl_vf_get(const char *name);
struct vfl_vf *vfl_vf_next(struct vfl_pf *pf, u32 from_index);
/* Takes the VF to the state that follows and tells the listeners; false: refused. */
bool vfl_vf_move_locked(struct vfl_vf *vf, enum vfl_vf_event event,
			enum vfl_reason reason);
int vfl_vf_refuse(enum vfl_vf_state state, struct netlink_ext_ack *extack);
bool vfl_vf_in_use_locked(const struct vfl_vf *vf);
int vfl_vf_iommu_group(const struct vfl_vf *vf);
void vfl_vf_guard_locked(struct vfl_vf *vf, bool on);
int vfl_vf_reset(struct vfl_vf *vf, u32 generation,
		 struct netlink_ext_ack *extack);

/* reclaim.c */
int vfl_reclaim_init(void);
void vfl_reclaim_exit(void);
void vfl_reclaim_work(struct work_struct *work);
void vfl_reclaim_kick(struct vfl_vf *vf);
void vfl_reclaim_cancel(struct vfl_vf *vf);
/* Runs pf->reapply soon. */
void vfl_reclaim_queue_reapply(struct vfl_pf *pf);

/* lease.c */
struct vfl_lease_request {
	const char *pf; /* NULL: any */
	int vf_index; /* -1: any */
	const char *label; /* NULL: none */
	u32 generation; /* of the PF; 0: any */
	struct vfl_tuning tuning;
};

extern struct xarray vfl_leases; /* vfl_state_lock: id -> struct vfl_lease */

/* A tuned and bound VF with a file that is its lease, not yet in an fd table; the
 * caller owns the file's reference. ERR_PTR on refusal.
 */
struct file *vfl_lease_acquire(const struct vfl_lease_request *req,
			       struct netlink_ext_ack *extack);
int vfl_lease_revoke(u32 id, struct netlink_ext_ack *extack);
void vfl_lease_end_locked(struct vfl_vf *vf, enum vfl_reason reason);
void vfl_lease_detach_locked(struct vfl_vf *vf);
void vfl_lease_put(struct vfl_lease *lease);

/* ndo.c: rtnl and the PF's device lock are held, where not said otherwise */
/* The PF's own netdev: rcu_read_lock() is enough. */
struct net_device *vfl_pf_netdev_rcu(const struct vfl_pf *pf);
u32 vfl_tunables(const struct net_device *dev);
u32 vfl_pf_tunables(const struct vfl_pf *pf); /* no lock; 0 without a netdev */
int vfl_ndo_read(struct net_device *dev, u32 index, struct vfl_tuning *t);
/* Brings VF `index` of dev from *now to *next, or back on an error; *now is then what
 * reads back, *done the VFL_TUNE_* bits that the driver was asked for.
 */
int vfl_ndo_change(struct net_device *dev, u32 index, struct vfl_tuning *now,
		   const struct vfl_tuning *next, u32 *done,
		   struct netlink_ext_ack *extack);

/* tune.c */
/* Applies want to a VF that is leased by lease_id, or being prepared (0). This and the
 * others but vfl_tune_set(): the PF's device lock is held.
 */
int vfl_tune_apply(struct vfl_vf *vf, const struct vfl_tuning *want,
		   u32 lease_id, struct netlink_ext_ack *extack);
/* For whoever holds the lease, if that is of this generation (0: any). */
int vfl_tune_set_locked(struct vfl_vf *vf, const struct vfl_tuning *want,
			u32 generation, struct netlink_ext_ack *extack);
int vfl_tune_set(struct vfl_vf *vf, const struct vfl_tuning *want,
		 u32 generation, struct netlink_ext_ack *extack);
/* Gives a leased VF back what its PF's driver or link lost of its settings. */
int vfl_tune_reapply(struct vfl_vf *vf);
/* Default settings for the next owner. */
int vfl_tune_scrub(struct vfl_vf *vf);
/* Reads the settings of all VFs again, unless the PF is busy. No lock is held. */
void vfl_tune_refresh(struct vfl_pf *pf);

/* reapply.c: does so when the PF's interface changed */
int vfl_reapply_init(void);
void vfl_reapply_exit(void);
void vfl_reapply_work(struct work_struct *work);

/* sysfs.c: no lock of ours is held, for a removal waits for readers */
int vfl_sysfs_init(void);
void vfl_sysfs_exit(void);
void vfl_sysfs_add_pf(struct vfl_pf *pf);
void vfl_sysfs_add_vf(struct vfl_vf *vf);
void vfl_sysfs_del(struct device **dev);
/* The PF has another driver: other settings can be made. */
void vfl_sysfs_update(struct vfl_pf *pf);

#endif /* _VFL_VFLEET_H */
