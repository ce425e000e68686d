/* SPDX-License-Identifier: BSD-3-Clause */
/* owntime.h - a clock that stands still while this machine does
 *
 * An emulated machine gets no time when its host is busy, and its clocks go on.
 */
#ifndef OWNTIME_H
#define OWNTIME_H

#include <stdbool.h>
#include <stdint.h>

/* Starts the clock of this process and of those that it forks later. */
bool owntime_start(void);

/* Microseconds that the machine had since the start, in steps of a few thousand. */
int64_t owntime_us(void);

/* Microseconds of the kernel's clock, which does not stand still. */
int64_t now_us(void);

#endif
