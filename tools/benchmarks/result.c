/* SPDX-License-Identifier: BSD-3-Clause */
/* result.c - figures of several runs, as a table and as JSON lines */
#include <stdlib.h>
#include <unistd.h>

#include "result.h"

void result_add(struct result *r, double value)
{
	if (r->runs < RUNS_MAX)
		r->values[r->runs++] = value;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void result_print(struct result *r, FILE *json)
{
	double low, value, high;

	if (r->runs == 0)
		return;
	qsort(r->values, r->runs, sizeof(r->values[0]), compare);
	low = r->values[0];
	value = r->values[r->runs / 2];
	high = r->values[r->runs - 1];
	printf("%-6s %-14s %-20s %10.1f %-12s (%.1f .. %.1f, %u runs)\n",
	       r->bench, r->name, r->metric, value, r->unit, low, high,
	       r->runs);
	fflush(stdout);
	if (json)
		fprintf(json,
			"{\"bench\": \"%s\", \"case\": \"%s\", "
			"\"metric\": \"%s\", \"value\": %.2f, "
			"\"unit\": \"%s\", \"runs\": %u, \"min\": %.2f, "
			"\"max\": %.2f}\n",
			r->bench, r->name, r->metric, value, r->unit, r->runs,
			low, high);
}

bool result_options(int argc, char **argv, unsigned *runs, FILE **json)
{
	int option;

	while ((option = getopt(argc, argv, "o:r:")) != -1) {
		if (option == 'o' && (*json = fopen(optarg, "a")))
			continue;
		if (option == 'r' && (*runs = atoi(optarg)) > 0 &&
		    *runs <= RUNS_MAX)
			continue;
		fprintf(stderr, "usage: %s [-o JSONL] [-r RUNS]\n", argv[0]);
		return false;
	}
	return true;
}
