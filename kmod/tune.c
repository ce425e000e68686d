// SPDX-License-Identifier: GPL-2.0
/* tune.c - settings of a VF, through the operations of its PF's driver
 *
 * rtnetlink calls the same operations under rtnl alone. Here the PF's device lock is
 * held too: drivers free their VF data under that lock without rtnl.
 */
#include <linux/etherdevice.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "vfleet.h"

#define TUNABLES 6 /* VFL_TUNE_* bits */

static const char *const refused[TUNABLES] = {
	"the PF's driver refused the MAC address",
	"the PF's driver refused the VLAN, its priority or its protocol",
	"the PF's driver refused the rate: it must fit the link, and many drivers have no minimum",
	"the PF's driver refused the spoof check setting",
	"the PF's driver refused the trust setting",
	"the PF's driver refused the link state",
};

/* The PF's own netdev: VF representors of the same device lack the operation. */
struct net_device *vfl_pf_netdev_rcu(const struct vfl_pf *pf)
{
	struct net_device *dev;
	struct net *net;

	for_each_net_rcu(net)
		for_each_netdev_rcu(net, dev)
			if (dev->dev.parent == &pf->pdev->dev &&
			    dev->netdev_ops->ndo_get_vf_config)
				return dev;
	return NULL;
}

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

u32 vfl_tunables(const struct net_device *dev)
{
	const struct net_device_ops *ops = dev->netdev_ops;

	return (ops->ndo_set_vf_mac ? VFL_TUNE_MAC : 0) |
	       (ops->ndo_set_vf_vlan ? VFL_TUNE_VLAN : 0) |
	       (ops->ndo_set_vf_rate ? VFL_TUNE_RATE : 0) |
	       (ops->ndo_set_vf_spoofchk ? VFL_TUNE_SPOOFCHK : 0) |
	       (ops->ndo_set_vf_trust ? VFL_TUNE_TRUST : 0) |
	       (ops->ndo_set_vf_link_state ? VFL_TUNE_LINK_STATE : 0);
}

static int read_config(struct net_device *dev, u32 index, struct vfl_tuning *t)
{
	struct ifla_vf_info info = {
		.spoofchk = -1, /* "not reported", as rtnetlink has it */
		.rss_query_en = -1,
		.trusted = -1,
		.vlan_proto = htons(ETH_P_8021Q),
	};
	int err = dev->netdev_ops->ndo_get_vf_config(dev, index, &info);

	memset(t, 0, sizeof(*t));
	if (err)
		return err;
	t->set = VFL_TUNE_MAC | VFL_TUNE_VLAN | VFL_TUNE_RATE;
	ether_addr_copy(t->mac, info.mac);
	t->vlan = info.vlan;
	t->qos = info.qos;
	t->vlan_proto = ntohs(info.vlan_proto);
	t->min_tx_rate = info.min_tx_rate;
	t->max_tx_rate = info.max_tx_rate;
	if (info.spoofchk != (u32)-1) {
		t->spoofchk = !!info.spoofchk;
		t->set |= VFL_TUNE_SPOOFCHK;
	}
	if (info.trusted != (u32)-1) {
		t->trust = !!info.trusted;
		t->set |= VFL_TUNE_TRUST;
	}
	if (dev->netdev_ops->ndo_set_vf_link_state) {
		t->link_state = info.linkstate;
		t->set |= VFL_TUNE_LINK_STATE;
	}
	return 0;
}

static int set_one(struct net_device *dev, u32 index, u32 bit,
		   struct vfl_tuning *t)
{
	const struct net_device_ops *ops = dev->netdev_ops;

