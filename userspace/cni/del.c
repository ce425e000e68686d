// SPDX-License-Identifier: BSD-3-Clause
/* del.c - DEL and GC: VFs go back */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "attachment.h"
#include "command.h"
#include "ipam.h"

/* Revokes the leases that are stale. Without the module there is no lease. */
static int give_back(bool (*stale)(const char *label, const void *arg),
		     const void *arg, struct failure *f)
{
	struct vfl *h = command_module(f);
	int ret;

	if (!h)
		return errno == ENOENT ? 0 : -1;
	ret = attachment_revoke(h, stale, arg, f);
	vfl_close(h);
	return ret;
}

static bool is_label(const char *label, const void *arg)
{
	return !strcmp(label, arg);
}

/* The VF first: whatever happens to the address, it is the pod's no more. */
int command_del(struct command *c)
{
	char label[ATTACHMENT_BYTES];
	struct failure f = { 0 };
	int ret;

	attachment_label(c->conf.name, c->env.container, c->env.ifname, label);
	ret = give_back(is_label, label, &f);
	if (c->conf.device_info)
		unlink(c->conf.device_info);
	if (ipam_pass_on(&c->conf, c->env.path, "DEL", &c->failure) < 0)
		return -1;
	if (ret < 0)
		c->failure = f;
	return ret;
}

struct attachments {
	const char *network;
	const json_t *labels; /* of those that are valid, as keys */
};

static bool is_stale(const char *label, const void *arg)
{
	const struct attachments *a = arg;

	return attachment_is_of(label, a->network) &&
	       !json_object_get(a->labels, label);
}

/* Labels of what the runtime lists; NULL: it lists nothing that can be trusted. */
static json_t *valid_labels(const struct command *c)
{
	const json_t *list =
		json_object_get(c->conf.json, "cni.dev/valid-attachments");
	json_t *labels = json_is_array(list) ? json_object() : NULL;
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		const char *container =
			json_string_value(json_object_get(one, "containerID"));
		const char *ifname =
			json_string_value(json_object_get(one, "ifname"));
		char label[ATTACHMENT_BYTES];

		if (!container || !ifname) {
			json_decref(labels);
			return NULL;
		}
		attachment_label(c->conf.name, container, ifname, label);
		json_object_set_new(labels, label, json_true());
	}
	return labels;
}

int command_gc(struct command *c)
{
	json_t *labels = valid_labels(c);
	struct attachments a = { c->conf.name, labels };
	struct failure f = { 0 };
	int ret;

	if (!labels)
		return failure_set(
			&c->failure, FAILURE_CONFIG,
			"cni.dev/valid-attachments: missing, or not a list of objects with containerID and ifname");
	ret = give_back(is_stale, &a, &f);
	json_decref(labels);
	if (ipam_pass_on(&c->conf, c->env.path, "GC", &c->failure) < 0)
		return -1;
	if (ret < 0)
		c->failure = f;
	return ret;
}
