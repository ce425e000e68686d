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

int vfleet_nl_pf_get_doit(struct sk_buff *req, struct genl_info *info)
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

static struct vfl_pf_change parse_change(struct genl_info *info)
{
	struct vfl_pf_change want = {
		.num_vfs = vfl_nl_u32(info, VFL_A_PF_NUM_VFS),
		.generation = vfl_nl_u32(info, VFL_A_PF_GENERATION),
		.settings.policy = vfl_nl_u32(info, VFL_A_PF_POLICY),
		.settings.drain_timeout_ms =
			vfl_nl_u32(info, VFL_A_PF_DRAIN_TIMEOUT_MS),
		.settings.drain_poll_ms =
			vfl_nl_u32(info, VFL_A_PF_DRAIN_POLL_MS),
	};
	int i;

	if (info->attrs[VFL_A_PF_GUARD])
		want.settings.guard = nla_get_u8(info->attrs[VFL_A_PF_GUARD]);
	for (i = 1; i <= VFL_A_PF_DRAIN_POLL_MS; i++)
		if (info->attrs[i])
			want.attrs |= BIT(i);
	return want;
}

int vfleet_nl_pf_set_doit(struct sk_buff *req, struct genl_info *info)
{
	struct vfl_pf_change want = parse_change(info);
	struct vfl_pf *pf;
	int err = vfl_nl_require_sys_admin(req, info);

	if (err)
		return err;
	if (!(want.attrs &
	      ~(BIT(VFL_A_PF_PCI_NAME) | BIT(VFL_A_PF_GENERATION))))
		return vfl_refuse(
			info->extack, -EINVAL,
			"nothing to set: give num-vfs, policy, guard or a drain time");
	pf = pf_of_request(info);
	if (IS_ERR(pf))
		return PTR_ERR(pf);
	err = vfl_pf_set(pf, &want, info->extack);
	vfl_pf_put(pf);
	return err;
}

int vfleet_nl_pf_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
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
