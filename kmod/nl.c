// SPDX-License-Identifier: GPL-2.0
/* nl.c - generic netlink family: policies and commands */
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "nl.h"

#define NAME_POLICY	{ .type = NLA_NUL_STRING, .len = VFL_PCI_NAME_MAX }

static const struct nla_policy tuning_policy[VFL_A_TUNING_MAX + 1] = {
	[VFL_A_TUNING_MAC] = NLA_POLICY_EXACT_LEN(ETH_ALEN),
	[VFL_A_TUNING_VLAN] = NLA_POLICY_MAX(NLA_U16, 4094),
	[VFL_A_TUNING_QOS] = NLA_POLICY_MAX(NLA_U8, 7),
	[VFL_A_TUNING_VLAN_PROTO] = { .type = NLA_U16 },
	[VFL_A_TUNING_MIN_TX_RATE] = { .type = NLA_U32 },
	[VFL_A_TUNING_MAX_TX_RATE] = { .type = NLA_U32 },
	[VFL_A_TUNING_SPOOFCHK] = NLA_POLICY_MAX(NLA_U8, 1),
	[VFL_A_TUNING_TRUST] = NLA_POLICY_MAX(NLA_U8, 1),
	[VFL_A_TUNING_LINK_STATE] = NLA_POLICY_MAX(NLA_U8, IFLA_VF_LINK_STATE_DISABLE),
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
	[VFL_A_VF_TUNING] = NLA_POLICY_NESTED(tuning_policy),
};

static const struct nla_policy vf_reset_policy[VFL_A_VF_GENERATION + 1] = {
	[VFL_A_VF_PCI_NAME] = NAME_POLICY,
	[VFL_A_VF_GENERATION] = { .type = NLA_U32 },
};

static const struct nla_policy lease_acquire_policy[VFL_A_LEASE_TUNING + 1] = {
	[VFL_A_LEASE_PF] = NAME_POLICY,
	[VFL_A_LEASE_VF_INDEX] = NLA_POLICY_MAX(NLA_U32, 32767),
	[VFL_A_LEASE_LABEL] = { .type = NLA_NUL_STRING, .len = VFL_LABEL_MAX },
	[VFL_A_LEASE_TUNING] = NLA_POLICY_NESTED(tuning_policy),
};

static const struct nla_policy lease_id_policy[VFL_A_LEASE_ID + 1] = {
	[VFL_A_LEASE_ID] = { .type = NLA_U32 },
};

static int require(struct genl_info *info, int attr, const char *sentence)
{
	return info->attrs[attr] ? 0 : vfl_refuse(info->extack, -EINVAL, sentence);
}

/* GENL_ADMIN_PERM asked for CAP_NET_ADMIN; moving PCI devices takes more. */
static int require_sys_admin(struct sk_buff *skb, struct genl_info *info)
{
	return netlink_capable(skb, CAP_SYS_ADMIN) ? 0 :
	       vfl_refuse(info->extack, -EPERM,
			  "this moves PCI devices: it needs CAP_SYS_ADMIN besides CAP_NET_ADMIN");
}

static struct vfl_pf *pf_of_request(struct genl_info *info)
{
	struct vfl_pf *pf;
	int err = require(info, VFL_A_PF_PCI_NAME, "the request names no PF");

	if (err)
		return ERR_PTR(err);
	pf = vfl_pf_get(nla_data(info->attrs[VFL_A_PF_PCI_NAME]));
	if (pf)
		return pf;
	NL_SET_BAD_ATTR(info->extack, info->attrs[VFL_A_PF_PCI_NAME]);
	return ERR_PTR(vfl_refuse(info->extack, -ENODEV,
				  "there is no SR-IOV capable PF of that name"));
}

static struct vfl_vf *vf_of_request(struct genl_info *info)
{
	struct vfl_vf *vf;
	int err = require(info, VFL_A_VF_PCI_NAME, "the request names no VF");

	if (err)
		return ERR_PTR(err);
	vf = vfl_vf_get(nla_data(info->attrs[VFL_A_VF_PCI_NAME]));
	if (vf)
		return vf;
	NL_SET_BAD_ATTR(info->extack, info->attrs[VFL_A_VF_PCI_NAME]);
	return ERR_PTR(vfl_refuse(info->extack, -ENODEV, "there is no VF of that name"));
}

