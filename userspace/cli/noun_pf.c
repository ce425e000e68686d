// SPDX-License-Identifier: BSD-3-Clause
/* noun_pf.c - physical functions and the pools of VFs made from them */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

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
	json_t *list = json_array();
	struct vfl_pf pf;
	int err = vfl_pf_get(h, bdf, &pf);

	if (err < 0) {
		json_decref(list);
		return module_refused(cli, h, err);
	}
	json_array_append_new(list, module_pf_json(&pf));
	vfl_close(h);
	return print(cli, list);
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

static enum cli_status set(struct cli *cli)
{
	const char *bdf = args_get(&cli->args, "BDF");
	struct vfl *h = module_open(cli);
	int err;

	if (!h)
		return CLI_FAILED;
	err = vfl_pf_set_vfs(h, bdf,
			     strtoul(args_get(&cli->args, "N"), NULL, 10));
	if (err < 0)
		return refused(cli, h, bdf, err);
	return show_one(cli, h, bdf);
}

static const struct verb verbs[] = {
	{ "show", "[BDF]", "show PFs",
	  "PFs that can have VFs, and how many of these are free", show, NULL },
	{ "set", "BDF vfs N", "set {N} VFs on {BDF}",
	  "make a pool of N VFs, adopt the present ones, or remove all (0)",
	  set, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_pf = { "pf", "physical functions and their VF pools",
			      verbs };
