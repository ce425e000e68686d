// SPDX-License-Identifier: GPL-2.0
/* ndo.c - settings of a VF through the operations of its PF's network driver */
#include <linux/etherdevice.h>
#include <linux/if_link.h>
#include <linux/netdevice.h>
#include <net/net_namespace.h>

#include "vfleet.h"

static const char *const refused[VFL_TUNABLES] = {
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

u32 vfl_pf_tunables(const struct vfl_pf *pf)
{
	const struct net_device *dev;
	u32 tunables = 0;

	rcu_read_lock();
	dev = vfl_pf_netdev_rcu(pf);
	if (dev)
		tunables = vfl_tunables(dev);
	rcu_read_unlock();
	return tunables;
}

int vfl_ndo_read(struct net_device *dev, u32 index, struct vfl_tuning *t)
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
		   const struct vfl_tuning *t)
{
	const struct net_device_ops *ops = dev->netdev_ops;
	u8 mac[ETH_ALEN];

	switch (bit) {
	case VFL_TUNE_MAC:
		ether_addr_copy(mac, t->mac);
		return ops->ndo_set_vf_mac(dev, index, mac);
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

/* As far as the driver lets us: it refused something a moment ago. */
static void undo(struct net_device *dev, u32 index, u32 done,
		 const struct vfl_tuning *before)
{
	int i;

	for (i = 0; i < VFL_TUNABLES; i++)
		if (done & before->set & BIT(i))
			set_one(dev, index, BIT(i), before);
}

static int set_all(struct net_device *dev, u32 index,
		   const struct vfl_tuning *now, const struct vfl_tuning *next,
		   u32 *done, struct netlink_ext_ack *extack)
{
	int err, i;

	for (i = 0; i < VFL_TUNABLES; i++) {
		if (!(next->set & BIT(i)) || vfl_tuning_same(now, next, BIT(i)))
			continue;
		err = set_one(dev, index, BIT(i), next);
		if (err)
			return vfl_refuse(extack, err, refused[i]);
		*done |= BIT(i);
	}
	return 0;
}

static int read_back(struct net_device *dev, u32 index, struct vfl_tuning *now,
		     const struct vfl_tuning *next,
		     struct netlink_ext_ack *extack)
{
	int err, i;

	err = vfl_ndo_read(dev, index, now);
	if (err)
		return vfl_refuse(
			extack, err,
			"the PF's driver cannot read the settings back");
	for (i = 0; i < VFL_TUNABLES; i++)
		if (next->set & now->set & BIT(i) &&
		    !vfl_tuning_same(now, next, BIT(i)))
			return vfl_refuse(
				extack, -EIO,
				"the PF's driver took a setting but reads back another value");
	return 0;
}

int vfl_ndo_change(struct net_device *dev, u32 index, struct vfl_tuning *now,
		   const struct vfl_tuning *next, u32 *done,
		   struct netlink_ext_ack *extack)
{
	struct vfl_tuning before = *now;
	int err;

	*done = 0;
	err = vfl_tuning_check(next, vfl_tunables(dev), extack);
	if (err)
		return err;
	if (next->set & VFL_TUNE_RATE && !netif_carrier_ok(dev) &&
	    !vfl_tuning_same(now, next, VFL_TUNE_RATE))
		return vfl_refuse(extack, -ENETDOWN,
				  "a rate limit needs the PF's carrier");
	err = set_all(dev, index, now, next, done, extack);
	if (!err)
		err = read_back(dev, index, now, next, extack);
	if (err) {
		undo(dev, index, *done, &before);
		vfl_ndo_read(dev, index, now);
	}
	return err;
}
