// SPDX-License-Identifier: BSD-3-Clause
/* noun_vf.c - virtual functions: state and settings */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_link.h>

#include "cli.h"
#include "module.h"
#include "table.h"

static const struct column columns[] = {
	{ "VF", "bdf", UNIT_NONE, NULL },
	{ "STATE", "state", UNIT_NONE, NULL },
	{ "DRIVER", "driver", UNIT_NONE, NULL },
	{ "GROUP", "iommu_group", UNIT_NONE, NULL },
	{ "LEASE", "lease_id", UNIT_NONE, NULL },
	{ "MAC", "tuning.mac", UNIT_NONE, NULL },
	{ "VLAN", "tuning.vlan", UNIT_NONE, NULL },
	{ NULL, NULL, UNIT_NONE, NULL },
};

/* Takes over the reference to list. */
static enum cli_status print(const struct cli *cli, json_t *list)
{
	if (cli->json)
		cli_print_json(list);
	else
		table_print(columns, list,
			    "no VFs; make some with 'vfleet pf set BDF vfs N'");
	json_decref(list);
	return CLI_DONE;
}

static enum cli_status show_one(const struct cli *cli, struct vfl *h,
				const char *bdf)
{
	json_t *list = json_array(), *one;
	struct vfl_vf vf;
	int err = vfl_vf_get(h, bdf, &vf);

	if (err < 0) {
		json_decref(list);
		return module_refused(cli, h, err);
	}
	vfl_close(h);
	one = module_vf_json(&vf);
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
	struct vfl_vf *vfs;
	json_t *list;
	size_t n;
	int err;

	if (!h)
		return CLI_FAILED;
	if (bdf)
		return show_one(cli, h, bdf);
	err = vfl_vf_list(h, &vfs, &n);
	if (err < 0)
		return module_refused(cli, h, err);
	list = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, module_vf_json(&vfs[i]));
	free(vfs);
	vfl_close(h);
	return print(cli, list);
}

static bool parse_mac(const char *text, uint8_t *mac)
{
	int end = 0;

	return strlen(text) == 17 &&
	       sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", mac,
		      mac + 1, mac + 2, mac + 3, mac + 4, mac + 5, &end) == 6 &&
	       end == 17;
}

/* Reads the settings on the command line over `t`, what the VF has now. Returns a
 * sentence about the first that is wrong, NULL when all are well.
 */
static const char *parse_tuning(const struct args *args, struct vfl_tuning *t)
{
	const char *mac = args_get(args, "mac"), *vlan = args_get(args, "vlan");
	const char *qos = args_get(args, "qos");
	const char *proto = args_get(args, "vlan-proto");
	const char *rate = args_get(args, "max-rate");
	const char *least = args_get(args, "min-rate");
	const char *spoofchk = args_get(args, "spoofchk");
	const char *trust = args_get(args, "trust"),
		   *link = args_get(args, "link");
	unsigned long vid = t->vlan, priority = t->qos,
		      mbps = t->max_tx_rate_mbps,
		      least_mbps = t->min_tx_rate_mbps;

	if (mac && !parse_mac(mac, t->mac))
		return "MAC is six bytes like 02:00:00:00:0a:10";
	if (vlan && !module_number(vlan, VFL_VLAN_MAX, &vid))
		return "VID is a number from 0 (none) to 4094";
	if (qos && !module_number(qos, VFL_QOS_MAX, &priority))
		return "PRIORITY is a number from 0 to 7";
	if ((rate && !module_number(rate, UINT32_MAX, &mbps)) ||
	    (least && !module_number(least, UINT32_MAX, &least_mbps)))
		return "MBITS is a number of Mbit/s, 0 for no limit";
	t->vlan = vid;
	t->qos = vlan && !vid && !qos ? 0 : priority;
	if (proto)
		t->vlan_proto = !strcmp(proto, "802.1ad") ? 0x88a8 : 0x8100;
	t->max_tx_rate_mbps = mbps;
	t->min_tx_rate_mbps = least_mbps;
	t->spoofchk = spoofchk && !strcmp(spoofchk, "on");
	t->trust = trust && !strcmp(trust, "on");
	t->link_state = IFLA_VF_LINK_STATE_AUTO;
	if (link && strcmp(link, "auto") != 0)
		t->link_state = !strcmp(link, "on") ?
					IFLA_VF_LINK_STATE_ENABLE :
					IFLA_VF_LINK_STATE_DISABLE;
	t->set = (mac ? VFL_TUNE_MAC : 0) |
		 (vlan || qos || proto ? VFL_TUNE_VLAN : 0) |
		 (rate || least ? VFL_TUNE_RATE : 0) |
		 (spoofchk ? VFL_TUNE_SPOOFCHK : 0) |
		 (trust ? VFL_TUNE_TRUST : 0) |
		 (link ? VFL_TUNE_LINK_STATE : 0);
	return t->set ? NULL : "a setting is missing";
}

static enum cli_status set(struct cli *cli)
{
	const char *bdf = args_get(&cli->args, "BDF"), *wrong;
	struct vfl_tuning check = { 0 };
	struct vfl_vf vf;
	struct vfl *h;
	int err;

	wrong = parse_tuning(&cli->args, &check);
	if (wrong)
		return cli_usage(cli, wrong);
	h = module_open(cli);
	if (!h)
		return CLI_FAILED;
	err = vfl_vf_get(h, bdf, &vf);
	if (err < 0)
		return module_refused(cli, h, err);
	/* VLAN and priority, and both rates, travel together: keep the other one */
	parse_tuning(&cli->args, &vf.tuning);
	err = vfl_vf_set(h, bdf, vf.generation, &vf.tuning);
	if (err < 0)
		return module_refused(cli, h, err);
	return show_one(cli, h, bdf);
}

static enum cli_status reset(struct cli *cli)
{
	const char *bdf = args_get(&cli->args, "BDF");
	struct vfl *h = module_open(cli);
	int err;

	if (!h)
		return CLI_FAILED;
	err = vfl_vf_reset(h, bdf, 0);
	if (err < 0)
		return module_refused(cli, h, err);
	return show_one(cli, h, bdf);
}

static const struct verb verbs[] = {
	{ "show", "[BDF]", "show VFs", "state, lease and settings of VFs", show,
	  NULL },
	{ "set",
	  "BDF [mac MAC] [vlan VID] [qos PRIORITY] "
	  "[vlan-proto 802.1Q|802.1ad] [min-rate MBITS] [max-rate MBITS] "
	  "[spoofchk on|off] [trust on|off] [link auto|on|off]",
	  "set {BDF}",
	  "change settings of a leased VF; they end with the lease", set,
	  NULL },
	{ "reset", "BDF", "reset {BDF}",
	  "reset and scrub a free or quarantined VF", reset, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_vf = { "vf", "virtual functions", verbs };
