// SPDX-License-Identifier: BSD-3-Clause
/* table.c - JSON as columns of text */
#include "table.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_MAX 24
#define GAP	    2 /* spaces between columns */

struct layout {
	const struct column *columns;
	size_t n;
	size_t widths[COLUMNS_MAX];
	bool right[COLUMNS_MAX]; /* numbers stand on the right */
	size_t edge; /* of the terminal; 0: none */
};

const json_t *table_value(const json_t *row, const char *key)
{
	const json_t *value = row;
	char part[64];

	while (*key) {
		size_t n = strcspn(key, ".");

		snprintf(part, sizeof(part), "%.*s", (int)n, key);
		value = json_object_get(value, part);
		key += n + (key[n] == '.');
	}
	return json_is_null(value) ? NULL : value;
}

/* Labels and sentences come from elsewhere: no control character may reach a
 * terminal.
 */
static void defuse(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
	}
}

void table_cell(const json_t *value, enum unit unit, char *out, size_t bytes)
{
	char *text;

	if (!value || (json_is_string(value) && !json_string_length(value)))
		snprintf(out, bytes, "-");
	else if (json_is_string(value))
		snprintf(out, bytes, "%s", json_string_value(value));
	else if (json_is_boolean(value))
		snprintf(out, bytes, "%s", json_is_true(value) ? "on" : "off");
	else if (json_is_integer(value) && unit == UNIT_NONE)
		snprintf(out, bytes, "%lld",
			 (long long)json_integer_value(value));
	else if (json_is_number(value))
		unit_print(unit, json_number_value(value), out, bytes);
	else {
		text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		snprintf(out, bytes, "%s", text ? text : "?");
		free(text);
	}
	defuse(out);
}

static void write_cell(const struct column *c, const json_t *row, char *out)
{
	if (c->cell) {
		c->cell(row, out, CELL_BYTES);
		defuse(out);
	} else {
		table_cell(table_value(row, c->key), c->unit, out, CELL_BYTES);
	}
}

static size_t terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return 0;
	return size.ws_col;
}

static void measure(struct layout *l, const json_t *rows)
{
	char text[CELL_BYTES];
	const json_t *row;
	size_t i, c;

	while (l->n < COLUMNS_MAX && l->columns[l->n].title) {
		l->widths[l->n] = strlen(l->columns[l->n].title);
		l->n++;
	}
	json_array_foreach(rows, i, row) {
		for (c = 0; c < l->n; c++) {
			const char *key = l->columns[c].key;
			size_t width;

			write_cell(&l->columns[c], row, text);
			width = strlen(text);
			if (width > l->widths[c])
				l->widths[c] = width;
			if (key && json_is_number(table_value(row, key)))
				l->right[c] = true;
		}
	}
	l->edge = terminal_width();
}

/* Prints one cell; the last one of a row is not padded. Returns the column behind. */
static size_t put_cell(const struct layout *l, size_t c, size_t at,
		       const char *text)
{
	int width = l->widths[c], room = CELL_BYTES;
	bool last = c + 1 == l->n;

	if (last && l->edge > at + strlen(l->columns[c].title))
		room = l->edge - at;
	if (l->right[c])
		printf("%*s", width, text);
	else if (last)
		printf("%.*s", room, text);
	else
		printf("%-*s", width, text);
	if (last)
		putchar('\n');
	else
		printf("%*s", GAP, "");
	return at + width + GAP;
}

void table_print(const struct column *columns, const json_t *rows,
		 const char *none)
{
	struct layout l = { .columns = columns };
	char text[CELL_BYTES];
	const json_t *row;
	size_t i, c, at;

	if (!json_array_size(rows)) {
		puts(none);
		return;
	}
	measure(&l, rows);
	for (c = 0, at = 0; c < l.n; c++)
		at = put_cell(&l, c, at, columns[c].title);
	json_array_foreach(rows, i, row) {
		for (c = 0, at = 0; c < l.n; c++) {
			write_cell(&columns[c], row, text);
			at = put_cell(&l, c, at, text);
		}
	}
}

static void print_object(const json_t *object)
{
	char text[CELL_BYTES];
	const char *key;
	json_t *value;
	int width = 0;

	json_object_foreach((json_t *)object, key, value) {
		int length = strlen(key);

		width = length > width ? length : width;
	}
	json_object_foreach((json_t *)object, key, value) {
		table_cell(json_is_null(value) ? NULL : value, UNIT_NONE, text,
			   sizeof(text));
		printf("%-*s  %s\n", width, key, text);
	}
}

static void print_array(const json_t *rows)
{
	struct column columns[COLUMNS_MAX + 1] = { { NULL } };
	json_t *first = json_array_get(rows, 0), *value;
	const char *key;
	size_t n = 0;

	json_object_foreach(first, key, value) {
		if (n < COLUMNS_MAX)
			columns[n++] =
				(struct column){ .title = key, .key = key };
	}
	table_print(columns, rows, "none");
}

void table_print_any(const json_t *value)
{
	char text[CELL_BYTES];

	if (json_is_object(value)) {
		print_object(value);
	} else if (json_is_object(json_array_get(value, 0)) ||
		   (json_is_array(value) && !json_array_size(value))) {
		print_array(value);
	} else if (json_is_string(value)) {
		puts(json_string_value(value));
	} else if (!json_is_null(value) && !json_is_true(value)) {
		table_cell(value, UNIT_NONE, text, sizeof(text));
		puts(text);
	}
}
