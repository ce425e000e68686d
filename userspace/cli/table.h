/* SPDX-License-Identifier: BSD-3-Clause */
/* table.h - JSON as columns of text */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stddef.h>

#include <jansson.h>

#include "units.h"

#define CELL_BYTES 256

struct column {
	const char *title;
	const char *key; /* of the row's object; "a.b" looks into an object */
	enum unit unit;
	/* Writes the cell instead of key and unit. */
	void (*cell)(const json_t *row, char *out, size_t bytes);
};

/* Prints an array of objects, one row each; a titleless column ends the list. What is
 * absent or null is a dash. On a terminal the last column is cut at its edge. Says
 * `none` when there are no rows.
 */
void table_print(const struct column *columns, const json_t *rows,
		 const char *none);

/* Prints any JSON: an object as "key  value" lines, an array of objects as a table
 * of its keys, a string as it is, null not at all.
 */
void table_print_any(const json_t *value);

/* Value of a key, "a.b" inside an object; NULL when absent or null. */
const json_t *table_value(const json_t *row, const char *key);

/* Writes a value as a cell. */
void table_cell(const json_t *value, enum unit unit, char *out, size_t bytes);

#endif
