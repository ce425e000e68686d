/* SPDX-License-Identifier: BSD-3-Clause */
/* result.h - figures of several runs, as a table and as JSON lines */
#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

#include <stdbool.h>
#include <stdio.h>

#define RUNS_MAX 32

/* Values of one metric, one per run. */
struct result {
	const char *bench, *name, *metric, *unit;
	double values[RUNS_MAX];
	unsigned runs;
};

void result_add(struct result *r, double value);

/* Print the median with its range as a line of a table, and as one JSON object
 * into `json` unless that is NULL. Sorts the values. */
void result_print(struct result *r, FILE *json);

/* The options -o JSONL and -r RUNS of a benchmark: what to append figures to, NULL for
 * nothing, and how often to run. False when something else was said, with the usage
 * on stderr. */
bool result_options(int argc, char **argv, unsigned *runs, FILE **json);

#endif