static u32 u32_or_zero(struct genl_info *info, int attr)
{
	return info->attrs[attr] ? nla_get_u32(info->attrs[attr]) : 0;
}

static int parse_tuning(struct nlattr *nest, struct vfl_tuning *t,
			struct netlink_ext_ack *extack)
{
	struct nlattr *a[VFL_A_TUNING_MAX + 1];
	int err, i;

	err = nla_parse_nested(a, VFL_A_TUNING_MAX, nest, tuning_policy, extack);
	if (err)
		return err;
	for (i = 1; i <= VFL_A_TUNING_MAX; i++)
		if (a[i])
			t->attrs |= BIT(i);
	if (a[VFL_A_TUNING_MAC]) {
		memcpy(t->mac, nla_data(a[VFL_A_TUNING_MAC]), ETH_ALEN);
		t->set |= VFL_TUNE_MAC;
	}
	if (a[VFL_A_TUNING_VLAN])
		t->vlan = nla_get_u16(a[VFL_A_TUNING_VLAN]);
	if (a[VFL_A_TUNING_QOS])
		t->qos = nla_get_u8(a[VFL_A_TUNING_QOS]);
	if (a[VFL_A_TUNING_VLAN_PROTO])
		t->vlan_proto = nla_get_u16(a[VFL_A_TUNING_VLAN_PROTO]);
	if (a[VFL_A_TUNING_VLAN] || a[VFL_A_TUNING_QOS] || a[VFL_A_TUNING_VLAN_PROTO])
		t->set |= VFL_TUNE_VLAN;
	if (a[VFL_A_TUNING_MIN_TX_RATE])
		t->min_tx_rate = nla_get_u32(a[VFL_A_TUNING_MIN_TX_RATE]);
	if (a[VFL_A_TUNING_MAX_TX_RATE])
		t->max_tx_rate = nla_get_u32(a[VFL_A_TUNING_MAX_TX_RATE]);
	if (a[VFL_A_TUNING_MIN_TX_RATE] || a[VFL_A_TUNING_MAX_TX_RATE])
		t->set |= VFL_TUNE_RATE;
	if (a[VFL_A_TUNING_SPOOFCHK]) {
		t->spoofchk = nla_get_u8(a[VFL_A_TUNING_SPOOFCHK]);
		t->set |= VFL_TUNE_SPOOFCHK;
	}
	if (a[VFL_A_TUNING_TRUST]) {
		t->trust = nla_get_u8(a[VFL_A_TUNING_TRUST]);
		t->set |= VFL_TUNE_TRUST;
	}
	if (a[VFL_A_TUNING_LINK_STATE]) {
		t->link_state = nla_get_u8(a[VFL_A_TUNING_LINK_STATE]);
		t->set |= VFL_TUNE_LINK_STATE;
	}
	return 0;
}

static struct vfl_msg reply_to(struct genl_info *info, u8 cmd)
{
	return (struct vfl_msg){
		.portid = info->snd_portid,
		.seq = info->snd_seq,
		.cmd = cmd,
		.reason = -1,
	};
}

static int send_reply(struct sk_buff *skb, struct genl_info *info, int err)
{
	if (!err)
		return genlmsg_reply(skb, info);
	nlmsg_free(skb);
	return err;
}

static int pf_get_doit(struct sk_buff *req, struct genl_info *info)
{
	struct vfl_msg m = reply_to(info, VFL_CMD_PF_GET);
	struct vfl_pf *pf = pf_of_request(info);
	struct sk_buff *skb;
	int err = -ENOMEM;

	if (IS_ERR(pf))
		return PTR_ERR(pf);
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (skb) {
		mutex_lock(&vfl_state_lock);
		err = vfl_msg_pf(skb, &m, pf);
		mutex_unlock(&vfl_state_lock);
		err = send_reply(skb, info, err);
	}
	vfl_pf_put(pf);
	return err;
}

