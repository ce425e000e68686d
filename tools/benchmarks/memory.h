/* SPDX-License-Identifier: BSD-3-Clause */
/* memory.h - memory for a benchmark, in the largest pages there are */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include <stddef.h>

struct memory {
	void *at;
	size_t bytes;
	const char *pages; /* "2 MB huge pages", ... */
};

/* Zeroed and present. Aborts with a sentence when there is none. `small`: use
 * 4 KB pages whatever there is. */
struct memory memory_take(size_t bytes, int small);
void memory_give(struct memory *m);

#endif
