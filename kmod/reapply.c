// SPDX-License-Identifier: GPL-2.0
/* reapply.c - the PF's interface came up or its link changed: see what leases lost by it
 *
 * Drivers forget VF settings when they reset a PF, and rates when the link changes its
 * speed. Nobody calls us then; but the PF's interface always tells.
 */
#include <linux/netdevice.h>

#include "nl.h"

static bool has_carrier(const struct vfl_pf *pf)
{
	const struct net_device *dev;
	bool carrier;

	rcu_read_lock();
	dev = vfl_pf_netdev_rcu(pf);
	carrier = dev && netif_carrier_ok(dev);
	rcu_read_unlock();
	return carrier;
}

/* A VF whose rate could not be scrubbed without carrier. */
static void retry_scrub(struct vfl_vf *vf)
{
	if (!has_carrier(vf->pf))
		return;
	mutex_lock(&vfl_state_lock);
	if (vf->state == VFL_VF_QUARANTINED && vf->last_error == ENETDOWN &&
	    !vfl_vf_in_use_locked(vf) &&
	    vfl_vf_move_locked(vf, VFL_EV_RESET, VFL_REASON_REQUEST))
		vfl_reclaim_kick(vf);
	mutex_unlock(&vfl_state_lock);
}

static void tell_failure(struct vfl_vf *vf, int err)
{
	pci_warn(vf->pdev, "vfleet: settings lost, not applied again: %d\n",
		 err);
	mutex_lock(&vfl_state_lock);
	vf->last_error = -err;
	vfl_notify_vf(vf, VFL_REASON_ERROR);
	mutex_unlock(&vfl_state_lock);
}

void vfl_reapply_work(struct work_struct *work)
{
	struct vfl_pf *pf = container_of(work, struct vfl_pf, reapply);
	struct vfl_vf *vf;
	u32 index = 0;
	int err;

	while ((vf = vfl_vf_next(pf, index))) {
		index = vf->index + 1;
		err = vfl_pf_lock_device(pf, NULL);
		if (!err) {
			err = vfl_tune_reapply(vf);
			vfl_pf_unlock_device(pf);
		}
		if (err)
			tell_failure(vf, err);
		retry_scrub(vf);
		vfl_vf_put(vf);
	}
	vfl_pf_put(pf);
}

/* rtnl is held, so the work does what there is to do. */
static int netdev_event(struct notifier_block *nb, unsigned long action,
			void *data)
{
	struct device *parent = netdev_notifier_info_to_dev(data)->dev.parent;
	struct vfl_pf *pf;

	if ((action != NETDEV_CHANGE && action != NETDEV_UP) || !parent ||
	    !dev_is_pci(parent))
		return NOTIFY_DONE;
	mutex_lock(&vfl_state_lock);
	pf = vfl_pf_of_locked(to_pci_dev(parent));
	if (pf)
		vfl_reclaim_queue_reapply(pf);
	mutex_unlock(&vfl_state_lock);
	return NOTIFY_DONE;
}

static struct notifier_block netdev_nb = { .notifier_call = netdev_event };

int vfl_reapply_init(void)
{
	return register_netdevice_notifier(&netdev_nb);
}

void vfl_reapply_exit(void)
{
	unregister_netdevice_notifier(&netdev_nb);
}
