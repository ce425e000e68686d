// SPDX-License-Identifier: BSD-3-Clause
/* noun_stats.c - every counter and drop of every engine */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "client.h"
#include "table.h"

/* Engines beside each other, so that a line stays within 80 columns. */
#define ENGINES_MAX 4

/* One row: the name, a value per engine ("0", "1", ...), their sum. */
static json_t *make_row(const char *name, const json_t *engines, size_t from,
			size_t to, bool drop)
{
	json_t *row =
		json_pack("{s:o}", "name",
			  json_sprintf("%s%s", drop ? "drop " : "", name));
	const json_t *engine;
	json_int_t sum = 0;
	char key[24];
	size_t i;

	json_array_foreach(engines, i, engine) {
		const json_t *c = json_object_get(engine, "counters");
		const json_t *from_json = drop ? json_object_get(c, "drops") :
						 c;
		json_int_t n =
			json_integer_value(json_object_get(from_json, name));

		sum += n;
		snprintf(key, sizeof(key), "%zu", i - from);
		if (i >= from && i < to)
			json_object_set_new(row, key, json_integer(n));
	}
	json_object_set_new(row, "sum", json_integer(sum));
	return row;
}

/* All rows; a drop that never happened is left out. */
static json_t *make_rows(const json_t *engines, size_t from, size_t to)
{
	json_t *first = json_object_get(json_array_get(engines, 0), "counters");
	json_t *rows = json_array(), *value, *row;
	const char *name;

	json_object_foreach(first, name, value) {
		if (json_is_integer(value))
			json_array_append_new(rows, make_row(name, engines,
							     from, to, false));
	}
	json_object_foreach(json_object_get(first, "drops"), name, value) {
		row = make_row(name, engines, from, to, true);
		if (json_integer_value(json_object_get(row, "sum")))
			json_array_append_new(rows, row);
		else
			json_decref(row);
	}
	return rows;
}

/* A table of up to ENGINES_MAX engines. */
static void print_some(const json_t *engines, size_t from, size_t to)
{
	static const char *const keys[ENGINES_MAX] = { "0", "1", "2", "3" };
	struct column columns[ENGINES_MAX + 3] = { { "COUNTER", "name",
						     UNIT_NONE, NULL } };
	char titles[ENGINES_MAX][24];
	json_t *rows = make_rows(engines, from, to);
	size_t n = 1;

	for (size_t i = from; i < to; i++) {
		const json_t *engine = json_array_get(engines, i);
		char *title = titles[i - from];

		snprintf(title, sizeof(titles[0]), "ENGINE %lld",
			 (long long)json_integer_value(
				 json_object_get(engine, "id")));
		columns[n++] = (struct column){ .title = title,
						.key = keys[i - from] };
	}
	columns[n++] = (struct column){ .title = "ALL", .key = "sum" };
	table_print(columns, rows, "no engines");
	json_decref(rows);
}

static void print(const json_t *result)
{
	const json_t *engines = json_object_get(result, "engines");
	size_t n = json_array_size(engines), from = 0;

	do {
		size_t to = from + ENGINES_MAX < n ? from + ENGINES_MAX : n;

		if (from)
			putchar('\n');
		print_some(engines, from, to);
		from = to;
	} while (from < n);
}

static const struct verb verbs[] = {
	{ "show", "", "show counters", "every counter and drop per engine",
	  client_run, print },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_stats = { "stats", "counters and drops", verbs };
