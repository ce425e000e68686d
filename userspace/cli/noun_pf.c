// SPDX-License-Identifier: BSD-3-Clause
/* noun_pf.c - physical functions and the pools of VFs made from them */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "module.h"
#include "table.h"

static const struct column columns[] = {
	{ "PF", "bdf", UNIT_NONE, NULL },
	{ "DRIVER", "driver", UNIT_NONE, NULL },
	{ "STATE", "state", UNIT_NONE, NULL },
	{ "MAX", "total_vfs", UNIT_NONE, NULL },
	{ "VFS", "num_vfs", UNIT_NONE, NULL },
	{ "FREE", "free_vfs", UNIT_NONE, NULL },
	{ "LEASED", "leased_vfs", UNIT_NONE, NULL },
	{ "QUARANTINED", "quarantined_vfs", UNIT_NONE, NULL },
	{ NULL, NULL, UNIT_NONE, NULL },
};

/* Takes over the reference to list. */
static enum cli_status print(const struct cli *cli, json_t *list)
{
	if (cli->json)
		cli_print_json(list);
	else
		table_print(columns, list, "no PF with SR-IOV on this host");
	json_decref(list);
	return CLI_DONE;
}

static enum cli_status show_one(const struct cli *cli, struct vfl *h,
				const char *bdf)
{
	json_t *list = json_array(), *one;
	struct vfl_pf pf;
	int err = vfl_pf_get(h, bdf, &pf);

	if (err < 0) {
		json_decref(list);
		return module_refused(cli, h, err);
	}
	vfl_close(h);
	one = module_pf_json(&pf);
	json_array_append_new(list, one);
	if (cli->json)
		return print(cli, list);
	table_print_any(one);
	json_decref(list);
	return CLI_DONE;
}

static enum cli_status show(struct cli *cli)
{
	const char *bdf = args_get(&cli->args, "BDF");
	struct vfl *h = module_open(cli);
	struct vfl_pf *pfs;
	json_t *list;
	size_t n;
	int err;

	if (!h)
		return CLI_FAILED;
	if (bdf)
		return show_one(cli, h, bdf);
	err = vfl_pf_list(h, &pfs, &n);
	if (err < 0)
		return module_refused(cli, h, err);
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, module_pf_json(&pfs[i]));
	free(pfs);
	vfl_close(h);
	return print(cli, list);
}

/* The module cannot put a number into its sentence; people want it. */
static enum cli_status refused(const struct cli *cli, struct vfl *h,
			       const char *bdf, int err)
{
	enum cli_status status;
	struct vfl_pf pf;
	char text[64];

	if (err != -ERANGE || vfl_pf_get(h, bdf, &pf) < 0)
		return module_refused(cli, h, err);
	snprintf(text, sizeof(text), "device supports %u", pf.total_vfs);
	status = cli_fail_errno(cli, err, text);
	vfl_close(h);
	return status;
}

static enum vfl_policy policy_of(const char *word)
{
	enum vfl_policy policy = VFL_POLICY_PARKED;

	while (strcmp(vfl_policy_name(policy), word) != 0)
		policy++;
	return policy;
}

/* Reads a number over `*value` and sets its bit; false: it is none in these bounds. */
static bool number(const struct args *args, const char *name, uint32_t min,
		   uint32_t max, uint32_t bit, struct vfl_pf_change *c,
		   uint32_t *value)
{
	const char *text = args_get(args, name);
	unsigned long n;

	if (!text)
		return true;
	if (!module_number(text, max, &n) || n < min)
		return false;
	*value = n;
	c->set |= bit;
	return true;
}

/* Returns a sentence about the first argument that is wrong, NULL when all are well. */
static const char *parse_change(const struct args *args,
				struct vfl_pf_change *c)
{
	const char *policy = args_get(args, "policy");
	const char *guard = args_get(args, "guard");

	if (!number(args, "vfs", 0, UINT32_MAX, VFL_PF_CHANGE_VFS, c,
		    &c->num_vfs))
		return "N is a number of VFs";
	if (!number(args, "drain-timeout", 0, VFL_DRAIN_TIMEOUT_MAX_MS,
		    VFL_PF_CHANGE_DRAIN_TIMEOUT, c, &c->drain_timeout_ms))
		return "a drain timeout is 0 (none) to 64000 ms";
	if (!number(args, "drain-poll", VFL_DRAIN_POLL_MIN_MS,
		    VFL_DRAIN_POLL_MAX_MS, VFL_PF_CHANGE_DRAIN_POLL, c,
		    &c->drain_poll_ms))
		return "a drain poll interval is 10 to 1000 ms";
	if (policy) {
		c->policy = policy_of(policy);
		c->set |= VFL_PF_CHANGE_POLICY;
	}
	if (guard) {
		c->guard = !strcmp(guard, "on");
		c->set |= VFL_PF_CHANGE_GUARD;
	}
	return c->set ? NULL : "a setting is missing";
}

static enum cli_status set(struct cli *cli)
{
	const char *bdf = args_get(&cli->args, "BDF"), *wrong;
	struct vfl_pf_change change = { 0 };
	struct vfl *h;
	int err;

	wrong = parse_change(&cli->args, &change);
	if (wrong)
		return cli_usage(cli, wrong);
	h = module_open(cli);
	if (!h)
		return CLI_FAILED;
	err = vfl_pf_set(h, bdf, &change);
	if (err < 0)
		return refused(cli, h, bdf, err);
	return show_one(cli, h, bdf);
}

static const struct verb verbs[] = {
	{ "show", "[BDF]", "show PFs",
	  "PFs that can have VFs, and how many of these are free", show, NULL },
	{ "set",
	  "BDF [vfs N] [policy parked|vfio|native] [guard on|off] "
	  "[drain-timeout MS] [drain-poll MS]",
	  "set {vfs? VFs on }{BDF}",
	  "make a pool of N VFs, adopt the present ones, or remove all (0)",
	  set, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_pf = { "pf", "physical functions and their VF pools",
			      verbs };
