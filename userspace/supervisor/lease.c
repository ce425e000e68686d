// SPDX-License-Identifier: BSD-3-Clause
/* lease.c - VFs for engines, from the kernel module */
#include "lease.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <vfleet.h>

#include "fleet.h"

struct leases {
	struct vfl *module; /* NULL until it is needed and there */
};

struct leases *leases_new(void)
{
	return calloc(1, sizeof(struct leases));
}

static int open_module(struct leases *l, char *err, size_t err_bytes)
{
	if (!l->module)
		l->module = vfl_open(err, err_bytes);
	return l->module ? 0 : -errno;
}

/* A module that was unloaded and loaded again has another family number: the next
 * call starts from a new handle. */
static void close_module(struct leases *l)
{
	vfl_close(l->module);
	l->module = NULL;
}

int lease_acquire(struct fleet *fleet, const char *pf, const char *label,
		  struct lease *out, char *err, size_t err_bytes)
{
	struct vfl_lease_req request = { .pf = pf,
					 .vf_index = -1,
					 .label = label };
	struct leases *l = fleet->leases;
	struct vfl_lease lease;
	int ret = open_module(l, err, err_bytes);

	if (ret < 0)
		return ret;
	ret = vfl_lease_acquire(l->module, &request, &lease);
	if (ret < 0) {
		snprintf(err, err_bytes, "no VF of %s: %s", pf,
			 vfl_error(l->module));
		if (ret != -EAGAIN)
			close_module(l);
		return ret;
	}
	*out = (struct lease){ .fd = lease.fd, .id = lease.id };
	snprintf(out->vf, sizeof(out->vf), "%s", lease.vf);
	return 0;
}

int lease_count(struct fleet *fleet, const char *pf)
{
	struct leases *l = fleet->leases;
	char err[256];
	struct vfl_pf info;

	if (open_module(l, err, sizeof(err)) < 0)
		return -1;
	if (vfl_pf_get(l->module, pf, &info) < 0) {
		close_module(l);
		return -1;
	}
	return (int)info.leased_vfs;
}
