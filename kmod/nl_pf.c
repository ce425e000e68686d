// SPDX-License-Identifier: GPL-2.0
/* nl_pf.c - commands on physical functions */
#include "nl.h"

static struct vfl_pf *pf_of_request(struct genl_info *info)
{
	struct vfl_pf *pf;
	int err = vfl_nl_require(info, VFL_A_PF_PCI_NAME,
				 "the request names no PF");

	if (err)
		return ERR_PTR(err);
	pf = vfl_pf_get(nla_data(info->attrs[VFL_A_PF_PCI_NAME]));
	if (pf)
		return pf;
	NL_SET_BAD_ATTR(info->extack, info->attrs[VFL_A_PF_PCI_NAME]);
	return ERR_PTR(
		vfl_refuse(info->extack, -ENODEV,
			   "there is no SR-IOV capable PF of that name"));
}

int vfl_nl_pf_get_doit(struct sk_buff *req, struct genl_info *info)
{
	struct vfl_msg m = vfl_nl_reply_to(info, VFL_CMD_PF_GET);
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
		err = vfl_nl_send(skb, info, err);
	}
	vfl_pf_put(pf);
	return err;
}

static int pf_set(struct vfl_pf *pf, struct genl_info *info)
{
	u32 generation = vfl_nl_u32(info, VFL_A_PF_GENERATION);
	u32 timeout = vfl_nl_u32(info, VFL_A_PF_DRAIN_TIMEOUT_MS);
	int err = 0;

	if (timeout > VFL_DRAIN_TIMEOUT_MAX_MS)
		return vfl_refuse(
			info->extack, -EINVAL,
			"the drain timeout must be at most 64000 ms; 0 for none");
	mutex_lock(&vfl_state_lock);
	if (info->attrs[VFL_A_PF_GENERATION] && generation != pf->generation) {
		err = vfl_refuse(
			info->extack, -ESTALE,
			"the PF's VFs changed since: it has another generation");
	} else if (info->attrs[VFL_A_PF_DRAIN_TIMEOUT_MS]) {
		pf->drain_timeout_ms = timeout;
		vfl_notify_pf(pf, VFL_REASON_REQUEST);
	}
	mutex_unlock(&vfl_state_lock);
	if (!err && info->attrs[VFL_A_PF_NUM_VFS])
		err = vfl_pool_set(pf, vfl_nl_u32(info, VFL_A_PF_NUM_VFS),
				   info->extack);
	return err;
}

int vfl_nl_pf_set_doit(struct sk_buff *req, struct genl_info *info)
{
	struct vfl_pf *pf;
	int err = vfl_nl_require_sys_admin(req, info);

	if (err)
		return err;
	if (!info->attrs[VFL_A_PF_NUM_VFS] &&
	    !info->attrs[VFL_A_PF_DRAIN_TIMEOUT_MS])
		return vfl_refuse(
			info->extack, -EINVAL,
			"nothing to set: give num-vfs or drain-timeout-ms");
	pf = pf_of_request(info);
	if (IS_ERR(pf))
		return PTR_ERR(pf);
	err = pf_set(pf, info);
	vfl_pf_put(pf);
	return err;
}

int vfl_nl_pf_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct vfl_cursor *at = vfl_nl_cursor(cb);
	struct vfl_pf *pf;
	struct vfl_msg m;
	int err = 0;

	mutex_lock(&vfl_state_lock);
	m = vfl_nl_dump_msg(cb, VFL_CMD_PF_GET);
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
