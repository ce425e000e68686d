/* SPDX-License-Identifier: BSD-3-Clause */
/* bench_syn.c - cycles per SYN answered, per ACK that brings a cookie, and to pass */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "connection.h"
#include "flow_table.h"
#include "frame.h"
#include "result.h"
#include "segment.h"
#include "syn.h"
#include "tcp.h"
#include "world.h"

/*
 * What is measured: pkt_parse() and lb_process() on vectors of 64 packets of as
 * many clients, with all options. `answer`: SYN to SYN-ACK. `valid`: ACK with a
 * cookie to the server's SYN, a new flow. `invalid`: ACK with a wrong one.
 * `pass`: SYN to the server's SYN, a new flow without cookies.
 */
#define RUNS	   9
#define VECTORS	   2000 /* per run */
#define SLOW_TICKS 3 /* times the median of a run: somebody else had the core */
#define ROOM	   256
#define HEADROOM   64

enum work { WORK_ANSWER, WORK_VALID, WORK_INVALID, WORK_PASS, WORKS };

static const char *const work_names[WORKS] = { "answer", "valid", "invalid",
					       "pass" };

struct bench {
	struct world w;
	uint8_t family;
	uint8_t room[VECTOR][ROOM];
	struct pkt pkts[VECTOR], *vector[VECTOR];
	struct segment syns[VECTOR], acks[VECTOR];
	uint32_t client; /* number of the next client */
};

static void die(const char *what)
{
	fprintf(stderr, "bench-syn: %s\n", what);
	exit(1);
}

/* Place i of the vector: this segment, from client number n. */
static void put(struct bench *b, unsigned i, uint32_t n,
		const struct segment *s)
{
	struct frame_spec spec = {
		.source = b->family == 4 ? "10.0.3.7" : "fd00::3:7",
		.destination = b->family == 4 ? "10.0.0.100" : "fd00::100",
		.source_port = 1024 + n % 64000,
		.destination_port = 80,
	};
	struct pkt *p = &b->pkts[i];
	struct flow_key k;
	struct frame f;

	frame_make(&f, SIDE_CLIENT, &spec);
	f.pkt.frame[f.pkt.l3 + (b->family == 4 ? 14 : 22)] = n / 64000;
	pkt_parse(&f.pkt, &b->w.hash);
	connection_key(&f.pkt, &k);
	segment_write(&f.pkt, k.addrs, k.ports, s);
	memcpy(f.pkt.frame, "\2\0\0\0\0\1\2\0\0\0\0\x99", 12);
	memcpy(f.pkt.frame + 12, b->family == 4 ? "\x08\x00" : "\x86\xdd", 2);
	memcpy(b->room[i] + HEADROOM, f.pkt.frame, f.pkt.len);
	*p = (struct pkt){ .frame = b->room[i] + HEADROOM,
			   .len = f.pkt.len,
			   .side = SIDE_CLIENT };
	b->vector[i] = p;
}

static uint64_t turn(struct bench *b)
{
	uint64_t start = clock_ticks();

	for (unsigned i = 0; i < VECTOR; i++)
		pkt_parse(b->vector[i], &b->w.hash);
	lb_process(&b->w.lb, b->vector, VECTOR);
	return clock_ticks() - start;
}

static void expect(const struct bench *b, enum verdict verdict)
{
	for (unsigned i = 0; i < VECTOR; i++)
		if (b->pkts[i].verdict != verdict ||
		    (verdict != VERDICT_DROP &&
		     !frame_checksums_ok(&b->pkts[i])))
			die(b->pkts[i].verdict == VERDICT_DROP ?
				    vfl_drop_names[b->pkts[i].reason] :
				    "a packet became what it should not");
}

static void set_mode(struct bench *b, enum syn_mode mode)
{
	b->w.config.n_profiles = 1;
	b->w.config.profiles[0].syn = mode;
	world_reload(&b->w);
}

static void expire_all(struct bench *b)
{
	b->w.lb.now_ms += 100000000;
	for (unsigned slice = 0; slice < FAB_SLICES; slice++)
		lb_sweep(&b->w.lb, slice, UINT32_MAX);
}