static int pf_set(struct vfl_pf *pf, struct genl_info *info)
{
	u32 generation = u32_or_zero(info, VFL_A_PF_GENERATION);
	u32 timeout = u32_or_zero(info, VFL_A_PF_DRAIN_TIMEOUT_MS);
	int err = 0;

	if (timeout > VFL_DRAIN_TIMEOUT_MAX_MS)
		return vfl_refuse(info->extack, -EINVAL,
				  "the drain timeout must be at most 64000 ms; 0 for none");
	mutex_lock(&vfl_state_lock);
	if (info->attrs[VFL_A_PF_GENERATION] && generation != pf->generation) {
		err = vfl_refuse(info->extack, -ESTALE,
				 "the PF's VFs changed since: it has another generation");
	} else if (info->attrs[VFL_A_PF_DRAIN_TIMEOUT_MS]) {
		pf->drain_timeout_ms = timeout;
		vfl_notify_pf(pf, VFL_REASON_REQUEST);
	}
	mutex_unlock(&vfl_state_lock);
	if (!err && info->attrs[VFL_A_PF_NUM_VFS])
		err = vfl_pool_set(pf, u32_or_zero(info, VFL_A_PF_NUM_VFS), info->extack);
	return err;
}

static int pf_set_doit(struct sk_buff *req, struct genl_info *info)
{
	struct vfl_pf *pf;
	int err = require_sys_admin(req, info);

	if (err)
		return err;
	if (!info->attrs[VFL_A_PF_NUM_VFS] && !info->attrs[VFL_A_PF_DRAIN_TIMEOUT_MS])
		return vfl_refuse(info->extack, -EINVAL,
				  "nothing to set: give num-vfs or drain-timeout-ms");
	pf = pf_of_request(info);
	if (IS_ERR(pf))
		return PTR_ERR(pf);
	err = pf_set(pf, info);
	vfl_pf_put(pf);
	return err;
}

static int vf_get_doit(struct sk_buff *req, struct genl_info *info)
{
	struct vfl_msg m = reply_to(info, VFL_CMD_VF_GET);
	struct vfl_vf *vf = vf_of_request(info);
	struct sk_buff *skb;
	int err = -ENOMEM;

	if (IS_ERR(vf))
		return PTR_ERR(vf);
	vfl_tune_refresh(vf->pf);
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (skb) {
		mutex_lock(&vfl_state_lock);
		err = vfl_msg_vf(skb, &m, vf);
		mutex_unlock(&vfl_state_lock);
		err = send_reply(skb, info, err);
	}
	vfl_vf_put(vf);
	return err;
}

static int vf_set(struct vfl_vf *vf, const struct vfl_tuning *tuning, u32 generation,
		  struct netlink_ext_ack *extack)
{
	u32 lease_id = 0;
	int err = 0;

	mutex_lock(&vfl_state_lock);
	if (generation && generation != vf->generation)
		err = vfl_refuse(extack, -ESTALE, "the VF is not the one of that generation");
	else if (vf->state != VFL_VF_LEASED)
		err = vfl_vf_refuse(vf->state, extack);
	else
		lease_id = vf->lease->id;
	mutex_unlock(&vfl_state_lock);
	return err ?: vfl_tune_apply(vf, tuning, VFL_VF_LEASED, lease_id, extack);
}

static int vf_set_doit(struct sk_buff *req, struct genl_info *info)
{
	struct vfl_tuning tuning = {};
	struct vfl_vf *vf;
	int err;

	err = require(info, VFL_A_VF_TUNING, "nothing to set: give a tuning");
	if (err)
		return err;
	err = parse_tuning(info->attrs[VFL_A_VF_TUNING], &tuning, info->extack);
	if (err)
		return err;
	vf = vf_of_request(info);
	if (IS_ERR(vf))
		return PTR_ERR(vf);
	err = vf_set(vf, &tuning, u32_or_zero(info, VFL_A_VF_GENERATION), info->extack);
	vfl_vf_put(vf);
	return err;
}

static int vf_reset_doit(struct sk_buff *req, struct genl_info *info)
{
	struct vfl_vf *vf;
	int err = require_sys_admin(req, info);

	if (err)
		return err;
	vf = vf_of_request(info);
	if (IS_ERR(vf))
		return PTR_ERR(vf);
	err = vfl_vf_reset(vf, u32_or_zero(info, VFL_A_VF_GENERATION), info->extack);
	vfl_vf_put(vf);
	return err;
}

/* Fills the reply; the lease may have been revoked in the meantime. */
static int msg_acquired(struct sk_buff *skb, struct genl_info *info,
			struct vfl_lease *lease, int fd)
{
	struct vfl_msg m = reply_to(info, VFL_CMD_LEASE_ACQUIRE);
	int err;

