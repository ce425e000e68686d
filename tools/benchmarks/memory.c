/* SPDX-License-Identifier: BSD-3-Clause */
/* memory.c - memory for a benchmark, in the largest pages there are */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "memory.h"

#define HUGE_BYTES (2ul << 20)

/* Bytes of the mapping around `at` that the kernel backs with huge pages. */
static size_t huge_bytes_of(const void *at)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long from, to, kb, huge_kb = 0;
	int inside = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = (unsigned long)at >= from &&
				 (unsigned long)at < to;
		if (inside && sscanf(line, "AnonHugePages: %lu", &kb) == 1)
			huge_kb += kb;
	}
	if (f)
		fclose(f);
	return huge_kb * 1024;
}

static void *map(size_t bytes, int flags)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

struct memory memory_take(size_t bytes, int small)
{
	struct memory m = { .bytes = (bytes + HUGE_BYTES - 1) & -HUGE_BYTES };

	if (!small && (m.at = map(m.bytes, MAP_HUGETLB | MAP_POPULATE))) {
		m.pages = "2 MB pages (hugetlbfs)";
		return m;
	}
	m.at = map(m.bytes, 0);
	if (!m.at) {
		fprintf(stderr, "no %zu MB of memory\n", m.bytes >> 20);
		abort();
	}
	madvise(m.at, m.bytes, small ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
	memset(m.at, 0, m.bytes);
	m.pages = huge_bytes_of(m.at) >= m.bytes / 2 ?
			  "2 MB pages (transparent)" :
			  "4 KB pages";
	return m;
}

void memory_give(struct memory *m)
{
	munmap(m->at, m->bytes);
}
