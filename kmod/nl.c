// SPDX-License-Identifier: GPL-2.0
/* nl.c - generic netlink family: policies, commands, registration */
#include <linux/capability.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/module.h>

#include "nl.h"

#define NAME_POLICY                                             \
	{                                                       \
		.type = NLA_NUL_STRING, .len = VFL_PCI_NAME_MAX \
	}

const struct nla_policy vfl_tuning_policy[VFL_A_TUNING_MAX + 1] = {
	[VFL_A_TUNING_MAC] = NLA_POLICY_EXACT_LEN(ETH_ALEN),
	[VFL_A_TUNING_VLAN] = NLA_POLICY_MAX(NLA_U16, 4094),
	[VFL_A_TUNING_QOS] = NLA_POLICY_MAX(NLA_U8, 7),
	[VFL_A_TUNING_VLAN_PROTO] = { .type = NLA_U16 },
	[VFL_A_TUNING_MIN_TX_RATE] = { .type = NLA_U32 },
	[VFL_A_TUNING_MAX_TX_RATE] = { .type = NLA_U32 },
	[VFL_A_TUNING_SPOOFCHK] = NLA_POLICY_MAX(NLA_U8, 1),
	[VFL_A_TUNING_TRUST] = NLA_POLICY_MAX(NLA_U8, 1),
	[VFL_A_TUNING_LINK_STATE] =
		NLA_POLICY_MAX(NLA_U8, IFLA_VF_LINK_STATE_DISABLE),
};

static const struct nla_policy pf_get_policy[VFL_A_PF_PCI_NAME + 1] = {
	[VFL_A_PF_PCI_NAME] = NAME_POLICY,
};

static const struct nla_policy pf_set_policy[VFL_A_PF_GENERATION + 1] = {
	[VFL_A_PF_PCI_NAME] = NAME_POLICY,
	[VFL_A_PF_NUM_VFS] = { .type = NLA_U32 },
	[VFL_A_PF_DRAIN_TIMEOUT_MS] = { .type = NLA_U32 },
	[VFL_A_PF_GENERATION] = { .type = NLA_U32 },
};

static const struct nla_policy vf_get_policy[VFL_A_VF_PCI_NAME + 1] = {
	[VFL_A_VF_PCI_NAME] = NAME_POLICY,
};

static const struct nla_policy vf_set_policy[VFL_A_VF_TUNING + 1] = {
	[VFL_A_VF_PCI_NAME] = NAME_POLICY,
	[VFL_A_VF_GENERATION] = { .type = NLA_U32 },
	[VFL_A_VF_TUNING] = NLA_POLICY_NESTED(vfl_tuning_policy),
};

static const struct nla_policy vf_reset_policy[VFL_A_VF_GENERATION + 1] = {
	[VFL_A_VF_PCI_NAME] = NAME_POLICY,
	[VFL_A_VF_GENERATION] = { .type = NLA_U32 },
};

static const struct nla_policy lease_acquire_policy[VFL_A_LEASE_TUNING + 1] = {
	[VFL_A_LEASE_PF] = NAME_POLICY,
	[VFL_A_LEASE_VF_INDEX] = NLA_POLICY_MAX(NLA_U32, 32767),
	[VFL_A_LEASE_LABEL] = { .type = NLA_NUL_STRING, .len = VFL_LABEL_MAX },
	[VFL_A_LEASE_TUNING] = NLA_POLICY_NESTED(vfl_tuning_policy),
};

static const struct nla_policy lease_id_policy[VFL_A_LEASE_ID + 1] = {
	[VFL_A_LEASE_ID] = { .type = NLA_U32 },
};

int vfl_nl_require(struct genl_info *info, int attr, const char *sentence)
{
	if (info->attrs[attr])
		return 0;
	return vfl_refuse(info->extack, -EINVAL, sentence);
}

/* GENL_ADMIN_PERM asked for CAP_NET_ADMIN; moving PCI devices takes more. */
int vfl_nl_require_sys_admin(struct sk_buff *skb, struct genl_info *info)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	return vfl_refuse(
		info->extack, -EPERM,
		"this moves PCI devices: it needs CAP_SYS_ADMIN besides CAP_NET_ADMIN");
}

u32 vfl_nl_u32(struct genl_info *info, int attr)
{
	return info->attrs[attr] ? nla_get_u32(info->attrs[attr]) : 0;
}

