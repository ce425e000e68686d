// SPDX-License-Identifier: BSD-3-Clause
/* noun_pmtu.c - path MTUs the engines have learned */
#include "cli.h"
#include "client.h"
#include "table.h"

static const struct column columns[] = {
	{ "DESTINATION", "destination", UNIT_NONE, NULL },
	{ "SIDE", "side", UNIT_NONE, NULL },
	{ "VLAN", "vlan", UNIT_NONE, NULL },
	{ "MTU", "mtu", UNIT_NONE, NULL },
	{ "AGE S", "age_s", UNIT_NONE, NULL },
	{ "EXPIRES S", "expires_s", UNIT_NONE, NULL },
	{ NULL, NULL, UNIT_NONE, NULL },
};

static void print(const json_t *list)
{
	table_print(columns, list, "no path MTU has been learned");
}

static const struct verb verbs[] = {
	{ "show", "[ADDR]", "show path MTUs",
	  "path MTUs learned from ICMP errors, per destination", client_run,
	  print },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_pmtu = { "pmtu", "learned path MTUs", verbs };
