// SPDX-License-Identifier: BSD-3-Clause
/* noun_mss.c - the MSS in force and the rule that set it */
#include "cli.h"
#include "client.h"
#include "table.h"

static const struct column columns[] = {
	{ "SERVICE", "service", UNIT_NONE, NULL },
	{ "SIDE", "side", UNIT_NONE, NULL },
	{ "FAMILY", "family", UNIT_NONE, NULL },
	{ "MSS", "mss", UNIT_NONE, NULL },
	{ "RULE", "rule", UNIT_NONE, NULL },
	{ NULL, NULL, UNIT_NONE, NULL },
};

static void print(const json_t *list)
{
	table_print(columns, list, "no services");
}

static const struct verb verbs[] = {
	{ "show", "[SERVICE]", "show the MSS",
	  "largest TCP segment, in bytes, per side and family", client_run,
	  print },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_mss = { "mss", "maximum segment size", verbs };