struct vfl_msg vfl_nl_reply_to(struct genl_info *info, u8 cmd)
{
	return (struct vfl_msg){
		.portid = info->snd_portid,
		.seq = info->snd_seq,
		.cmd = cmd,
		.reason = -1,
	};
}

int vfl_nl_send(struct sk_buff *skb, struct genl_info *info, int err)
{
	if (!err)
		return genlmsg_reply(skb, info);
	nlmsg_free(skb);
	return err;
}

struct vfl_cursor *vfl_nl_cursor(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct vfl_cursor) > sizeof(cb->ctx));
	return (struct vfl_cursor *)cb->ctx;
}

struct vfl_msg vfl_nl_dump_msg(struct netlink_callback *cb, u8 cmd)
{
	cb->seq = vfl_seq;
	return (struct vfl_msg){
		.portid = NETLINK_CB(cb->skb).portid,
		.seq = cb->nlh->nlmsg_seq,
		.flags = NLM_F_MULTI,
		.cmd = cmd,
		.reason = -1,
		.cb = cb,
	};
}

#define OP_POLICY(p) .policy = (p), .maxattr = ARRAY_SIZE(p) - 1

static const struct genl_ops vfl_ops[] = {
	{
		.cmd = VFL_CMD_PF_GET,
		OP_POLICY(pf_get_policy),
		.doit = vfl_nl_pf_get_doit,
		.dumpit = vfl_nl_pf_get_dumpit,
	},
	{
		.cmd = VFL_CMD_PF_SET,
		.flags = GENL_ADMIN_PERM,
		OP_POLICY(pf_set_policy),
		.doit = vfl_nl_pf_set_doit,
	},
	{
		.cmd = VFL_CMD_VF_GET,
		OP_POLICY(vf_get_policy),
		.doit = vfl_nl_vf_get_doit,
		.dumpit = vfl_nl_vf_get_dumpit,
	},
	{
		.cmd = VFL_CMD_VF_SET,
		.flags = GENL_ADMIN_PERM,
		OP_POLICY(vf_set_policy),
		.doit = vfl_nl_vf_set_doit,
	},
	{
		.cmd = VFL_CMD_VF_RESET,
		.flags = GENL_ADMIN_PERM,
		OP_POLICY(vf_reset_policy),
		.doit = vfl_nl_vf_reset_doit,
	},
	{
		.cmd = VFL_CMD_LEASE_ACQUIRE,
		.flags = GENL_ADMIN_PERM,
		OP_POLICY(lease_acquire_policy),
		.doit = vfl_nl_lease_acquire_doit,
	},
	{
		.cmd = VFL_CMD_LEASE_GET,
		.flags = GENL_ADMIN_PERM,
		OP_POLICY(lease_id_policy),
		.doit = vfl_nl_lease_get_doit,
		.dumpit = vfl_nl_lease_get_dumpit,
	},
	{
		.cmd = VFL_CMD_LEASE_REVOKE,
		.flags = GENL_ADMIN_PERM,
		OP_POLICY(lease_id_policy),
		.doit = vfl_nl_lease_revoke_doit,
	},
};

static const struct genl_multicast_group vfl_groups[] = {
	{ .name = VFL_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

/* parallel_ops: the commands have their own locks and may sleep for seconds. */
struct genl_family vfl_family __ro_after_init = {
	.name = VFL_FAMILY_NAME,
	.version = VFL_FAMILY_VERSION,
	.netnsok = false,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = vfl_ops,
	.n_ops = ARRAY_SIZE(vfl_ops),
	.mcgrps = vfl_groups,
	.n_mcgrps = ARRAY_SIZE(vfl_groups),
};

static bool registered; /* vfl_state_lock */

bool vfl_nl_listened(void)
{
	lockdep_assert_held(&vfl_state_lock);
	return registered && genl_has_listeners(&vfl_family, &init_net, 0);
}

static void set_registered(bool is)
{
	mutex_lock(&vfl_state_lock);
	registered = is;
	mutex_unlock(&vfl_state_lock);
}

int vfl_nl_init(void)
{
	int err = genl_register_family(&vfl_family);

	if (!err)
		set_registered(true);
	return err;
}

void vfl_nl_exit(void)
{
	set_registered(false);
	genl_unregister_family(&vfl_family);
}