	switch (bit) {
	case VFL_TUNE_MAC:
		return ops->ndo_set_vf_mac(dev, index, t->mac);
	case VFL_TUNE_VLAN:
		return ops->ndo_set_vf_vlan(dev, index, t->vlan, t->qos,
					    htons(t->vlan_proto));
	case VFL_TUNE_RATE:
		return ops->ndo_set_vf_rate(dev, index, t->min_tx_rate,
					    t->max_tx_rate);
	case VFL_TUNE_SPOOFCHK:
		return ops->ndo_set_vf_spoofchk(dev, index, t->spoofchk);
	case VFL_TUNE_TRUST:
		return ops->ndo_set_vf_trust(dev, index, t->trust);
	case VFL_TUNE_LINK_STATE:
		return ops->ndo_set_vf_link_state(dev, index, t->link_state);
	}
	return -EOPNOTSUPP;
}

/* Whether both agree on a group; what a driver does not report agrees with nothing. */
static bool same(const struct vfl_tuning *a, const struct vfl_tuning *b,
		 u32 bit)
{
	if (!(a->set & b->set & bit))
		return false;
	switch (bit) {
	case VFL_TUNE_MAC:
		return ether_addr_equal(a->mac, b->mac);
	case VFL_TUNE_VLAN: /* without a VLAN its protocol means nothing */
		return a->vlan == b->vlan && a->qos == b->qos &&
		       (!a->vlan || a->vlan_proto == b->vlan_proto);
	case VFL_TUNE_RATE:
		return a->min_tx_rate == b->min_tx_rate &&
		       a->max_tx_rate == b->max_tx_rate;
	case VFL_TUNE_SPOOFCHK:
		return a->spoofchk == b->spoofchk;
	case VFL_TUNE_TRUST:
		return a->trust == b->trust;
	case VFL_TUNE_LINK_STATE:
		return a->link_state == b->link_state;
	}
	return false;
}

/* Fills what the request left out of a group from the present settings. */
static void fill_in(struct vfl_tuning *next, const struct vfl_tuning *now)
{
	if (!(next->attrs & BIT(VFL_A_TUNING_VLAN)))
		next->vlan = now->vlan;
	if (!(next->attrs & BIT(VFL_A_TUNING_QOS)))
		next->qos = next->vlan ? now->qos : 0;
	if (!(next->attrs & BIT(VFL_A_TUNING_VLAN_PROTO)))
		next->vlan_proto = now->vlan_proto;
	if (!(next->attrs & BIT(VFL_A_TUNING_MIN_TX_RATE)))
		next->min_tx_rate = now->min_tx_rate;
	if (!(next->attrs & BIT(VFL_A_TUNING_MAX_TX_RATE)))
		next->max_tx_rate = now->max_tx_rate;
}

static int check(struct net_device *dev, const struct vfl_tuning *now,
		 const struct vfl_tuning *next, struct netlink_ext_ack *extack)
{
	if (next->set & ~vfl_tunables(dev))
		return vfl_refuse(
			extack, -EOPNOTSUPP,
			"the PF's driver cannot set this: see the PF's tunables");
	if (next->set & VFL_TUNE_MAC && !is_zero_ether_addr(next->mac) &&
	    !is_valid_ether_addr(next->mac))
		return vfl_refuse(
			extack, -EINVAL,
			"the MAC address must be a unicast address, or zero for the VF's own choice");
	if (next->set & VFL_TUNE_VLAN && next->qos && !next->vlan)
		return vfl_refuse(extack, -EINVAL,
				  "a VLAN priority needs a VLAN");
	if (next->set & VFL_TUNE_VLAN && next->vlan_proto != ETH_P_8021Q &&
	    next->vlan_proto != ETH_P_8021AD)
		return vfl_refuse(extack, -EINVAL,
				  "the VLAN protocol must be 0x8100 or 0x88a8");
	if (next->set & VFL_TUNE_RATE && next->max_tx_rate &&
	    next->min_tx_rate > next->max_tx_rate)
		return vfl_refuse(extack, -EINVAL,
				  "the minimum rate is above the maximum rate");
	if (next->set & VFL_TUNE_RATE && !same(now, next, VFL_TUNE_RATE) &&
	    !netif_carrier_ok(dev))
		return vfl_refuse(extack, -ENETDOWN,
				  "a rate limit needs the PF's carrier");
	return 0;
}

