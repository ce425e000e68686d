/* SPDX-License-Identifier: BSD-3-Clause */
/* clock.h - the one place that asks for the time */
#ifndef ENGINE_CLOCK_H
#define ENGINE_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC in nanoseconds; no system call. */
uint64_t clock_now_ns(void);

#endif
