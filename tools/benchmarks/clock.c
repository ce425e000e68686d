/* SPDX-License-Identifier: BSD-3-Clause */
/* clock.c - the time stamp counter, and how fast the core really runs */
#include <time.h>

#include "clock.h"

#define CHAIN	 1000 /* dependent additions: one core cycle each */
#define ROUNDS	 20 /* short, so that some attempts are not interrupted */
#define ATTEMPTS 10000

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Ticks a chain of dependent additions takes, per addition. */
static double ticks_per_cycle(void)
{
	uint64_t x = 1, y = 3, start = clock_ticks();

	for (unsigned i = 0; i < ROUNDS; i++)
		__asm__ volatile(".rept %c2\n\tadd %1, %0\n\t.endr"
				 : "+r"(x)
				 : "r"(y), "i"(CHAIN));
	return (double)(clock_ticks() - start) / ((double)ROUNDS * CHAIN);
}

struct clock_rates clock_measure(void)
{
	struct clock_rates r;
	double best = 1e9, start;
	uint64_t ticks;

	for (unsigned i = 0; i < ATTEMPTS; i++) {
		double t = ticks_per_cycle();

		if (t < best)
			best = t;
	}
	r.core_per_tick = 1 / best;
	start = seconds();
	ticks = clock_ticks();
	while (seconds() - start < 0.2)
		;
	r.tsc_hz = (clock_ticks() - ticks) / (seconds() - start);
	return r;
}