/* SYNs of 64 clients, and what each became; NONE: whatever it is. */
static uint64_t ask(struct bench *b, enum verdict verdict)
{
	uint64_t ticks;

	for (unsigned i = 0; i < VECTOR; i++) {
		b->syns[i] = (struct segment){
			.seq = b->client * 7919,
			.window = 64240,
			.flags = TCP_SYN,
			.options = { 1460, 7, true, true, b->client, 0 },
		};
		put(b, i, b->client + i, &b->syns[i]);
	}
	ticks = turn(b);
	if (verdict != VERDICT_NONE)
		expect(b, verdict);
	return ticks;
}

static uint64_t bring(struct bench *b, bool right)
{
	uint64_t ticks;

	for (unsigned i = 0; i < VECTOR; i++) {
		struct segment got;

		segment_read(&b->pkts[i], &got);
		b->acks[i] = (struct segment){
			.seq = b->syns[i].seq + 1,
			.ack = got.seq + 1 + (right ? 0 : 0x1000),
			.window = 502,
			.flags = TCP_ACK,
			.options = { 0, TCP_NO_WSCALE, false, true,
				     b->client + 1, got.options.stamp },
		};
	}
	for (unsigned i = 0; i < VECTOR; i++)
		put(b, i, b->client + i, &b->acks[i]);
	ticks = turn(b);
	expect(b, right ? VERDICT_TX : VERDICT_DROP);
	return ticks;
}

static uint64_t measured(struct bench *b, enum work work)
{
	uint64_t ticks = ask(b, work == WORK_PASS ? VERDICT_TX : VERDICT_REPLY);

	if (work == WORK_VALID || work == WORK_INVALID)
		ticks = bring(b, work == WORK_VALID);
	b->client += VECTOR;
	return ticks;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Ticks per packet over one run, vectors that were interrupted left out. */
static double run(struct bench *b, enum work work)
{
	static uint64_t ticks[VECTORS];
	uint64_t sum = 0;
	unsigned n = 0;

	expire_all(b);
	for (unsigned v = 0; v < VECTORS; v++) {
		ticks[v] = measured(b, work);
		if (v % 500 == 499)
			expire_all(b);
	}
	qsort(ticks, VECTORS, sizeof(*ticks), by_value);
	for (; n < VECTORS && ticks[n] < SLOW_TICKS * ticks[VECTORS / 2]; n++)
		sum += ticks[n];
	return (double)sum / n / VECTOR;
}

static void run_family(uint8_t family, const struct clock_rates *r,
		       unsigned runs, FILE *json)
{
	const struct world_spec spec = {
		.backends = 64, .snats = 2, .flows4 = 65536, .flows6 = 65536
	};
	static struct bench b;
	char name[32];

	b = (struct bench){ .family = family };
	world_init(&b.w, &spec);
	for (unsigned i = 0; i < 4; i++)
		b.w.syn.keys[i / 2][i % 2] = 0x9e3779b97f4a7c15ull * (i + 1);
	set_mode(&b, SYN_PASS);
	for (unsigned i = 0; i < 64; i++) {
		b.client += VECTOR;
		ask(&b, VERDICT_NONE);
		world_resolve(&b.w);
	}
	for (unsigned work = 0; work < WORKS; work++) {
		struct result result = { .bench = "syn",
					 .name = name,
					 .metric = "cycles_per_packet",
					 .unit = "cycles" };

		snprintf(name, sizeof(name), "%s%u", work_names[work], family);
		set_mode(&b, work == WORK_PASS ? SYN_PASS : SYN_PROXY);
		for (unsigned i = 0; i < runs; i++)
			result_add(&result, run(&b, work) * r->core_per_tick);
		result_print(&result, json);
	}
	world_free(&b.w);
}

int main(int argc, char **argv)
{
	struct clock_rates rates;
	unsigned runs = RUNS;
	FILE *json = NULL;

	if (!result_options(argc, argv, &runs, &json))
		return 2;
	rates = clock_measure();
	run_family(4, &rates, runs, json);
	run_family(6, &rates, runs, json);
	return 0;
}
