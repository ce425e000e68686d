/* SPDX-License-Identifier: BSD-3-Clause */
/* histogram.h - how long things took: log-linear buckets, 6 % wide */
#ifndef CLIENTS_HISTOGRAM_H
#define CLIENTS_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SUB	  16 /* buckets per power of two */
#define HISTOGRAM_BUCKETS (HISTOGRAM_SUB * 33)

struct histogram {
	uint32_t counts[HISTOGRAM_BUCKETS];
	uint64_t n;
	uint64_t max_us;
};

void histogram_add(struct histogram *h, uint64_t us);

/* Upper edge in microseconds of the bucket that `percent` of the values reach;
 * never above the largest value. 0 when empty.
 */
uint64_t histogram_percentile(const struct histogram *h, double percent);

#endif
