// SPDX-License-Identifier: BSD-3-Clause
/* noun_flow.c - connections in the flow store */
#include "cli.h"
#include "client.h"
#include "table.h"

static const struct column columns[] = {
	{ "SERVICE", "service", UNIT_NONE, NULL },
	{ "CLIENT", "client", UNIT_NONE, NULL },
	{ "SNAT", "snat", UNIT_NONE, NULL },
	{ "SERVER", "server", UNIT_NONE, NULL },
	{ "STATE", "state", UNIT_NONE, NULL },
	{ "IDLE", "idle_ms", UNIT_MS, NULL },
	{ NULL, NULL, UNIT_NONE, NULL },
};

static void print(const json_t *flows)
{
	table_print(columns, flows, "no flows");
}

static const struct verb verbs[] = {
	{ "show", "[service NAME] [client ADDR]", "show flows",
	  "flows, of one service or client if wanted", client_run, print },
	{ "count", "", "count flows", "number of flows and room for them",
	  client_run, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_flow = { "flow", "connections", verbs };