	mutex_lock(&vfl_state_lock);
	err = vfl_msg_lease(skb, &m, lease, fd, lease->vf ? &lease->vf->tuning : NULL);
	mutex_unlock(&vfl_state_lock);
	return err;
}

/* The fd is installed last: until then nobody can know it, and an error gives the
 * lease back by the file's release, like any owner's death.
 */
static int hand_out(struct file *file, struct genl_info *info)
{
	struct sk_buff *skb;
	int fd, err = -ENOMEM;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		err = vfl_refuse(info->extack, fd, "the process has no file descriptor left");
		goto err_file;
	}
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		goto err_fd;
	err = msg_acquired(skb, info, file->private_data, fd);
	err = send_reply(skb, info, err);
	if (err)
		goto err_fd;
	fd_install(fd, file);
	return 0;

err_fd:
	put_unused_fd(fd);
err_file:
	fput(file);
	return err;
}

static int lease_acquire_doit(struct sk_buff *req, struct genl_info *info)
{
	struct vfl_lease_request want = { .vf_index = -1 };
	struct nlattr **a = info->attrs;
	struct file *file;
	int err = require_sys_admin(req, info);

	if (err)
		return err;
	if (a[VFL_A_LEASE_VF_INDEX] && !a[VFL_A_LEASE_PF])
		return vfl_refuse(info->extack, -EINVAL, "a VF index needs a PF");
	if (a[VFL_A_LEASE_PF])
		want.pf = nla_data(a[VFL_A_LEASE_PF]);
	if (a[VFL_A_LEASE_VF_INDEX])
		want.vf_index = nla_get_u32(a[VFL_A_LEASE_VF_INDEX]);
	if (a[VFL_A_LEASE_LABEL])
		want.label = nla_data(a[VFL_A_LEASE_LABEL]);
	if (a[VFL_A_LEASE_TUNING])
		err = parse_tuning(a[VFL_A_LEASE_TUNING], &want.tuning, info->extack);
	if (err)
		return err;
	file = vfl_lease_acquire(&want, info->extack);
	return IS_ERR(file) ? PTR_ERR(file) : hand_out(file, info);
}

static int lease_get_doit(struct sk_buff *req, struct genl_info *info)
{
	struct vfl_msg m = reply_to(info, VFL_CMD_LEASE_GET);
	struct vfl_lease *lease;
	struct sk_buff *skb;
	int err;

	err = require(info, VFL_A_LEASE_ID, "the request names no lease");
	if (err)
		return err;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	mutex_lock(&vfl_state_lock);
	lease = xa_load(&vfl_leases, nla_get_u32(info->attrs[VFL_A_LEASE_ID]));
	if (lease)
		err = vfl_msg_lease(skb, &m, lease, -1, NULL);
	else
		err = vfl_refuse(info->extack, -ENOENT, "there is no lease of that id");
	mutex_unlock(&vfl_state_lock);
	return send_reply(skb, info, err);
}

static int lease_revoke_doit(struct sk_buff *req, struct genl_info *info)
{
	int err = require_sys_admin(req, info);

	if (!err)
		err = require(info, VFL_A_LEASE_ID, "the request names no lease");
	if (!err)
		err = vfl_lease_revoke(nla_get_u32(info->attrs[VFL_A_LEASE_ID]), info->extack);
	return err;
}

/* Where a dump goes on. Ids and indices only grow along the lists, so a cursor stays
 * good when objects come and go; vfl_seq tells the reader that they did.
 */
struct dump_cursor {
	u32 pf_id;		/* of PFs: the last one done */
	u32 next;		/* VF index in that PF, or lease id */
	bool refreshed;
};

static struct dump_cursor *cursor(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dump_cursor) > sizeof(cb->ctx));
	return (struct dump_cursor *)cb->ctx;
}

static struct vfl_msg dump_msg(struct netlink_callback *cb, u8 cmd)
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

