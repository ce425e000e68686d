// SPDX-License-Identifier: BSD-3-Clause
/* noun_nat.c - address translation on the host and in the engines */
#include "cli.h"
#include "client.h"
#include "table.h"

static const struct column columns[] = {
	{ "TABLE", "table", UNIT_NONE, NULL },
	{ "DIRECTION", "direction", UNIT_NONE, NULL },
	{ "PROTOCOL", "protocol", UNIT_NONE, NULL },
	{ "FROM", "from", UNIT_NONE, NULL },
	{ "TO", "to", UNIT_NONE, NULL },
	{ "ORIGIN", "origin", UNIT_NONE, NULL },
	{ NULL, NULL, UNIT_NONE, NULL },
};

static void print(const json_t *list)
{
	table_print(columns, list, "no address is translated");
}

static const struct verb verbs[] = {
	{ "show", "[host|engine]", "show rules",
	  "rules, and whose table they are in", client_run, print },
	{ "add", "tcp|udp HOST to CONTAINER", "lead {HOST} to {CONTAINER}",
	  "have a port of the host lead to a service in a container",
	  client_run, print },
	{ "remove", "tcp|udp HOST", "remove the rule for {HOST}",
	  "take back what 'nat add' has done", client_run, print },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_nat = { "nat",
			       "ports of the host that lead to containers",
			       verbs };
