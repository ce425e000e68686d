/* SPDX-License-Identifier: BSD-3-Clause */
/* bench_mss.c - what the MSS clamp costs: nothing on data, little on a SYN */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clamp.h"
#include "clock.h"
#include "frame.h"
#include "result.h"
#include "tcp.h"
#include "world.h"

/*
 * The program is linked with --wrap=tcp_clamp_mss: every call of the packet path
 * comes here, is counted, and is left out when `clamp_off`. So the same binary
 * measures with and without.
 *
 * established   vectors of 64 data packets of open connections; `clamp_calls`
 *               must be 0, which is why the two cycle figures are one
 * lower ...     clamp_first() alone, counters included, on 64 SYNs with the usual
 *               20 bytes of options: option lowered, left, inserted; cycles_added
 *               is the best run with the clamp less the best one without
 *
 * Exit status 1: data called the clamp, or it added SYN_CYCLES or more to a SYN. The
 * best runs are compared, so that a busy machine does not decide.
 */
#define SYN_CYCLES	 60
#define RUNS		 5
#define FLOWS		 1024
#define ROUNDS		 2000 /* vectors per run and case */
#define FRAME_ROOM_BYTES 128
#define INTERRUPTED_US	 100

enum mss_change __real_tcp_clamp_mss(struct pkt *p, uint16_t mss, uint16_t mtu,
				     uint16_t *said);
enum mss_change __wrap_tcp_clamp_mss(struct pkt *p, uint16_t mss, uint16_t mtu,
				     uint16_t *said);

static bool clamp_off;
static unsigned long clamp_calls;

enum mss_change __wrap_tcp_clamp_mss(struct pkt *p, uint16_t mss, uint16_t mtu,
				     uint16_t *said)
{
	clamp_calls++;
	*said = 0;
	return clamp_off ? MSS_KEPT : __real_tcp_clamp_mss(p, mss, mtu, said);
}

/* A frame as it is received; restored before each use. */
struct stored {
	uint8_t bytes[FRAME_ROOM_BYTES];
	uint16_t len;
};

struct bench {
	struct world w;
	struct stored data[FLOWS], syns[VECTOR];
	struct pkt pkts[VECTOR];
	struct pkt *vector[VECTOR];
	uint8_t room[VECTOR][FRAME_HEADROOM + FRAME_ROOM_BYTES];
	double interrupted_ticks;
	struct clock_rates rates;
};

static void die(const char *what)
{
	fprintf(stderr, "bench-mss: %s\n", what);
	exit(1);
}

static void store(struct stored *s, const struct pkt *p)
{
	if (p->len > sizeof(s->bytes))
		die("a frame is too long");
	s->len = p->len;
	memcpy(s->bytes, p->frame, p->len);
}

/* The packet of slot i, as it was received. */
static struct pkt *receive(struct bench *b, unsigned i, const struct stored *s,
			   uint8_t side)
{
	struct pkt *p = &b->pkts[i];

	*p = (struct pkt){ .frame = b->room[i] + FRAME_HEADROOM,
			   .len = s->len,
			   .side = side };
	memcpy(p->frame, s->bytes, s->len);
	b->vector[i] = p;
	return p;
}

static void path(struct bench *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		pkt_parse(b->vector[i], &b->w.hash);
	lb_process(&b->w.lb, b->vector, n);
}

static void client_frame(struct stored *s, unsigned flow, uint8_t flags,
			 const void *options, uint8_t bytes)
{
	struct frame_spec spec = { .source = "10.0.5.5",
				   .destination = "10.0.0.100",
				   .source_port = 1024 + flow,
				   .destination_port = 80,
				   .tcp_flags = flags,
				   .options = options,
				   .options_bytes = bytes };
	struct frame f;

	frame_make(&f, SIDE_CLIENT, &spec);
	store(s, &f.pkt);
}

/* Source and destination the other way round; checksums do not mind. */
static void turn_round(struct pkt *p)
{
	uint8_t *l3 = p->frame + p->l3 + 12, *l4 = p->frame + p->l4, swap[4];

	memcpy(swap, l3, 4);
	memcpy(l3, l3 + 4, 4);
	memcpy(l3 + 4, swap, 4);
	memcpy(swap, l4, 2);
	memcpy(l4, l4 + 2, 2);
	memcpy(l4 + 2, swap, 2);
}

/* SYN, SYN-ACK, ACK; keeps the ACK as the flow's data packet. */
static void establish(struct bench *b, unsigned flow)
{
	struct stored s;
	struct pkt *p;

	client_frame(&s, flow, TCP_SYN, NULL, 0);
	p = receive(b, 0, &s, SIDE_CLIENT);
	path(b, 1);
	if (p->verdict == VERDICT_NEIGH) {
		world_resolve(&b->w);
		p->verdict = VERDICT_TX;
	}
	if (p->verdict != VERDICT_TX)
		die(vfl_drop_names[p->reason]);
	turn_round(p);
	p->frame[p->l4 + 13] = TCP_SYN | TCP_ACK;
	frame_set_l4_checksum(p);
	store(&s, p);
	receive(b, 0, &s, SIDE_SERVER);
	path(b, 1);
	world_resolve(&b->w);
	client_frame(&b->data[flow], flow, TCP_ACK, NULL, 0);
	p = receive(b, 0, &b->data[flow], SIDE_CLIENT);
	path(b, 1);
	if (p->verdict != VERDICT_TX)
		die("a connection did not open");
}

