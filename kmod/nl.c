// SPDX-License-Identifier: GPL-2.0
/* nl.c - generic netlink family: registration, and what the commands share
 *
 * nl_policy.c, with the policies and the table of commands, is generated from
 * tools/netlink/vfleet.yaml.
 */
#include <linux/capability.h>
#include <linux/module.h>

#include "nl.h"

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
	.ops = vfleet_nl_ops,
	.n_ops = ARRAY_SIZE(vfleet_nl_ops),
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
