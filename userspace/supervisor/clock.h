/* SPDX-License-Identifier: BSD-3-Clause */
/* clock.h - the two clocks of the supervisor */
#ifndef SUPERVISOR_CLOCK_H
#define SUPERVISOR_CLOCK_H

#include <stdint.h>
#include <time.h>

/* CLOCK_MONOTONIC in microseconds: what engines use too. */
static inline uint64_t clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* CLOCK_MONOTONIC in seconds, as engines count them. */
static inline uint32_t clock_s(void)
{
	return (uint32_t)(clock_us() / 1000000);
}

/* CLOCK_REALTIME in milliseconds: for people. */
static inline uint64_t clock_wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

#endif