/* Brings the VF from *now to *next and leaves what is read back in *now. */
static int change(struct net_device *dev, u32 index, struct vfl_tuning *now,
		  struct vfl_tuning *next, struct netlink_ext_ack *extack)
{
	int err, i;

	err = check(dev, now, next, extack);
	if (err)
		return err;
	for (i = 0; i < TUNABLES; i++) {
		if (!(next->set & BIT(i)) || same(now, next, BIT(i)))
			continue;
		err = set_one(dev, index, BIT(i), next);
		if (err)
			return vfl_refuse(extack, err, refused[i]);
	}
	err = read_config(dev, index, now);
	if (err)
		return vfl_refuse(
			extack, err,
			"the PF's driver cannot read the settings back");
	for (i = 0; i < TUNABLES; i++)
		if (next->set & now->set & BIT(i) && !same(now, next, BIT(i)))
			return vfl_refuse(
				extack, -EIO,
				"the PF's driver took a setting but reads back another value");
	return 0;
}

static int change_rtnl(struct vfl_vf *vf, struct net_device *dev,
		       struct vfl_tuning *next, struct netlink_ext_ack *extack)
{
	struct vfl_tuning now;
	int err;

	netdev_lock_ops(dev);
	err = read_config(dev, vf->index, &now);
	if (err) {
		vfl_refuse(extack, err,
			   "the PF's driver cannot read the settings");
	} else {
		fill_in(next, &now);
		err = change(dev, vf->index, &now, next, extack);
	}
	netdev_unlock_ops(dev);

	mutex_lock(&vfl_state_lock);
	vf->tuning = now;
	mutex_unlock(&vfl_state_lock);
	netdev_state_change(dev);
	return err;
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
		   enum vfl_vf_state state, u32 lease_id,
		   struct netlink_ext_ack *extack)
{
	struct vfl_tuning next = *want;
	struct net_device *dev;
	int err;

	if (!next.set)
		return 0;
	err = vfl_pf_lock_device(vf->pf);
	if (err)
		return vfl_refuse(
			extack, err,
			"the PF is being probed, unbound or reset: try again");
	rtnl_lock();
	dev = netdev_rtnl(vf->pf);
	err = still(vf, state, lease_id, extack);
	if (!err && (!dev || vf->index >= pci_num_vf(vf->pf->pdev)))
		err = vfl_refuse(
			extack, -EOPNOTSUPP,
			"the PF has no network interface that can set up VFs (in switchdev mode use devlink port function)");
	if (!err)
		err = change_rtnl(vf, dev, &next, extack);
	rtnl_unlock();
	vfl_pf_unlock_device(vf->pf);
	return err;
}

int vfl_tune_scrub(struct vfl_vf *vf)
{
	struct vfl_tuning clean = {
		.attrs = BIT(VFL_A_TUNING_VLAN) | BIT(VFL_A_TUNING_QOS) |
			 BIT(VFL_A_TUNING_VLAN_PROTO) |
			 BIT(VFL_A_TUNING_MIN_TX_RATE) |
			 BIT(VFL_A_TUNING_MAX_TX_RATE),
		.vlan_proto = ETH_P_8021Q,
		.spoofchk = 1,
		.link_state = IFLA_VF_LINK_STATE_AUTO,
	};
	struct net_device *dev;
	int err;

	err = vfl_pf_lock_device(vf->pf);
	if (err)
		return err;
	rtnl_lock();
	dev = netdev_rtnl(vf->pf);
	/* Removed meanwhile, its index may by now belong to another VF. */
	err = still(vf, VFL_VF_RESETTING, 0, NULL);
	if (!err && dev) {
		clean.set = vfl_tunables(dev);
		err = change_rtnl(vf, dev, &clean, NULL);
	}
	rtnl_unlock();
	vfl_pf_unlock_device(vf->pf);
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
		if (!read_config(dev, i, &now))
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
