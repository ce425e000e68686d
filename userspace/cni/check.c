// SPDX-License-Identifier: BSD-3-Clause
/* check.c - CHECK and STATUS: is it as it was, could there be another */
#include <stdlib.h>
#include <string.h>

#include "attachment.h"
#include "command.h"
#include "ipam.h"

int command_check(struct command *c)
{
	const json_t *before = json_object_get(c->conf.json, "prevResult");
	const char *vf = answer_vf(before, &c->env);
	char label[ATTACHMENT_BYTES];
	struct vfl_lease lease;
	struct vfl *h;
	int found;

	if (!before)
		return failure_set(&c->failure, FAILURE_CONFIG,
				   "prevResult: missing, and CHECK needs it");
	h = command_module(&c->failure);
	if (!h)
		return -1;
	attachment_label(c->conf.name, c->env.container, c->env.ifname, label);
	found = attachment_find(h, label, 0, &lease, &c->failure);
	vfl_close(h);
	if (found < 0)
		return -1;
	if (!found)
		return failure_set(
			&c->failure, FAILURE_LOST,
			"%s of container %.12s has no VF: its lease ended",
			c->env.ifname, c->env.container);
	if (vf && strcmp(vf, lease.vf))
		return failure_set(
			&c->failure, FAILURE_LOST,
			"%s of container %.12s had VF %s, the lease now is of %s",
			c->env.ifname, c->env.container, vf, lease.vf);
	return ipam_pass_on(&c->conf, c->env.path, "CHECK", &c->failure);
}

/* Free VFs of the PF that the configuration names, or of all; -1: the module refused. */
static long count_free(struct command *c, struct vfl *h)
{
	struct vfl_pf *pfs;
	long free_vfs = 0;
	size_t n;
	int err = vfl_pf_list(h, &pfs, &n);

	if (err < 0)
		return failure_of_module(&c->failure, err, vfl_error(h));
	for (size_t i = 0; i < n; i++)
		if (!c->conf.pf || !strcmp(c->conf.pf, pfs[i].bdf))
			free_vfs += pfs[i].free_vfs;
	free(pfs);
	return free_vfs;
}

int command_status(struct command *c)
{
	struct vfl *h = command_module(&c->failure);
	long free_vfs;

	if (!h)
		return -1;
	free_vfs = count_free(c, h);
	vfl_close(h);
	if (free_vfs < 0)
		return -1;
	if (free_vfs == 0)
		return failure_set(
			&c->failure, FAILURE_UNAVAILABLE,
			"%s has no free VF: 'vfleet pf set BDF vfs N' makes a pool",
			c->conf.pf ? c->conf.pf : "no PF");
	return ipam_pass_on(&c->conf, c->env.path, "STATUS", &c->failure);
}
