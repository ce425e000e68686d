/* SPDX-License-Identifier: BSD-3-Clause */
/* clock.h - the time stamp counter, and how fast the core really runs */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdint.h>
#include <x86intrin.h>

struct clock_rates {
	double tsc_hz; /* ticks of rdtsc per second */
	double core_per_tick; /* core cycles per tick, under load */
};

/* Takes about 0.3 s. */
struct clock_rates clock_measure(void);

/* Ticks now; earlier instructions are done, later ones have not begun. */
static inline uint64_t clock_ticks(void)
{
	uint64_t now;

	_mm_lfence();
	now = __rdtsc();
	_mm_lfence();
	return now;
}

#endif
