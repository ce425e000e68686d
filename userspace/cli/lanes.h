/* SPDX-License-Identifier: BSD-3-Clause */
/* lanes.h - one sample of the fleet as a page of text */
#ifndef CLI_LANES_H
#define CLI_LANES_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

struct lanes_style {
	unsigned columns, rows; /* rows 0: as many as it takes */
	bool blocks; /* bars of block characters, not of # */
	bool colours;
};

/*
 * Writes a page: the fleet in one line, a lane per engine with a bar of its load, the
 * busiest services, the newest scale events. sample is {scale, engines, services,
 * events} as vfleetd answered. No line is longer than columns, and there are at most
 * rows of them: services and events share what the engines leave.
 */
void lanes_write(FILE *out, const struct lanes_style *style,
		 const json_t *sample);

#endif