static int pf_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump_cursor *at = cursor(cb);
	struct vfl_pf *pf;
	struct vfl_msg m;
	int err = 0;

	mutex_lock(&vfl_state_lock);
	m = dump_msg(cb, VFL_CMD_PF_GET);
	list_for_each_entry(pf, &vfl_pfs, node) {
		if (pf->id <= at->pf_id)
			continue;
		err = vfl_msg_pf(skb, &m, pf);
		if (err)
			break;
		at->pf_id = pf->id;
	}
	mutex_unlock(&vfl_state_lock);
	return skb->len ?: err;
}

static int dump_vfs_of(struct sk_buff *skb, const struct vfl_msg *m,
		       const struct vfl_pf *pf, struct dump_cursor *at)
{
	struct vfl_vf *vf;
	int err;

	list_for_each_entry(vf, &pf->vfs, node) {
		if (vf->index < at->next)
			continue;
		err = vfl_msg_vf(skb, m, vf);
		if (err)
			return err;
		at->next = vf->index + 1;
	}
	return 0;
}

static void refresh_all(void)
{
	struct vfl_pf *pf = vfl_pf_next(0), *next;

	while (pf) {
		vfl_tune_refresh(pf);
		next = vfl_pf_next(pf->id);
		vfl_pf_put(pf);
		pf = next;
	}
}

static int vf_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump_cursor *at = cursor(cb);
	struct vfl_pf *pf;
	struct vfl_msg m;
	int err = 0;

	if (!at->refreshed)
		refresh_all();
	at->refreshed = true;

	mutex_lock(&vfl_state_lock);
	m = dump_msg(cb, VFL_CMD_VF_GET);
	list_for_each_entry(pf, &vfl_pfs, node) {
		if (pf->id < at->pf_id)
			continue;
		if (pf->id > at->pf_id)
			at->next = 0;
		at->pf_id = pf->id;
		err = dump_vfs_of(skb, &m, pf, at);
		if (err)
			break;
	}
	mutex_unlock(&vfl_state_lock);
	return skb->len ?: err;
}

static int lease_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump_cursor *at = cursor(cb);
	struct vfl_lease *lease;
	unsigned long id;
	struct vfl_msg m;
	int err = 0;

	mutex_lock(&vfl_state_lock);
	m = dump_msg(cb, VFL_CMD_LEASE_GET);
	xa_for_each_start(&vfl_leases, id, lease, at->next) {
		err = vfl_msg_lease(skb, &m, lease, -1, NULL);
		if (err)
			break;
		at->next = id + 1;
	}
	mutex_unlock(&vfl_state_lock);
	return skb->len ?: err;
}

#define OP_POLICY(p)	.policy = (p), .maxattr = ARRAY_SIZE(p) - 1

static const struct genl_ops vfl_ops[] = {
	{
		.cmd = VFL_CMD_PF_GET,
		OP_POLICY(pf_get_policy),
		.doit = pf_get_doit,
		.dumpit = pf_get_dumpit,
	}, {
		.cmd = VFL_CMD_PF_SET,
		.flags = GENL_ADMIN_PERM,
		OP_POLICY(pf_set_policy),
		.doit = pf_set_doit,
	}, {
		.cmd = VFL_CMD_VF_GET,
		OP_POLICY(vf_get_policy),
		.doit = vf_get_doit,
		.dumpit = vf_get_dumpit,
	}, {
		.cmd = VFL_CMD_VF_SET,
		.flags = GENL_ADMIN_PERM,
		OP_POLICY(vf_set_policy),
		.doit = vf_set_doit,
	}, {
		.cmd = VFL_CMD_VF_RESET,
		.flags = GENL_ADMIN_PERM,
		OP_POLICY(vf_reset_policy),
		.doit = vf_reset_doit,
	}, {
		.cmd = VFL_CMD_LEASE_ACQUIRE,
		.flags = GENL_ADMIN_PERM,
		OP_POLICY(lease_acquire_policy),
		.doit = lease_acquire_doit,
	}, {
		.cmd = VFL_CMD_LEASE_GET,
		.flags = GENL_ADMIN_PERM,
		OP_POLICY(lease_id_policy),
		.doit = lease_get_doit,
		.dumpit = lease_get_dumpit,
	}, {
		.cmd = VFL_CMD_LEASE_REVOKE,
		.flags = GENL_ADMIN_PERM,
		OP_POLICY(lease_id_policy),
		.doit = lease_revoke_doit,
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

static bool registered;	/* vfl_state_lock */

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
