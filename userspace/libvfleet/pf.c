// SPDX-License-Identifier: BSD-3-Clause
/* pf.c - list physical functions and set their pools */
#include "wire.h"

#include <errno.h>

#include <netlink/attr.h>

static int parse_one(struct vfl *h, struct nlmsghdr *nlh, void *out)
{
	return vfl_parse_pf(h, nlh, out, NULL);
}

int vfl_pf_list(struct vfl *h, struct vfl_pf **out, size_t *n)
{
	return vfl_dump(h, VFL_CMD_PF_GET, sizeof(**out), parse_one,
			(void **)out, n);
}

int vfl_pf_get(struct vfl *h, const char *pf, struct vfl_pf *out)
{
	struct nl_msg *msg = vfl_request(h, VFL_CMD_PF_GET, 0);

	if (!msg)
		return -ENOMEM;
	if (nla_put_string(msg, VFL_A_PF_PCI_NAME, pf) < 0)
		return vfl_fail_nomem(h, msg);
	*out = (struct vfl_pf){ 0 };
	return vfl_transact(h, msg, parse_one, out);
}

static int put_change(struct nl_msg *msg, const char *pf,
		      const struct vfl_pf_change *c)
{
	int err = nla_put_string(msg, VFL_A_PF_PCI_NAME, pf);

	if (c->set & VFL_PF_CHANGE_VFS)
		err |= nla_put_u32(msg, VFL_A_PF_NUM_VFS, c->num_vfs);
	if (c->set & VFL_PF_CHANGE_POLICY)
		err |= nla_put_u32(msg, VFL_A_PF_POLICY, c->policy);
	if (c->set & VFL_PF_CHANGE_GUARD)
		err |= nla_put_u8(msg, VFL_A_PF_GUARD, c->guard);
	if (c->set & VFL_PF_CHANGE_DRAIN_TIMEOUT)
		err |= nla_put_u32(msg, VFL_A_PF_DRAIN_TIMEOUT_MS,
				   c->drain_timeout_ms);
	if (c->set & VFL_PF_CHANGE_DRAIN_POLL)
		err |= nla_put_u32(msg, VFL_A_PF_DRAIN_POLL_MS,
				   c->drain_poll_ms);
	if (c->generation)
		err |= nla_put_u32(msg, VFL_A_PF_GENERATION, c->generation);
	return err;
}

int vfl_pf_set(struct vfl *h, const char *pf, const struct vfl_pf_change *c)
{
	struct nl_msg *msg = vfl_request(h, VFL_CMD_PF_SET, 0);

	if (!msg)
		return -ENOMEM;
	if (put_change(msg, pf, c) < 0)
		return vfl_fail_nomem(h, msg);
	return vfl_transact(h, msg, NULL, NULL);
}

int vfl_pf_set_vfs(struct vfl *h, const char *pf, uint32_t n)
{
	const struct vfl_pf_change change = {
		.set = VFL_PF_CHANGE_VFS,
		.num_vfs = n,
	};

	return vfl_pf_set(h, pf, &change);
}

int vfl_pf_set_drain_timeout(struct vfl *h, const char *pf, uint32_t timeout_ms)
{
	const struct vfl_pf_change change = {
		.set = VFL_PF_CHANGE_DRAIN_TIMEOUT,
		.drain_timeout_ms = timeout_ms,
	};

	return vfl_pf_set(h, pf, &change);
}
