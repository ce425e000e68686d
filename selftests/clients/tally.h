/* SPDX-License-Identifier: BSD-3-Clause */
/* tally.h - what became of many requests: counts, latency, failures by reason */
#ifndef CLIENTS_TALLY_H
#define CLIENTS_TALLY_H

#include <stdint.h>
#include <stdio.h>

#include "histogram.h"
#include "http.h"

#define BODIES_MAX 64 /* distinct bodies that are counted */

struct tally {
	uint64_t ok, bytes;
	uint64_t stalls; /* answers that took longer than the stall limit */
	uint64_t skipped; /* requests not made because every connection waited */
	uint64_t failures[HTTP_FAILURE_COUNT];
	uint64_t stall_max_us; /* longest wait, of unfinished requests too */
	struct histogram latency;
};

/* How often each body came: which backend answered. */
struct bodies {
	struct {
		char text[HTTP_BODY_KEPT];
		uint64_t n;
	} body[BODIES_MAX];
	unsigned n;
};

void tally_add(struct tally *t, const struct http_result *r, uint64_t stall_us);

/* Notes a wait that may not have ended yet. */
void tally_wait(struct tally *t, uint64_t waiting_us);

/* Requests that failed, for whatever reason. */
uint64_t tally_failed(const struct tally *t);

/* Writes members of a JSON object, without braces. */
void tally_write(const struct tally *t, FILE *out);
void tally_write_failures(const struct tally *t, FILE *out);

void bodies_add(struct bodies *b, const char *text);
void bodies_write(const struct bodies *b, FILE *out);

#endif
