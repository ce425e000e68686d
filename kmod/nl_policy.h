/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	specs/vfleet.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_VFLEET_GEN_H
#define _LINUX_VFLEET_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/vfleet.h>

/* Common nested types */
extern const struct nla_policy vfleet_tuning_nl_policy[VFL_A_TUNING_LINK_STATE + 1];

extern const struct nla_policy vfleet_pf_get_nl_policy[VFL_A_PF_PCI_NAME + 1];

extern const struct nla_policy vfleet_pf_set_nl_policy[VFL_A_PF_DRAIN_POLL_MS + 1];

extern const struct nla_policy vfleet_vf_get_nl_policy[VFL_A_VF_PCI_NAME + 1];

extern const struct nla_policy vfleet_vf_set_nl_policy[VFL_A_VF_TUNING + 1];

extern const struct nla_policy vfleet_vf_reset_nl_policy[VFL_A_VF_GENERATION + 1];

extern const struct nla_policy vfleet_lease_acquire_nl_policy[VFL_A_LEASE_TUNING + 1];

extern const struct nla_policy vfleet_lease_get_nl_policy[VFL_A_LEASE_ID + 1];

extern const struct nla_policy vfleet_lease_revoke_nl_policy[VFL_A_LEASE_ID + 1];

/* Ops table for vfleet */
extern const struct genl_ops vfleet_nl_ops[8];

int vfleet_nl_pf_get_doit(struct sk_buff *skb, struct genl_info *info);
int vfleet_nl_pf_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int vfleet_nl_pf_set_doit(struct sk_buff *skb, struct genl_info *info);
int vfleet_nl_vf_get_doit(struct sk_buff *skb, struct genl_info *info);
int vfleet_nl_vf_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int vfleet_nl_vf_set_doit(struct sk_buff *skb, struct genl_info *info);
int vfleet_nl_vf_reset_doit(struct sk_buff *skb, struct genl_info *info);
int vfleet_nl_lease_acquire_doit(struct sk_buff *skb, struct genl_info *info);
int vfleet_nl_lease_get_doit(struct sk_buff *skb, struct genl_info *info);
int vfleet_nl_lease_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int vfleet_nl_lease_revoke_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	VFLEET_NLGRP_EVENTS,
};

#endif /* _LINUX_VFLEET_GEN_H */
