/* SPDX-License-Identifier: BSD-3-Clause */
/* clock.c - the one place that asks for the time */
#include "clock.h"

#include <time.h>

uint64_t clock_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}
