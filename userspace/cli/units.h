/* SPDX-License-Identifier: BSD-3-Clause */
/* units.h - numbers for people */
#ifndef CLI_UNITS_H
#define CLI_UNITS_H

#include <stddef.h>

enum unit {
	UNIT_NONE, /* text, or a number as it is: "0000:01:00.0", "12" */
	UNIT_COUNT, /* "12", "31.4k" */
	UNIT_PERCENT, /* "42%" */
	UNIT_PPS, /* "1.25 Mpps" */
	UNIT_PER_SECOND, /* "310 /s" */
	UNIT_BPS, /* "2.1 Gbit/s" */
	UNIT_US, /* microseconds: "350 us", "1.2 ms", "3.4 s" */
	UNIT_MS, /* milliseconds: "12 ms", "1.5 s" */
};

/* Writes value in a unit: at most four digits, and exact below 10000. */
void unit_print(enum unit unit, double value, char *out, size_t bytes);

#endif