static double established(struct bench *b, bool off)
{
	uint64_t ticks = 0, vectors = 0;

	clamp_off = off;
	for (unsigned v = 0; v < ROUNDS; v++) {
		uint64_t start;

		for (unsigned i = 0; i < VECTOR; i++)
			receive(b, i, &b->data[(v * VECTOR + i) % FLOWS],
				SIDE_CLIENT);
		start = clock_ticks();
		path(b, VECTOR);
		start = clock_ticks() - start;
		if (start > b->interrupted_ticks)
			continue;
		ticks += start;
		vectors++;
	}
	clamp_off = false;
	return (double)ticks / (vectors * VECTOR) * b->rates.core_per_tick;
}

/* clamp_first() on 64 SYNs with this MSS; cycles of each. */
static double clamp_syns(struct bench *b, uint16_t mss, bool off)
{
	const struct snapshot *snap = b->w.snap;
	struct connection_plan plan = {
		.service = snap_array(snap, services, struct snap_service),
		.request.backend =
			snap_array(snap, backends, struct snap_backend),
		.mss = { [SIDE_SERVER] = { mss, MSS_PROFILE } },
	};
	uint64_t ticks = 0, vectors = 0;

	clamp_off = off;
	for (unsigned v = 0; v < ROUNDS; v++) {
		uint64_t start;

		for (unsigned i = 0; i < VECTOR; i++)
			pkt_parse(receive(b, i, &b->syns[i], SIDE_CLIENT),
				  &b->w.hash);
		start = clock_ticks();
		for (unsigned i = 0; i < VECTOR; i++)
			clamp_first(&b->w.lb, b->vector[i], &plan);
		start = clock_ticks() - start;
		if (start > b->interrupted_ticks)
			continue;
		ticks += start;
		vectors++;
	}
	for (unsigned i = 0; i < VECTOR; i++)
		if (!frame_checksums_ok(b->vector[i]))
			die("a SYN has a wrong checksum");
	clamp_off = false;
	return (double)ticks / (vectors * VECTOR) * b->rates.core_per_tick;
}

static void make_syns(struct bench *b, bool with_option)
{
	/* What Linux sends: MSS, SACK, time stamp, NOP, window scale. */
	static const uint8_t options[20] = { 2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2,
					     3, 4, 0, 0,    0, 0, 1, 3,	 3, 7 };

	for (unsigned i = 0; i < VECTOR; i++)
		client_frame(&b->syns[i], i, TCP_SYN,
			     options + (with_option ? 0 : 4),
			     with_option ? 20 : 16);
}

static struct result metric(const char *name, const char *what,
			    const char *unit)
{
	return (struct result){
		.bench = "mss", .name = name, .metric = what, .unit = unit
	};
}

static bool data_case(struct bench *b, unsigned runs, FILE *json)
{
	struct result with = metric("established", "cycles_with", "cycles");
	struct result out = metric("established", "cycles_without", "cycles");
	struct result calls = metric("established", "clamp_calls", "calls");

	for (unsigned i = 0; i < runs; i++) {
		unsigned long before = clamp_calls;

		result_add(&with, established(b, false));
		result_add(&out, established(b, true));
		result_add(&calls, clamp_calls - before);
	}
	result_print(&with, json);
	result_print(&out, json);
	result_print(&calls, json);
	if (calls.values[calls.runs - 1] > 0)
		fprintf(stderr, "bench-mss: data packets reach the clamp\n");
	return calls.values[calls.runs - 1] == 0;
}

static bool syn_case(struct bench *b, const char *name, uint16_t mss,
		     unsigned runs, FILE *json)
{
	struct result with = metric(name, "cycles_per_syn", "cycles");
	struct result out = metric(name, "cycles_without", "cycles");
	struct result added = metric(name, "cycles_added", "cycles");

	for (unsigned i = 0; i < runs; i++) {
		result_add(&with, clamp_syns(b, mss, false));
		result_add(&out, clamp_syns(b, mss, true));
	}
	result_print(&with, json);
	result_print(&out, json);
	result_add(&added, with.values[0] - out.values[0]);
	result_print(&added, json);
	if (added.values[0] >= SYN_CYCLES)
		fprintf(stderr,
			"bench-mss: the clamp adds %.0f cycles to a SYN "
			"(case %s), %u or more\n",
			added.values[0], name, SYN_CYCLES);
	return added.values[0] < SYN_CYCLES;
}

int main(int argc, char **argv)
{
	const struct world_spec spec = {
		.backends = 4, .snats = 2, .flows4 = 65536, .flows6 = 1024
	};
	static struct bench b;
	unsigned runs = RUNS;
	FILE *json = NULL;
	bool good;

	if (!result_options(argc, argv, &runs, &json))
		return 2;
	b.rates = clock_measure();
	b.interrupted_ticks = b.rates.tsc_hz * INTERRUPTED_US / 1e6;
	world_init(&b.w, &spec);
	for (unsigned i = 0; i < FLOWS; i++)
		establish(&b, i);
	good = data_case(&b, runs, json);
	make_syns(&b, true);
	good &= syn_case(&b, "lower", 1000, runs, json);
	good &= syn_case(&b, "leave", 1460, runs, json);
	make_syns(&b, false);
	good &= syn_case(&b, "insert", 1460, runs, json);
	world_free(&b.w);
	if (json)
		fclose(json);
	return good ? 0 : 1;
}
