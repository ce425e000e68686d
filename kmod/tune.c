// SPDX-License-Identifier: GPL-2.0
/* tune.c - settings and the leases that they belong to
 *
 * rtnetlink calls the same operations under rtnl alone. Here the PF's device lock is
 * held too: drivers free their VF data under that lock without rtnl.
 */
#include <linux/rtnetlink.h>

#include "compat.h"
#include "vfleet.h"

/* rtnl keeps the device once it is found. */
static struct net_device *netdev_rtnl(const struct vfl_pf *pf)
{
	struct net_device *dev;

	ASSERT_RTNL();
	rcu_read_lock();
	dev = vfl_pf_netdev_rcu(pf);
	rcu_read_unlock();
	return dev;
}

/* Makes a change, if it still is one, and tells those who watch the interface. */
static int change_rtnl(struct vfl_vf *vf, struct net_device *dev,
		       struct vfl_tuning *next, struct netlink_ext_ack *extack)
{
	struct vfl_tuning now;
	u32 done = 0;
	int err;

	netdev_lock_ops(dev);
	err = vfl_ndo_read(dev, vf->index, &now);
	if (err) {
		vfl_refuse(extack, err,
			   "the PF's driver cannot read the settings");
	} else {
		vfl_tuning_fill_in(next, &now);
		err = vfl_ndo_change(dev, vf->index, &now, next, &done, extack);
	}
	netdev_unlock_ops(dev);

	mutex_lock(&vfl_state_lock);
	vf->tuning = now;
	mutex_unlock(&vfl_state_lock);
	if (done && !err)
		netdev_state_change(dev);
	return err;
}

/* The PF's netdev with rtnl held; NULL without rtnl when there is none to use. */
static struct net_device *begin(struct vfl_vf *vf,
				struct netlink_ext_ack *extack)
{
	struct net_device *dev;

	device_lock_assert(&vf->pf->pdev->dev);
	rtnl_lock();
	dev = netdev_rtnl(vf->pf);
	if (dev && vf->index < pci_num_vf(vf->pf->pdev))
		return dev;
	rtnl_unlock();
	vfl_refuse(
		extack, -EOPNOTSUPP,
		"the PF has no network interface that can set up VFs (in switchdev mode use devlink port function)");
	return NULL;
}

/* Settings belong to one lease. Its end comes with a scrub under the same device lock:
 * so what is still true here is true until the change is made.
 */
static int still(struct vfl_vf *vf, enum vfl_vf_state state, u32 lease_id,
		 struct netlink_ext_ack *extack)
{
	int err = 0;

	mutex_lock(&vfl_state_lock);
	if (vf->state != state)
		err = vfl_vf_refuse(vf->state, extack);
	else if ((vf->lease ? vf->lease->id : 0) != lease_id)
		err = vfl_refuse(extack, -EBUSY,
				 "the VF has another lease by now");
	mutex_unlock(&vfl_state_lock);
	return err;
}

int vfl_tune_apply(struct vfl_vf *vf, const struct vfl_tuning *want,
		   u32 lease_id, struct netlink_ext_ack *extack)
{
	struct vfl_tuning next = *want;
	struct net_device *dev;
	int err;

	if (!next.set)
		return 0;
	dev = begin(vf, extack);
	if (!dev)
		return -EOPNOTSUPP;
	err = still(vf, lease_id ? VFL_VF_LEASED : VFL_VF_PREPARING, lease_id,
		    extack);
	if (!err)
		err = change_rtnl(vf, dev, &next, extack);
	if (!err) {
		mutex_lock(&vfl_state_lock);
		vfl_tuning_merge(&vf->want, &next);
		mutex_unlock(&vfl_state_lock);
	}
	rtnl_unlock();
	return err;
}

int vfl_tune_set_locked(struct vfl_vf *vf, const struct vfl_tuning *want,
			u32 generation, struct netlink_ext_ack *extack)
{
	u32 lease_id = 0;
	int err = 0;

	mutex_lock(&vfl_state_lock);
	if (generation && generation != vf->generation)
		err = vfl_refuse(extack, -ESTALE,
				 "the VF is not the one of that generation");
	else if (vf->state != VFL_VF_LEASED)
		err = vfl_vf_refuse(vf->state, extack);
	else
		lease_id = vf->lease->id;
	mutex_unlock(&vfl_state_lock);
	return err ?: vf->pf->backend->tune(vf, want, lease_id, extack);
}

int vfl_tune_set(struct vfl_vf *vf, const struct vfl_tuning *want,
		 u32 generation, struct netlink_ext_ack *extack)
{
	int err = vfl_pf_lock_device(vf->pf, extack);

	if (err)
		return err;
	err = vfl_tune_set_locked(vf, want, generation, extack);
	vfl_pf_unlock_device(vf->pf);
	return err;
}

/* Only what differs is set; a rate waits for the carrier, whose return is told. */
int vfl_tune_reapply(struct vfl_vf *vf)
{
	struct vfl_tuning want;
	struct net_device *dev;
	bool leased;
	int err = 0;

	dev = begin(vf, NULL);
	if (!dev)
		return 0;
	mutex_lock(&vfl_state_lock);
	leased = vf->state == VFL_VF_LEASED;
	want = vf->want;
	mutex_unlock(&vfl_state_lock);
	want.attrs = ~0; /* each group is complete */
	if (!netif_carrier_ok(dev))
		want.set &= ~VFL_TUNE_RATE;
	if (leased)
		err = change_rtnl(vf, dev, &want, NULL);
	rtnl_unlock();
	return err;
}

int vfl_tune_scrub(struct vfl_vf *vf)
{
	struct vfl_tuning clean;
	struct net_device *dev;
	int err;

	dev = begin(vf, NULL);
	if (!dev) /* nothing that could be left of a lease */
		return 0;
	/* Removed meanwhile, its index may by now belong to another VF. */
	err = still(vf, VFL_VF_RESETTING, 0, NULL);
	if (!err) {
		clean = vfl_tuning_clean(vfl_tunables(dev));
		err = change_rtnl(vf, dev, &clean, NULL);
	}
	rtnl_unlock();
	return err;
}

static void store(struct vfl_pf *pf, u32 index, const struct vfl_tuning *t)
{
	struct vfl_vf *vf;

	mutex_lock(&vfl_state_lock);
	list_for_each_entry(vf, &pf->vfs, node)
		if (vf->index == index)
			vf->tuning = *t;
	mutex_unlock(&vfl_state_lock);
}

static void refresh_rtnl(struct vfl_pf *pf)
{
	struct net_device *dev = netdev_rtnl(pf);
	struct vfl_tuning now;
	int i;

	if (!dev)
		return;
	netdev_lock_ops(dev);
	for (i = 0; i < pci_num_vf(pf->pdev); i++)
		if (!vfl_ndo_read(dev, i, &now))
			store(pf, i, &now);
	netdev_unlock_ops(dev);
}

void vfl_tune_refresh(struct vfl_pf *pf)
{
	if (!device_trylock(&pf->pdev->dev))
		return;
	rtnl_lock();
	refresh_rtnl(pf);
	rtnl_unlock();
	device_unlock(&pf->pdev->dev);
}
