// SPDX-License-Identifier: BSD-3-Clause
/* lease.c - acquire, list and revoke leases */
#include "wire.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <netlink/attr.h>

static int parse_one(struct vfl *h, struct nlmsghdr *nlh, void *out)
{
	return vfl_parse_lease(h, nlh, out, NULL);
}

static struct nl_msg *id_request(struct vfl *h, enum vfl_cmd cmd, uint32_t id)
{
	struct nl_msg *msg = vfl_request(h, cmd, 0);

	if (msg && nla_put_u32(msg, VFL_A_LEASE_ID, id) < 0) {
		vfl_fail_nomem(h, msg);
		return NULL;
	}
	return msg;
}

static int put_lease_req(struct nl_msg *msg, const struct vfl_lease_req *req)
{
	if (req->pf && nla_put_string(msg, VFL_A_LEASE_PF, req->pf) < 0)
		return -1;
	if (req->vf_index >= 0 &&
	    nla_put_u32(msg, VFL_A_LEASE_VF_INDEX, (uint32_t)req->vf_index) < 0)
		return -1;
	if (req->generation &&
	    nla_put_u32(msg, VFL_A_LEASE_GENERATION, req->generation) < 0)
		return -1;
	if (req->label &&
	    nla_put_string(msg, VFL_A_LEASE_LABEL, req->label) < 0)
		return -1;
	return vfl_put_tuning(msg, VFL_A_LEASE_TUNING, &req->tuning);
}

int vfl_lease_acquire(struct vfl *h, const struct vfl_lease_req *req,
		      struct vfl_lease *out)
{
	struct nl_msg *msg;
	int err;

	if (req->label && strlen(req->label) > VFL_LABEL_MAX)
		return vfl_fail(h, -EINVAL, "a label has at most %d bytes",
				VFL_LABEL_MAX);
	msg = vfl_request(h, VFL_CMD_LEASE_ACQUIRE, 0);
	if (!msg)
		return -ENOMEM;
	if (put_lease_req(msg, req) < 0)
		return vfl_fail_nomem(h, msg);
	*out = (struct vfl_lease){ .fd = -1 };
	err = vfl_transact(h, msg, parse_one, out);
	if (!err && out->fd < 0)
		err = vfl_fail(h, -EBADMSG,
			       "the vfleet module sent a lease without fd");
	/* A reply that could not be read all the same made a lease: give it back. */
	if (err < 0 && out->fd >= 0) {
		close(out->fd);
		out->fd = -1;
	}
	return err;
}

int vfl_lease_list(struct vfl *h, struct vfl_lease **out, size_t *n)
{
	return vfl_dump(h, VFL_CMD_LEASE_GET, sizeof(**out), parse_one,
			(void **)out, n);
}

int vfl_lease_get(struct vfl *h, uint32_t id, struct vfl_lease *out)
{
	struct nl_msg *msg = id_request(h, VFL_CMD_LEASE_GET, id);

	*out = (struct vfl_lease){ .fd = -1 };
	return msg ? vfl_transact(h, msg, parse_one, out) : -ENOMEM;
}

int vfl_lease_revoke(struct vfl *h, uint32_t id)
{
	struct nl_msg *msg = id_request(h, VFL_CMD_LEASE_REVOKE, id);

	return msg ? vfl_transact(h, msg, NULL, NULL) : -ENOMEM;
}
