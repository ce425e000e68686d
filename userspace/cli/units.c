// SPDX-License-Identifier: BSD-3-Clause
/* units.c - numbers for people */
#include "units.h"

#include <math.h>
#include <stdio.h>

/* Cuts value to at most four digits and names the power of 1000 it stands for. */
static const char *scale(double *value)
{
	static const char *const prefixes[] = {
		"", "k", "M", "G", "T", "P", "E"
	};
	unsigned i = 0;

	if (fabs(*value) < 10000)
		return "";
	while (fabs(*value) >= 999.5 && i < 6) {
		*value /= 1000;
		i++;
	}
	return prefixes[i];
}

/* Digits behind the point: three figures in all, none for whole numbers. */
static int decimals(double value)
{
	double size = fabs(value);

	if (size == floor(size) || size >= 99.95)
		return 0;
	return size >= 9.995 ? 1 : 2;
}

static void print_scaled(double value, const char *suffix, char *out,
			 size_t bytes)
{
	const char *prefix = scale(&value);

	snprintf(out, bytes, "%.*f%s%s%s", decimals(value), value,
		 *suffix ? " " : "", prefix, suffix);
}

/* Of things that come whole: "6 pps" for 5.98. */
static void print_whole(double value, const char *suffix, char *out,
			size_t bytes)
{
	print_scaled(fabs(value) < 10000 ? round(value) : value, suffix, out,
		     bytes);
}

static void print_time(double us, char *out, size_t bytes)
{
	static const char *const names[] = { "us", "ms", "s" };
	unsigned i = 0;

	while (fabs(us) >= 999.5 && i < 2) {
		us /= 1000;
		i++;
	}
	snprintf(out, bytes, "%.*f %s", decimals(us), us, names[i]);
}

void unit_print(enum unit unit, double value, char *out, size_t bytes)
{
	switch (unit) {
	case UNIT_COUNT:
		print_whole(value, "", out, bytes);
		return;
	case UNIT_PERCENT:
		snprintf(out, bytes, "%.*f%%", value > 0 && value < 9.95,
			 value);
		return;
	case UNIT_PPS:
		print_whole(value, "pps", out, bytes);
		return;
	case UNIT_PER_SECOND:
		print_scaled(value, "/s", out, bytes);
		return;
	case UNIT_BPS:
		print_whole(value, "bit/s", out, bytes);
		return;
	case UNIT_US:
		print_time(value, out, bytes);
		return;
	case UNIT_MS:
		print_time(value * 1000, out, bytes);
		return;
	case UNIT_NONE:
		snprintf(out, bytes, "%g", value);
		return;
	}
}
