// SPDX-License-Identifier: BSD-3-Clause
/* noun_engine.c - packet engines */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "client.h"
#include "noun.h"
#include "table.h"

#define DOMAIN_0 "0000:" /* every PCI address of most hosts begins with it */

/* "vc0 / vs0", "01:10.0 / 02:10.0": client side, server side */
static void ports_cell(const json_t *row, char *out, size_t bytes)
{
	const json_t *port;
	size_t i, at = 0;

	snprintf(out, bytes, "-");
	json_array_foreach(json_object_get(row, "ports"), i, port) {
		const char *name =
			json_string_value(json_object_get(port, "bdf"));

		if (!name)
			name = json_string_value(json_object_get(port, "name"));
		if (name && !strncmp(name, DOMAIN_0, strlen(DOMAIN_0)))
			name += strlen(DOMAIN_0);
		at += snprintf(out + at, bytes - at, "%s%s", at ? " / " : "",
			       name ? name : "-");
		if (at >= bytes)
			return;
	}
}

static const struct column columns[] = {
	{ "ID", "id", UNIT_NONE, NULL },
	{ "PID", "pid", UNIT_NONE, NULL },
	{ "CORE", "core", UNIT_NONE, NULL },
	{ "STATE", "state", UNIT_NONE, NULL },
	{ "SLICES", "slices", UNIT_NONE, NULL },
	{ "BUSY", "busy_pct", UNIT_PERCENT, NULL },
	{ "RX PPS", "rx_pps", UNIT_COUNT, NULL },
	{ "TX PPS", "tx_pps", UNIT_COUNT, NULL },
	{ "FLOWS", "flows", UNIT_COUNT, NULL },
	{ "PORTS", NULL, UNIT_NONE, ports_cell },
	{ NULL, NULL, UNIT_NONE, NULL },
};

static void engine_print(const json_t *engines)
{
	table_print(columns, engines, "no engines");
}

static void print_upgrade(const json_t *result)
{
	printf("%d engines of version %s serve now\n",
	       (int)json_integer_value(json_object_get(result, "replaced")),
	       json_string_value(json_object_get(result, "version")));
}

static const struct verb verbs[] = {
	{ "show", "", "show engines", "load and slices of each engine",
	  client_run, engine_print },
	{ "start", "", "start an engine", "add one engine to the fleet",
	  client_run, scale_print_event },
	{ "stop", "ID|all", "stop engine {ID|all}",
	  "stop one engine once its slices have left it, or the fleet",
	  client_run, scale_print_event },
	{ "upgrade", "[BINARY]", "upgrade engines",
	  "replace every engine by one of another program, with no loss",
	  client_run, print_upgrade },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_engine = { "engine", "packet engines", verbs };
