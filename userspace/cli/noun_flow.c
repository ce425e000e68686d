// SPDX-License-Identifier: BSD-3-Clause
/* noun_flow.c - connections in the flow store */
#include "cli.h"
#include "client.h"

static const struct verb verbs[] = {
	{ "show", "[service NAME] [client ADDR]", "show flows",
	  "flows, of one service or client if wanted", client_run, NULL },
	{ "count", "", "count flows", "number of flows and room for them",
	  client_run, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_flow = { "flow", "connections", verbs };
