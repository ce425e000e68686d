// SPDX-License-Identifier: GPL-2.0
/* nl_lease.c - commands on leases */
#include <linux/file.h>

#include "nl.h"

/* Fills the reply; the lease may have been revoked in the meantime. */
static int msg_acquired(struct sk_buff *skb, struct genl_info *info,
			struct vfl_lease *lease, int fd)
{
	struct vfl_msg m = vfl_nl_reply_to(info, VFL_CMD_LEASE_ACQUIRE);
	int err;

	mutex_lock(&vfl_state_lock);
	err = vfl_msg_lease(skb, &m, lease, fd,
			    lease->vf ? &lease->vf->tuning : NULL);
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
		err = vfl_refuse(info->extack, fd,
				 "the process has no file descriptor left");
		goto err_file;
	}
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		goto err_fd;
	err = msg_acquired(skb, info, file->private_data, fd);
	err = vfl_nl_send(skb, info, err);
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

int vfleet_nl_lease_acquire_doit(struct sk_buff *req, struct genl_info *info)
{
	struct vfl_lease_request want = { .vf_index = -1 };
	struct nlattr **a = info->attrs;
	struct file *file;
	int err = vfl_nl_require_sys_admin(req, info);

	if (err)
		return err;
	if ((a[VFL_A_LEASE_VF_INDEX] || a[VFL_A_LEASE_GENERATION]) &&
	    !a[VFL_A_LEASE_PF])
		return vfl_refuse(info->extack, -EINVAL,
				  "a VF index or a generation needs a PF");
	if (a[VFL_A_LEASE_PF])
		want.pf = nla_data(a[VFL_A_LEASE_PF]);
	if (a[VFL_A_LEASE_VF_INDEX])
		want.vf_index = nla_get_u32(a[VFL_A_LEASE_VF_INDEX]);
	want.generation = vfl_nl_u32(info, VFL_A_LEASE_GENERATION);
	if (a[VFL_A_LEASE_LABEL])
		want.label = nla_data(a[VFL_A_LEASE_LABEL]);
	if (a[VFL_A_LEASE_TUNING])
		err = vfl_nl_parse_tuning(a[VFL_A_LEASE_TUNING], &want.tuning,
					  info->extack);
	if (err)
		return err;
	file = vfl_lease_acquire(&want, info->extack);
	return IS_ERR(file) ? PTR_ERR(file) : hand_out(file, info);
}

int vfleet_nl_lease_get_doit(struct sk_buff *req, struct genl_info *info)
{
	struct vfl_msg m = vfl_nl_reply_to(info, VFL_CMD_LEASE_GET);
	struct vfl_lease *lease;
	struct sk_buff *skb;
	int err;

	err = vfl_nl_require(info, VFL_A_LEASE_ID,
			     "the request names no lease");
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
		err = vfl_refuse(info->extack, -ENOENT,
				 "there is no lease of that id");
	mutex_unlock(&vfl_state_lock);
	return vfl_nl_send(skb, info, err);
}

int vfleet_nl_lease_revoke_doit(struct sk_buff *req, struct genl_info *info)
{
	int err = vfl_nl_require_sys_admin(req, info);

	if (!err)
		err = vfl_nl_require(info, VFL_A_LEASE_ID,
				     "the request names no lease");
	if (!err)
		err = vfl_lease_revoke(nla_get_u32(info->attrs[VFL_A_LEASE_ID]),
				       info->extack);
	return err;
}

int vfleet_nl_lease_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct vfl_cursor *at = vfl_nl_cursor(cb);
	struct vfl_lease *lease;
	unsigned long id;
	struct vfl_msg m;
	int err = 0;

	mutex_lock(&vfl_state_lock);
	m = vfl_nl_dump_msg(cb, VFL_CMD_LEASE_GET);
	xa_for_each_start(&vfl_leases, id, lease, at->next) {
		err = vfl_msg_lease(skb, &m, lease, -1, NULL);
		if (err)
			break;
		at->next = id + 1;
	}
	mutex_unlock(&vfl_state_lock);
	return skb->len ?: err;
}
