// SPDX-License-Identifier: BSD-3-Clause
/* noun_scale.c - the size of the fleet and the ledger of its changes */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "client.h"
#include "noun.h"
#include "table.h"

static void change_cell(const json_t *row, char *out, size_t bytes)
{
	snprintf(out, bytes, "%lld->%lld",
		 (long long)json_integer_value(json_object_get(row, "from")),
		 (long long)json_integer_value(json_object_get(row, "to")));
}

/* Clock of the event, local time; its date is in the JSON. */
static void time_cell(const json_t *row, char *out, size_t bytes)
{
	const json_t *value = json_object_get(row, "time");
	struct tm tm = { 0 };
	time_t when;

	if (json_is_number(value))
		when = json_number_value(value);
	else if (json_is_string(value) &&
		 strptime(json_string_value(value), "%Y-%m-%dT%H:%M:%S", &tm))
		when = timegm(&tm);
	else {
		table_cell(value, UNIT_NONE, out, bytes);
		return;
	}
	strftime(out, bytes, "%H:%M:%S", localtime_r(&when, &tm));
}

/* "operator", "engine 2 died, adopt", "failed: no core left", "..., 2 connections reset" */
static void why_cell(const json_t *row, char *out, size_t bytes)
{
	const char *outcome =
		json_string_value(json_object_get(row, "outcome"));
	const char *handover =
		json_string_value(json_object_get(row, "handover"));
	const char *reason = json_string_value(json_object_get(row, "reason"));
	bool done = !outcome || !strcmp(outcome, "done");
	bool usual = !handover || !strcmp(handover, "migrate");
	long long cut = json_integer_value(json_object_get(row, "cut"));
	int n;

	n = snprintf(out, bytes, "%s%s%s%s%s", done ? "" : outcome,
		     done ? "" : ": ", reason ? reason : "-", usual ? "" : ", ",
		     usual ? "" : handover);
	if (cut && n >= 0 && (size_t)n < bytes)
		snprintf(out + n, bytes - n, ", %lld connections reset", cut);
}

static const struct column log_columns[] = {
	{ "ID", "id", UNIT_NONE, NULL },
	{ "TIME", NULL, UNIT_NONE, time_cell },
	{ "SIZE", NULL, UNIT_NONE, change_cell },
	{ "SLICES", "slices_moved", UNIT_NONE, NULL },
	{ "FLOWS", "flows_moved", UNIT_COUNT, NULL },
	{ "PAUSE", "pause_us", UNIT_US, NULL },
	{ "HELD", "held", UNIT_COUNT, NULL },
	{ "LOST", "lost", UNIT_NONE, NULL },
	{ "REORD", "reordered", UNIT_NONE, NULL },
	{ "TOOK", "duration_ms", UNIT_MS, NULL },
	{ "WHY", NULL, UNIT_NONE, why_cell },
	{ NULL, NULL, UNIT_NONE, NULL },
};

static void print_log(const json_t *events)
{
	table_print(log_columns, events, "no scale events yet");
}

void scale_print_event(const json_t *event)
{
	json_t *list = json_array();

	if (event && !json_is_null(event))
		json_array_append(list, (json_t *)event);
	table_print(log_columns, list, "nothing to change");
	json_decref(list);
}

static const struct verb verbs[] = {
	{ "show", "", "show the size of the fleet",
	  "size, bounds, steering and hand-over", client_run, NULL },
	{ "to", "N", "scale to {N} engines",
	  "change the number of engines; no connection notices", client_run,
	  scale_print_event },
	{ "auto", "on|off", "switch automatic scaling {on|off}",
	  "let the policy decide, or only the operator", client_run, NULL },
	{ "log", "[last N] [after ID] [outcome WORD] [handover WORD]",
	  "show the ledger", "changes of the fleet, oldest first", client_run,
	  print_log },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_scale = { "scale", "size of the fleet", verbs };
