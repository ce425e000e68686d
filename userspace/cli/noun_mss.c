// SPDX-License-Identifier: BSD-3-Clause
/* noun_mss.c - the MSS in force, the rule that set it, and why */
#include <stdio.h>

#include "cli.h"
#include "client.h"
#include "table.h"

/* What the rule went by, in its order: "port 9216, vlan 1400, profile 1300". */
static void why_cell(const json_t *row, char *out, size_t bytes)
{
	static const struct {
		const char *key, *word;
	} inputs[] = {
		{ "inputs.interface_mtu", "port mtu" },
		{ "inputs.vlan_mtu", "vlan mtu" },
		{ "inputs.vlan_mss", "vlan mss" },
		{ "inputs.profile_mss", "profile" },
		{ "inputs.learned_mss", "learned" },
	};
	size_t n = 0;

	snprintf(out, bytes, "-");
	for (size_t i = 0; i < sizeof(inputs) / sizeof(*inputs); i++) {
		const json_t *v = table_value(row, inputs[i].key);

		if (v && n < bytes)
			n += snprintf(out + n, bytes - n,
				      "%s%s %" JSON_INTEGER_FORMAT,
				      n ? ", " : "", inputs[i].word,
				      json_integer_value(v));
	}
}

static const struct column columns[] = {
	{ "SERVICE", "service", UNIT_NONE, NULL },
	{ "SIDE", "side", UNIT_NONE, NULL },
	{ "FAMILY", "family", UNIT_NONE, NULL },
	{ "VLAN", "inputs.vlan", UNIT_NONE, NULL },
	{ "MSS", "mss", UNIT_NONE, NULL },
	{ "RULE", "rule", UNIT_NONE, NULL },
	{ "FROM", NULL, UNIT_NONE, why_cell },
	{ NULL, NULL, UNIT_NONE, NULL },
};

static const struct column rules[] = {
	{ "SERVICE", "service", UNIT_NONE, NULL },
	{ "SIDE", "side", UNIT_NONE, NULL },
	{ "RULE", "rule", UNIT_NONE, NULL },
	{ "CLAMPED", "clamped", UNIT_COUNT, NULL },
	{ "UNTOUCHED", "untouched", UNIT_COUNT, NULL },
	{ "INSERTED", "inserted", UNIT_COUNT, NULL },
	{ "MALFORMED", "malformed", UNIT_COUNT, NULL },
	{ NULL, NULL, UNIT_NONE, NULL },
};

/* One list of what each rule did, with service and side. */
static json_t *by_rule(const json_t *list)
{
	json_t *all = json_array(), *row, *rule;
	size_t i, k;

	json_array_foreach(list, i, row) {
		json_array_foreach(json_object_get(row, "by_rule"), k, rule) {
			json_t *line = json_copy(rule);

			json_object_set(line, "service",
					json_object_get(row, "service"));
			json_object_set(line, "side",
					json_object_get(row, "side"));
			json_array_append_new(all, line);
		}
	}
	return all;
}

static void print(const json_t *list)
{
	json_t *all = by_rule(list);

	table_print(columns, list, "no services");
	if (json_array_size(all)) {
		putchar('\n');
		table_print(rules, all, "");
	}
	json_decref(all);
}

static const struct verb verbs[] = {
	{ "show", "[SERVICE]", "show the MSS",
	  "largest TCP segment, in bytes, per side and family, and why",
	  client_run, print },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_mss = { "mss", "maximum segment size", verbs };
