// SPDX-License-Identifier: BSD-3-Clause
/* pf.c - list physical functions and set their pools */
#include "wire.h"

#include <errno.h>

#include <netlink/attr.h>

static int parse_one(struct vfl *h, struct nlmsghdr *nlh, void *out)
{
	return vfl_parse_pf(h, nlh, out, NULL);
}

static int set_u32(struct vfl *h, const char *pf, int attr, uint32_t value)
{
	struct nl_msg *msg = vfl_request(h, VFL_CMD_PF_SET, 0);

	if (!msg)
		return -ENOMEM;
	if (nla_put_string(msg, VFL_A_PF_PCI_NAME, pf) < 0 ||
	    nla_put_u32(msg, attr, value) < 0)
		return vfl_fail_nomem(h, msg);
	return vfl_transact(h, msg, NULL, NULL);
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

int vfl_pf_set_vfs(struct vfl *h, const char *pf, uint32_t n)
{
	return set_u32(h, pf, VFL_A_PF_NUM_VFS, n);
}

int vfl_pf_set_drain_timeout(struct vfl *h, const char *pf, uint32_t timeout_ms)
{
	return set_u32(h, pf, VFL_A_PF_DRAIN_TIMEOUT_MS, timeout_ms);
}
