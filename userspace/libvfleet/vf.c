// SPDX-License-Identifier: BSD-3-Clause
/* vf.c - list, tune and reset virtual functions */
#include "wire.h"

#include <errno.h>

#include <netlink/attr.h>

static int parse_one(struct vfl *h, struct nlmsghdr *nlh, void *out)
{
	return vfl_parse_vf(h, nlh, out, NULL);
}

/* A request that names its VF; generation 0: any. */
static struct nl_msg *vf_request(struct vfl *h, enum vfl_cmd cmd,
				 const char *vf, uint32_t generation)
{
	struct nl_msg *msg = vfl_request(h, cmd, 0);

	if (!msg)
		return NULL;
	if (nla_put_string(msg, VFL_A_VF_PCI_NAME, vf) < 0 ||
	    (generation &&
	     nla_put_u32(msg, VFL_A_VF_GENERATION, generation) < 0)) {
		vfl_fail_nomem(h, msg);
		return NULL;
	}
	return msg;
}

int vfl_vf_list(struct vfl *h, struct vfl_vf **out, size_t *n)
{
	return vfl_dump(h, VFL_CMD_VF_GET, sizeof(**out), parse_one,
			(void **)out, n);
}

int vfl_vf_get(struct vfl *h, const char *vf, struct vfl_vf *out)
{
	struct nl_msg *msg = vf_request(h, VFL_CMD_VF_GET, vf, 0);

	if (!msg)
		return -ENOMEM;
	*out = (struct vfl_vf){ 0 };
	return vfl_transact(h, msg, parse_one, out);
}

int vfl_vf_set(struct vfl *h, const char *vf, uint32_t generation,
	       const struct vfl_tuning *t)
{
	struct nl_msg *msg = vf_request(h, VFL_CMD_VF_SET, vf, generation);

	if (!msg)
		return -ENOMEM;
	if (vfl_put_tuning(msg, VFL_A_VF_TUNING, t) < 0)
		return vfl_fail_nomem(h, msg);
	return vfl_transact(h, msg, NULL, NULL);
}

int vfl_vf_reset(struct vfl *h, const char *vf, uint32_t generation)
{
	struct nl_msg *msg = vf_request(h, VFL_CMD_VF_RESET, vf, generation);

	return msg ? vfl_transact(h, msg, NULL, NULL) : -ENOMEM;
}
