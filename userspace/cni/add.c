// SPDX-License-Identifier: BSD-3-Clause
/* add.c - ADD: a VF for a pod */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attachment.h"
#include "command.h"
#include "ipam.h"

struct vfl *command_module(struct failure *f)
{
	char sentence[256];
	struct vfl *h = vfl_open(sentence, sizeof(sentence));
	int err = errno;

	if (!h)
		failure_of_module(f, -err, sentence);
	errno = err;
	return h;
}

/* Whether somebody has a lease for this attachment, other than us. */
static int refuse_second(struct command *c, struct vfl *h, const char *label)
{
	struct vfl_lease other;
	int found = attachment_find(h, label, c->keeper.lease.id, &other,
				    &c->failure);

	if (found > 0)
		return failure_set(
			&c->failure, FAILURE_ATTACHED,
			"%s of container %.12s has VF %s already (lease %u): DEL comes before another ADD",
			c->env.ifname, c->env.container, other.vf, other.id);
	return found;
}

/* Looks before and after: of two that ask for one attachment at once, at most one gets
 * it. The module knows labels, not what they mean.
 */
static int lease(struct command *c)
{
	char label[ATTACHMENT_BYTES];
	struct vfl_lease_req req = { .pf = c->conf.pf,
				     .vf_index = -1,
				     .label = label,
				     .tuning = c->conf.tuning };
	struct vfl *h = command_module(&c->failure);
	int ret;

	if (!h)
		return -1;
	attachment_label(c->conf.name, c->env.container, c->env.ifname, label);
	ret = refuse_second(c, h, label);
	if (ret == 0)
		ret = keeper_start(&c->keeper, &req, c->env.netns, &c->failure);
	if (ret == 0)
		ret = refuse_second(c, h, label);
	vfl_close(h);
	return ret;
}

/* The node is new with each lease, and goes away with it. */
static int give_node(struct command *c)
{
	uid_t user = (uid_t)c->conf.user;
	char node[32];

	if (c->conf.user == NETCONF_NO_USER)
		return 0;
	snprintf(node, sizeof(node), "/dev/vfio/%u",
		 c->keeper.lease.iommu_group);
	if (chown(node, user, user) == 0)
		return 0;
	return failure_set(&c->failure, FAILURE_IO, "user: %s: %s", node,
			   strerror(errno));
}

/* For the pod's own eyes: Multus shows what is in this file as an annotation. */
static int describe(struct command *c)
{
	json_t *info;
	int err;

	if (!c->conf.device_info)
		return 0;
	info = json_pack("{s:s, s:s, s:{s:s, s:s}}", "type", "pci", "version",
			 "1.1.0", "pci", "pci-address", c->keeper.lease.vf,
			 "pf-pci-address", c->keeper.lease.pf);
	err = json_dump_file(info, c->conf.device_info, 0);
	json_decref(info);
	if (err == 0)
		return 0;
	return failure_set(&c->failure, FAILURE_IO, "cannot write %s: %s",
			   c->conf.device_info, strerror(errno));
}

/* A plugin that refused may have done something all the same: DEL undoes it. */
static int addresses(struct command *c, json_t **ipam)
{
	struct failure ignored;

	*ipam = NULL;
	if (!c->conf.ipam ||
	    ipam_run(&c->conf, c->env.path, "ADD", ipam, &c->failure) == 0)
		return 0;
	ipam_pass_on(&c->conf, c->env.path, "DEL", &ignored);
	return -1;
}

int command_add(struct command *c)
{
	json_t *ipam;

	if (lease(c) < 0 || give_node(c) < 0 || describe(c) < 0 ||
	    addresses(c, &ipam) < 0)
		return -1;
	c->answer = answer_result(&c->conf, &c->env, &c->keeper.lease, ipam);
	json_decref(ipam);
	return 0;
}
