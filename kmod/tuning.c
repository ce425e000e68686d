// SPDX-License-Identifier: GPL-2.0
/* tuning.c - settings of a VF as plain data: what is valid, what follows, what is equal */
#include <linux/etherdevice.h>
#include <linux/if_link.h>

#include "vfleet.h"

struct vfl_tuning vfl_tuning_clean(u32 tunables)
{
	return (struct vfl_tuning){
		.set = tunables,
		.attrs = BIT(VFL_A_TUNING_VLAN) | BIT(VFL_A_TUNING_QOS) |
			 BIT(VFL_A_TUNING_VLAN_PROTO) |
			 BIT(VFL_A_TUNING_MIN_TX_RATE) |
			 BIT(VFL_A_TUNING_MAX_TX_RATE),
		.vlan_proto = ETH_P_8021Q,
		.spoofchk = 1,
		.link_state = IFLA_VF_LINK_STATE_AUTO,
	};
}

void vfl_tuning_add_defaults(struct vfl_tuning *t, u32 tunables)
{
	u32 missing = tunables & ~t->set;

	if (missing & VFL_TUNE_MAC)
		eth_random_addr(t->mac);
	if (missing & VFL_TUNE_SPOOFCHK)
		t->spoofchk = 1;
	if (missing & VFL_TUNE_TRUST)
		t->trust = 0;
	t->set |= missing & (VFL_TUNE_MAC | VFL_TUNE_SPOOFCHK | VFL_TUNE_TRUST);
}

void vfl_tuning_fill_in(struct vfl_tuning *next, const struct vfl_tuning *now)
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

bool vfl_tuning_same(const struct vfl_tuning *a, const struct vfl_tuning *b,
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

void vfl_tuning_merge(struct vfl_tuning *to, const struct vfl_tuning *from)
{
	if (from->set & VFL_TUNE_MAC)
		ether_addr_copy(to->mac, from->mac);
	if (from->set & VFL_TUNE_VLAN) {
		to->vlan = from->vlan;
		to->vlan_proto = from->vlan_proto;
		to->qos = from->qos;
	}
	if (from->set & VFL_TUNE_RATE) {
		to->min_tx_rate = from->min_tx_rate;
		to->max_tx_rate = from->max_tx_rate;
	}
	if (from->set & VFL_TUNE_SPOOFCHK)
		to->spoofchk = from->spoofchk;
	if (from->set & VFL_TUNE_TRUST)
		to->trust = from->trust;
	if (from->set & VFL_TUNE_LINK_STATE)
		to->link_state = from->link_state;
	to->set |= from->set;
}

static int check_vlan(const struct vfl_tuning *next,
		      struct netlink_ext_ack *extack)
{
	if (next->vlan > VFL_VLAN_MAX)
		return vfl_refuse(extack, -ERANGE,
				  "a VLAN is a number from 0 (none) to 4094");
	if (next->qos > VFL_QOS_MAX)
		return vfl_refuse(extack, -ERANGE,
				  "a VLAN priority is a number from 0 to 7");
	if (next->qos && !next->vlan)
		return vfl_refuse(extack, -EINVAL,
				  "a VLAN priority needs a VLAN");
	if (next->vlan_proto != ETH_P_8021Q && next->vlan_proto != ETH_P_8021AD)
		return vfl_refuse(extack, -EINVAL,
				  "the VLAN protocol must be 0x8100 or 0x88a8");
	return 0;
}

int vfl_tuning_check(const struct vfl_tuning *next, u32 tunables,
		     struct netlink_ext_ack *extack)
{
	if (next->set & ~tunables)
		return vfl_refuse(
			extack, -EOPNOTSUPP,
			"the PF's driver cannot set this: see the PF's tunables");
	if (next->set & VFL_TUNE_MAC && !is_zero_ether_addr(next->mac) &&
	    !is_valid_ether_addr(next->mac))
		return vfl_refuse(
			extack, -EINVAL,
			"the MAC address must be a unicast address, or zero for the VF's own choice");
	if (next->set & VFL_TUNE_RATE && next->max_tx_rate &&
	    next->min_tx_rate > next->max_tx_rate)
		return vfl_refuse(extack, -EINVAL,
				  "the minimum rate is above the maximum rate");
	if ((next->set & VFL_TUNE_SPOOFCHK && next->spoofchk > 1) ||
	    (next->set & VFL_TUNE_TRUST && next->trust > 1))
		return vfl_refuse(extack, -ERANGE,
				  "spoof check and trust are 0 or 1");
	if (next->set & VFL_TUNE_LINK_STATE &&
	    next->link_state > IFLA_VF_LINK_STATE_DISABLE)
		return vfl_refuse(
			extack, -ERANGE,
			"a link state is 0 (auto), 1 (enable) or 2 (disable)");
	return next->set & VFL_TUNE_VLAN ? check_vlan(next, extack) : 0;
}
