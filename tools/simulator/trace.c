// SPDX-License-Identifier: BSD-3-Clause
/* trace.c - a load over time, from a CSV file */
#include "trace.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TITLES	   "seconds,pps,connections_per_s,connections"
#define ROWS_MAX   1000000
#define LINE_BYTES 256

/* Four numbers, none negative, and nothing else. */
static int parse_row(const char *line, struct trace_row *row)
{
	double v[4];
	char *end;

	for (unsigned i = 0; i < 4; i++) {
		v[i] = strtod(line, &end);
		if (end == line || !isfinite(v[i]) || v[i] < 0 ||
		    *end != (i < 3 ? ',' : '\0'))
			return -1;
		line = end + 1;
	}
	*row = (struct trace_row){ v[0], { v[1], v[2], v[3] } };
	return 0;
}

static int add_row(struct trace *t, const struct trace_row *row)
{
	size_t room = t->n ? t->n : 64;
	struct trace_row *rows = t->rows;

	/* Room doubles whenever the number of rows is a power of two. */
	if (t->n == 0 || (t->n >= 64 && !(t->n & (t->n - 1))))
		rows = realloc(t->rows, 2 * room * sizeof(*rows));
	if (!rows)
		return -1;
	t->rows = rows;
	t->rows[t->n++] = *row;
	return 0;
}

/* What is wrong with a line; NULL: nothing, and it is in the trace. */
static const char *take_line(struct trace *t, char *line, bool *titled)
{
	struct trace_row row;

	line[strcspn(line, "\r\n")] = '\0';
	if (!*line || *line == '#')
		return NULL;
	if (!*titled) {
		*titled = true;
		return strcmp(line, TITLES) ? "expected the titles \"" TITLES
					      "\"" :
					      NULL;
	}
	if (parse_row(line, &row) < 0)
		return "expected four numbers like 60,1000,20,500";
	if (t->n ? row.seconds <= t->rows[t->n - 1].seconds : row.seconds > 0)
		return "expected seconds that rise from 0";
	if (t->n == ROWS_MAX)
		return "expected at most a million rows";
	return add_row(t, &row) < 0 ? "no memory" : NULL;
}

static int read_lines(struct trace *t, FILE *file, const char *path, char *err,
		      size_t err_bytes)
{
	const char *wrong = NULL;
	char line[LINE_BYTES];
	unsigned number = 0;
	bool titled = false;

	while (!wrong && fgets(line, sizeof(line), file)) {
		number++;
		wrong = take_line(t, line, &titled);
	}
	if (!wrong && t->n < 2)
		wrong = "expected at least two rows";
	if (wrong)
		snprintf(err, err_bytes, "%s:%u: %s", path, number, wrong);
	return wrong ? -1 : 0;
}

int trace_read(struct trace *t, const char *path, char *err, size_t err_bytes)
{
	FILE *file = fopen(path, "r");
	int rc;

	*t = (struct trace){ 0 };
	if (!file) {
		snprintf(err, err_bytes, "%s: %s", path, strerror(errno));
		return -1;
	}
	rc = read_lines(t, file, path, err, err_bytes);
	fclose(file);
	if (rc < 0)
		trace_free(t);
	return rc;
}

void trace_free(struct trace *t)
{
	free(t->rows);
	*t = (struct trace){ 0 };
}

double trace_seconds(const struct trace *t)
{
	return t->rows[t->n - 1].seconds;
}

static double between(double a, double b, double part)
{
	return a + (b - a) * part;
}

struct load trace_at(struct trace *t, double seconds)
{
	const struct trace_row *a, *b;
	double part;

	while (t->at + 2 < t->n && t->rows[t->at + 1].seconds <= seconds)
		t->at++;
	a = &t->rows[t->at];
	b = a + 1;
	part = fmin((seconds - a->seconds) / (b->seconds - a->seconds), 1);
	return (struct load){
		between(a->load.pps, b->load.pps, part),
		between(a->load.connections_per_s, b->load.connections_per_s,
			part),
		between(a->load.connections, b->load.connections, part),
	};
}
