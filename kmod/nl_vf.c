// SPDX-License-Identifier: GPL-2.0
/* nl_vf.c - commands on virtual functions */
#include <linux/if_ether.h>

#include "nl.h"

static struct vfl_vf *vf_of_request(struct genl_info *info)
{
	struct vfl_vf *vf;
	int err = vfl_nl_require(info, VFL_A_VF_PCI_NAME,
				 "the request names no VF");

	if (err)
		return ERR_PTR(err);
	vf = vfl_vf_get(nla_data(info->attrs[VFL_A_VF_PCI_NAME]));
	if (vf)
		return vf;
	NL_SET_BAD_ATTR(info->extack, info->attrs[VFL_A_VF_PCI_NAME]);
	return ERR_PTR(vfl_refuse(info->extack, -ENODEV,
				  "there is no VF of that name"));
}

int vfl_nl_parse_tuning(struct nlattr *nest, struct vfl_tuning *t,
			struct netlink_ext_ack *extack)
{
	struct nlattr *a[VFL_A_TUNING_MAX + 1];
	int err, i;

	err = nla_parse_nested(a, VFL_A_TUNING_MAX, nest,
			       vfleet_tuning_nl_policy, extack);
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
	if (a[VFL_A_TUNING_VLAN] || a[VFL_A_TUNING_QOS] ||
	    a[VFL_A_TUNING_VLAN_PROTO])
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

int vfleet_nl_vf_get_doit(struct sk_buff *req, struct genl_info *info)
{
	struct vfl_msg m = vfl_nl_reply_to(info, VFL_CMD_VF_GET);
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
		err = vfl_nl_send(skb, info, err);
	}
	vfl_vf_put(vf);
	return err;
}

int vfleet_nl_vf_set_doit(struct sk_buff *req, struct genl_info *info)
{
	struct vfl_tuning tuning = {};
	struct vfl_vf *vf;
	int err;

	err = vfl_nl_require(info, VFL_A_VF_TUNING,
			     "nothing to set: give a tuning");
	if (err)
		return err;
	err = vfl_nl_parse_tuning(info->attrs[VFL_A_VF_TUNING], &tuning,
				  info->extack);
	if (err)
		return err;
	vf = vf_of_request(info);
	if (IS_ERR(vf))
		return PTR_ERR(vf);
	err = vfl_tune_set(vf, &tuning, vfl_nl_u32(info, VFL_A_VF_GENERATION),
			   info->extack);
	vfl_vf_put(vf);
	return err;
}

int vfleet_nl_vf_reset_doit(struct sk_buff *req, struct genl_info *info)
{
	struct vfl_vf *vf;
	int err = vfl_nl_require_sys_admin(req, info);

	if (err)
		return err;
	vf = vf_of_request(info);
	if (IS_ERR(vf))
		return PTR_ERR(vf);
	err = vfl_vf_reset(vf, vfl_nl_u32(info, VFL_A_VF_GENERATION),
			   info->extack);
	vfl_vf_put(vf);
	return err;
}

static int dump_vfs_of(struct sk_buff *skb, const struct vfl_msg *m,
		       const struct vfl_pf *pf, struct vfl_cursor *at)
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

int vfleet_nl_vf_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct vfl_cursor *at = vfl_nl_cursor(cb);
	struct vfl_pf *pf;
	struct vfl_msg m;
	int err = 0;

	if (!at->refreshed)
		refresh_all();
	at->refreshed = true;

	mutex_lock(&vfl_state_lock);
	m = vfl_nl_dump_msg(cb, VFL_CMD_VF_GET);
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
