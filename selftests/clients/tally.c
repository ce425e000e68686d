// SPDX-License-Identifier: BSD-3-Clause
/* tally.c - what became of many requests: counts, latency, failures by reason */
#include "tally.h"

#include <string.h>

void tally_add(struct tally *t, const struct http_result *r, uint64_t stall_us)
{
	t->bytes += r->bytes;
	t->failures[r->failure]++;
	if (r->failure)
		return;
	t->ok++;
	histogram_add(&t->latency, r->latency_us);
	tally_wait(t, r->latency_us);
	if (r->latency_us > stall_us)
		t->stalls++;
}

void tally_wait(struct tally *t, uint64_t waiting_us)
{
	if (waiting_us > t->stall_max_us)
		t->stall_max_us = waiting_us;
}

uint64_t tally_failed(const struct tally *t)
{
	uint64_t sum = 0;

	for (unsigned i = HTTP_OK + 1; i < HTTP_FAILURE_COUNT; i++)
		sum += t->failures[i];
	return sum;
}

void tally_write(const struct tally *t, FILE *out)
{
	fprintf(out,
		"\"ok\":%lu,\"failed\":%lu,\"bytes\":%lu,\"p50_us\":%lu,"
		"\"p99_us\":%lu,\"max_us\":%lu,\"longest_stall_ms\":%lu,"
		"\"stalls\":%lu,\"resets\":%lu,\"skipped\":%lu",
		t->ok, tally_failed(t), t->bytes,
		histogram_percentile(&t->latency, 50),
		histogram_percentile(&t->latency, 99), t->latency.max_us,
		t->stall_max_us / 1000, t->stalls,
		t->failures[HTTP_FAILED_reset], t->skipped);
}

void tally_write_failures(const struct tally *t, FILE *out)
{
	const char *comma = "";

	fprintf(out, "\"failures\":{");
	for (unsigned i = HTTP_OK + 1; i < HTTP_FAILURE_COUNT; i++) {
		if (!t->failures[i])
			continue;
		fprintf(out, "%s\"%s\":%lu", comma, http_failure_names[i],
			t->failures[i]);
		comma = ",";
	}
	fputc('}', out);
}

void bodies_add(struct bodies *b, const char *text)
{
	unsigned i;

	for (i = 0; i < b->n; i++)
		if (!strcmp(b->body[i].text, text))
			break;
	if (i == BODIES_MAX)
		return;
	if (i == b->n) {
		snprintf(b->body[i].text, sizeof(b->body[i].text), "%s", text);
		b->n++;
	}
	b->body[i].n++;
}

void bodies_write(const struct bodies *b, FILE *out)
{
	fprintf(out, "\"bodies\":{");
	for (unsigned i = 0; i < b->n; i++)
		fprintf(out, "%s\"%s\":%lu", i ? "," : "", b->body[i].text,
			b->body[i].n);
	fputc('}', out);
}
