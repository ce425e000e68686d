// SPDX-License-Identifier: BSD-3-Clause
/* histogram.c - how long things took: log-linear buckets, 6 % wide */
#include "histogram.h"

#define SUB_BITS 4

_Static_assert(1 << SUB_BITS == HISTOGRAM_SUB,
	       "sub-buckets are a power of two");

static unsigned bucket_of(uint64_t us)
{
	unsigned shift;

	if (us < HISTOGRAM_SUB)
		return us;
	shift = 63 - __builtin_clzll(us) - SUB_BITS;
	if (shift > 31)
		return HISTOGRAM_BUCKETS - 1;
	return (shift + 1) * HISTOGRAM_SUB + (us >> shift) - HISTOGRAM_SUB;
}

static uint64_t upper_edge(unsigned bucket)
{
	unsigned shift;

	if (bucket < HISTOGRAM_SUB)
		return bucket;
	shift = bucket / HISTOGRAM_SUB - 1;
	return ((uint64_t)(HISTOGRAM_SUB + bucket % HISTOGRAM_SUB + 1)
		<< shift) -
	       1;
}

void histogram_add(struct histogram *h, uint64_t us)
{
	h->counts[bucket_of(us)]++;
	h->n++;
	if (us > h->max_us)
		h->max_us = us;
}

uint64_t histogram_percentile(const struct histogram *h, double percent)
{
	uint64_t wanted = h->n * percent / 100, seen = 0;

	if (!h->n)
		return 0;
	if (!wanted)
		wanted = 1;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->counts[i];
		if (seen >= wanted) {
			uint64_t edge = upper_edge(i);

			return edge < h->max_us ? edge : h->max_us;
		}
	}
	return h->max_us;
}
