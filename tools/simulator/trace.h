/* SPDX-License-Identifier: BSD-3-Clause */
/* trace.h - a load over time, from a CSV file */
#ifndef SIMULATOR_TRACE_H
#define SIMULATOR_TRACE_H

#include <stddef.h>

/* The load of the whole fleet at one time. */
struct load {
	double pps; /* packets per second */
	double connections_per_s; /* new ones */
	double connections; /* open */
};

struct trace_row {
	double seconds;
	struct load load;
};

struct trace {
	struct trace_row *rows;
	size_t n;
	size_t at; /* row of the last look */
};

/*
 * Reads a file: a first line "seconds,pps,connections_per_s,connections", then rows of
 * four numbers, seconds rising from 0. Lines that begin with # do not count. 0, or -1
 * with a sentence in err. trace_free() frees the rows.
 */
int trace_read(struct trace *trace, const char *path, char *err,
	       size_t err_bytes);
void trace_free(struct trace *trace);

double trace_seconds(const struct trace *trace);

/* The load at a time, on the straight line between two rows. Times may not go back. */
struct load trace_at(struct trace *trace, double seconds);

#endif
