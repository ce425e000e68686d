/* SPDX-License-Identifier: BSD-3-Clause */
/* bench_path.c - cycles per packet of the whole packet path, without a NIC */
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "flow_table.h"
#include "frame.h"
#include "memory.h"
#include "result.h"
#include "tcp.h"
#include "world.h"

/*
 * What is measured: pkt_parse() and lb_process() on vectors of 64 minimum-size
 * TCP packets, both directions mixed, flows picked at random. The frames are
 * put into their buffers just before, outside the measured time, as a driver's
 * receive would leave them: in the cache, hash and checksums not offloaded.
 * `floor` is the same with the path replaced by one look at each packet.
 * Every 64th vector is checked, addresses, ports and checksums of each packet.
 */
#define RUNS	       5
#define PACKETS	       4000000 /* per run */
#define WARM_UP	       400000
#define CHECK_EVERY    64
#define INTERRUPTED_US 200 /* 3 us per packet */
#define FRAME_BYTES    96 /* SYN over IPv6 with its options: 94 */
#define NEW_FLOWS      200000 /* opened per run at least */
#define BUFFER_BYTES   256
#define BUFFERS	       1024 /* cycled through, as a receive ring would */

struct bench_case {
	const char *name;
	uint8_t family;
	uint32_t flows;
};

static const struct bench_case cases[] = {
	{ "fullnat4-1k", 4, 1000 },    { "fullnat4-100k", 4, 100000 },
	{ "fullnat4-1m", 4, 1000000 }, { "fullnat6-1k", 6, 1000 },
	{ "fullnat6-1m", 6, 1000000 },
};

/* A frame to be received, made beforehand. */
struct stored {
	uint8_t bytes[FRAME_BYTES];
	uint16_t len;
	uint8_t side;
	/* Source address and ports it must leave with. */
	uint32_t ports_expected;
	uint32_t source_expected; /* last four bytes of the address */
};

struct bench {
	const struct bench_case *c;
	struct world w;
	struct memory memory;
	struct stored *frames; /* [2 * flows]: the clients', the servers' */
	uint8_t *buffers;
	unsigned next_buffer;
	struct pkt pkts[VECTOR];
	struct pkt *vector[VECTOR];
	const struct stored *from[VECTOR];
	uint64_t random;
	double ticks_per_ms;
	unsigned long checked, vectors, interrupted;
};

static uint32_t pick(struct bench *b, uint32_t below)
{
	/* xorshift64*, then a range without division */
	b->random ^= b->random >> 12;
	b->random ^= b->random << 25;
	b->random ^= b->random >> 27;
	return (b->random * 0x2545f4914f6cdd1dull >> 32) * below >> 32;
}

static void die(const struct bench *b, const char *what)
{
	fprintf(stderr, "bench-path: %s: %s\n", b->c->name, what);
	exit(1);
}

/* Bytes of an address, and where the source lies in the IP header. */
static unsigned address_bytes(const struct bench *b)
{
	return b->c->family == 4 ? 4 : 16;
}

static unsigned source_at(const struct bench *b)
{
	return b->c->family == 4 ? 12 : 8;
}

/* A client's frame of flow i: its own address and port. */
static void client_frame(struct frame *f, const struct bench *b, uint32_t i,
			 uint8_t flags)
{
	static const uint8_t options[20] = { 2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2,
					     3, 4, 0, 0,    0, 0, 1, 3,	 3, 7 };
	struct frame_spec s = {
		.source = b->c->family == 4 ? "64.0.0.0" : "2001:db8::",
		.destination = b->c->family == 4 ? "10.0.0.100" : "fd00::100",
		.source_port = 1024 + i % 64000,
		.destination_port = 80,
		.tcp_flags = flags,
		.options = options,
		.options_bytes = flags & TCP_SYN ? sizeof(options) : 0,
	};
	uint32_t client = htonl(0x40000000 | (i * 0x9e3779b1u >> 3));
	uint8_t *l3, sum[2] = { 0, 0 };
	uint32_t check = 0;

	frame_make(f, SIDE_CLIENT, &s);
	l3 = f->pkt.frame + f->pkt.l3;
	memcpy(l3 + source_at(b) + address_bytes(b) - 4, &client, 4);
	frame_set_l4_checksum(&f->pkt);
	if (b->c->family != 4)
		return;
	memcpy(l3 + 10, sum, 2);
	for (unsigned at = 0; at < 20; at += 2)
		check += l3[at] << 8 | l3[at + 1];
	check = (check & 0xffff) + (check >> 16);
	check = ~((check & 0xffff) + (check >> 16));
	l3[10] = check >> 8;
	l3[11] = check;
}

static void store_frame(struct stored *s, const struct pkt *p, uint8_t side)
{
	memset(s, 0, sizeof(*s));
	s->len = p->len;
	s->side = side;
	memcpy(s->bytes, p->frame, p->len);
}

/* Put a frame into the next buffer as slot i of the vector. */
static void receive(struct bench *b, unsigned i, const void *bytes,
		    uint16_t len, uint8_t side)
{
	uint8_t *at = b->buffers +
		      (size_t)(b->next_buffer++ % BUFFERS) * BUFFER_BYTES;

	memcpy(at + FRAME_HEADROOM, bytes, len);
	b->pkts[i].frame = at + FRAME_HEADROOM;
	b->pkts[i].len = len;
	b->pkts[i].vlan = 0;
	b->pkts[i].flags = 0;
	b->pkts[i].side = side;
	b->vector[i] = &b->pkts[i];
}

/* The measured part; ticks it took for n packets. */
static uint64_t work(struct bench *b, unsigned n)
{
	uint64_t start = clock_ticks();

	b->w.lb.now_ms = start / b->ticks_per_ms;
	for (unsigned i = 0; i < n; i++)
		pkt_parse(b->vector[i], &b->w.hash);
	lb_process(&b->w.lb, b->vector, n);
	return clock_ticks() - start;
}

/* The harness without the path: reads and writes each frame's headers. */
static uint64_t look(struct bench *b, unsigned n)
{
	uint64_t start = clock_ticks();

	for (unsigned i = 0; i < n; i++) {
		struct pkt *p = b->vector[i];

		p->frame[0] ^= p->frame[30];
		p->verdict = VERDICT_TX;
	}
	return clock_ticks() - start;
}

static void all_sent(const struct bench *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (b->pkts[i].verdict != VERDICT_TX)
			die(b, b->pkts[i].verdict == VERDICT_DROP ?
				       vfl_drop_names[b->pkts[i].reason] :
				       "a packet was not sent");
}

static uint32_t last_of_source(const struct bench *b, const uint8_t *l3)
{
	uint32_t last;

	memcpy(&last, l3 + source_at(b) + address_bytes(b) - 4, 4);
	return last;
}

/* A sample of the output is what it has to be. */
static void check(struct bench *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct pkt *p = &b->pkts[i];
		uint32_t ports;

		memcpy(&ports, p->frame + p->l4, 4);
		if (!frame_checksums_ok(p))
			die(b, "a packet left with a wrong checksum");
		if (ports != b->from[i]->ports_expected ||
		    last_of_source(b, p->frame + p->l3) !=
			    b->from[i]->source_expected)
			die(b, "a packet left with wrong addresses");
	}
	b->checked += n;
}

/* Source and destination the other way round; checksums do not mind. */
static void turn_round(const struct bench *b, struct pkt *p)
{
	uint8_t *l3 = p->frame + p->l3, *l4 = p->frame + p->l4, swap[16];
	unsigned bytes = address_bytes(b);
	uint8_t *source = l3 + source_at(b);

	memcpy(swap, source, bytes);
	memcpy(source, source + bytes, bytes);
	memcpy(source + bytes, swap, bytes);
	memcpy(swap, l4, 2);
	memcpy(l4, l4 + 2, 2);
	memcpy(l4 + 2, swap, 2);
}

/* Open flows first .. first + n with the SYNs stored there; ticks it took. */
static uint64_t open_flows(struct bench *b, uint32_t first, unsigned n)
{
	uint64_t ticks;

	for (unsigned i = 0; i < n; i++)
		receive(b, i, b->frames[first + i].bytes,
			b->frames[first + i].len, SIDE_CLIENT);
	ticks = work(b, n);
	all_sent(b, n);
	if (first / VECTOR % CHECK_EVERY)
		return ticks;
	for (unsigned i = 0; i < n; i++)
		if (!frame_checksums_ok(&b->pkts[i]))
			die(b, "a SYN left with a wrong checksum");
	b->checked += n;
	return ticks;
}

/* The server's SYN-ACK and the client's ACK, and from the ACK both frames of
 * the measurement: it as it came in, and turned round as it went out. */
static void complete_flow(struct bench *b, uint32_t i)
{
	struct stored *client = &b->frames[i];
	struct stored *server = &b->frames[b->c->flows + i];
	struct pkt *p = &b->pkts[0];
	struct frame f;

	client_frame(&f, b, i, TCP_ACK);
	store_frame(client, &f.pkt, SIDE_CLIENT);
	receive(b, 0, client->bytes, client->len, SIDE_CLIENT);
	work(b, 1);
	all_sent(b, 1);
	memcpy(&client->ports_expected, p->frame + p->l4, 4);
	client->source_expected = last_of_source(b, p->frame + p->l3);
	turn_round(b, p);
	store_frame(server, p, SIDE_SERVER);
	/* As SYN-ACK first; the checksum of the stored one stays right. */
	receive(b, 0, server->bytes, server->len, SIDE_SERVER);
	p->frame[p->l4 + 13] = TCP_SYN | TCP_ACK;
	frame_set_l4_checksum(p);
	work(b, 1);
	all_sent(b, 1);
	receive(b, 0, server->bytes, server->len, SIDE_SERVER);
	work(b, 1);
	all_sent(b, 1);
	memcpy(&server->ports_expected, p->frame + p->l4, 4);
	server->source_expected = last_of_source(b, p->frame + p->l3);
	receive(b, 0, client->bytes, client->len, SIDE_CLIENT);
	work(b, 1);
	all_sent(b, 1);
}

/* One vector of random packets; ticks of `how` for it. */
static uint64_t one_vector(struct bench *b, bool sample,
			   uint64_t (*how)(struct bench *b, unsigned n))
{
	uint64_t ticks;

	for (unsigned i = 0; i < VECTOR; i++) {
		b->from[i] = &b->frames[pick(b, 2 * b->c->flows)];
		receive(b, i, b->from[i]->bytes, b->from[i]->len,
			b->from[i]->side);
	}
	ticks = how(b, VECTOR);
	if (how != work)
		return ticks;
	all_sent(b, VECTOR);
	if (sample)
		check(b, VECTOR);
	return ticks;
}

/* No vector takes this long by itself: somebody else had the core. */
static bool interrupted(struct bench *b, uint64_t ticks)
{
	bool is = ticks > b->ticks_per_ms * INTERRUPTED_US / 1000;

	b->vectors++;
	b->interrupted += is;
	return is;
}

static double average(struct bench *b, unsigned long packets,
		      uint64_t (*how)(struct bench *b, unsigned n))
{
	uint64_t ticks = 0, t;
	unsigned long vectors = packets / VECTOR, counted = 0;

	for (unsigned long v = 0; v < vectors; v++) {
		t = one_vector(b, v % CHECK_EVERY == 0, how);
		if (interrupted(b, t))
			continue;
		ticks += t;
		counted++;
	}
	return (double)ticks / (counted * VECTOR);
}

/* Room for the flows although slices differ in how many they get. */
static uint32_t capacity_for(uint32_t flows)
{
	return flows + flows / 8 + 32 * FAB_SLICES;
}

static void expire_all(struct bench *b)
{
	b->w.lb.now_ms += 100000000;
	for (unsigned slice = 0; slice < FAB_SLICES; slice++)
		lb_sweep(&b->w.lb, slice, UINT32_MAX);
	if (flow_count_all(b->w.store))
		die(b, "flows did not expire");
}

static void prepare(struct bench *b, int small_pages)
{
	uint32_t capacity = capacity_for(b->c->flows);
	struct world_spec spec = { .backends = 64, .snats = 2 };
	struct flow_limits limits;

	if (b->c->family == 4)
		spec.flows4 = capacity;
	else
		spec.flows6 = capacity;
	limits = (struct flow_limits){ spec.flows4, spec.flows6 };
	b->memory = memory_take(flow_store_bytes(&limits), small_pages);
	b->w.store = b->memory.at;
	world_init(&b->w, &spec);
	/* The gateway's and the servers' MAC are known. */
	for (unsigned i = 0; i < 4096; i += VECTOR) {
		for (unsigned n = 0; n < VECTOR; n++) {
			struct frame f;

			client_frame(&f, b, 3000000000u + i + n, TCP_SYN);
			receive(b, n, f.pkt.frame, f.pkt.len, SIDE_CLIENT);
		}
		work(b, VECTOR);
	}
	world_resolve(&b->w);
	expire_all(b);
}

/* Open all flows once; adds ticks and packets of what was not interrupted. */
static void open_all(struct bench *b, uint64_t *ticks, uint64_t *packets)
{
	uint32_t i, n;

	for (i = 0; i < b->c->flows; i += n) {
		uint64_t t;

		n = b->c->flows - i < VECTOR ? b->c->flows - i : VECTOR;
		t = open_flows(b, i, n);
		if (interrupted(b, t))
			continue;
		*ticks += t;
		*packets += n;
	}
	if (flow_count_all(b->w.store) != b->c->flows)
		die(b, "not every flow was opened");
}

/* Ticks per new flow; leaves all flows open and established. */
static double fill(struct bench *b)
{
	uint64_t ticks = 0, packets = 0;
	uint32_t rounds = 1 + NEW_FLOWS / b->c->flows;

	for (uint32_t i = 0; i < b->c->flows; i++) {
		struct frame f;

		client_frame(&f, b, i, TCP_SYN);
		store_frame(&b->frames[i], &f.pkt, SIDE_CLIENT);
	}
	for (uint32_t round = 0; round < rounds; round++) {
		if (round > 0)
			expire_all(b);
		open_all(b, &ticks, &packets);
	}
	for (uint32_t i = 0; i < b->c->flows; i++)
		complete_flow(b, i);
	return (double)ticks / packets;
}

static double bytes_per_flow(const struct bench_case *c)
{
	uint32_t flows = 1 << 20;
	struct flow_limits none = { 0 };
	struct flow_limits some = { c->family == 4 ? flows : 0,
				    c->family == 6 ? flows : 0 };

	return (double)(flow_store_bytes(&some) - flow_store_bytes(&none)) /
	       flows;
}

static void release(struct bench *b)
{
	b->w.store = NULL; /* it lies in b->memory */
	world_free(&b->w);
	memory_give(&b->memory);
}

static struct result metric(const struct bench_case *c, const char *name,
			    const char *unit)
{
	return (struct result){
		.bench = "path", .name = c->name, .metric = name, .unit = unit
	};
}

static void run_case(const struct bench_case *c, const struct clock_rates *r,
		     unsigned runs, int small_pages, FILE *json)
{
	static struct bench b;
	struct result path = metric(c, "cycles_per_packet", "cycles");
	struct result floor = metric(c, "floor", "cycles");
	struct result ns = metric(c, "ns_per_packet", "ns");
	struct result new = metric(c, "new_flow_cycles", "cycles");
	struct result size = metric(c, "bytes_per_flow", "bytes");

	b = (struct bench){ .c = c, .random = 88172645463325252ull };
	b.ticks_per_ms = r->tsc_hz / 1000;
	b.frames = calloc(2ul * c->flows, sizeof(*b.frames));
	b.buffers = aligned_alloc(4096, BUFFERS * BUFFER_BYTES);
	if (!b.frames || !b.buffers)
		die(&b, "no memory for frames");
	for (unsigned i = 0; i < runs; i++) {
		double ticks;

		prepare(&b, small_pages);
		if (i == 0)
			printf("# %s: flow store in %s\n", c->name,
			       b.memory.pages);
		result_add(&new, fill(&b) * r->core_per_tick);
		average(&b, WARM_UP, work);
		ticks = average(&b, PACKETS, work);
		result_add(&path, ticks * r->core_per_tick);
		result_add(&ns, ticks / r->tsc_hz * 1e9);
		result_add(&floor,
			   average(&b, WARM_UP, look) * r->core_per_tick);
		release(&b);
	}
	result_add(&size, bytes_per_flow(c));
	result_print(&path, json);
	result_print(&floor, json);
	result_print(&ns, json);
	result_print(&new, json);
	result_print(&size, json);
	printf("# %s: %lu packets checked; %lu of %lu vectors left out: "
	       "interrupted\n",
	       c->name, b.checked, b.interrupted, b.vectors);
	free(b.frames);
	free(b.buffers);
}

static int usage(void)
{
	fprintf(stderr,
		"usage: bench-path [-o JSONL] [-r RUNS] [-s] [CASE]...\n"
		"  -s  4 KB pages even where there are larger ones\n");
	return 2;
}

static int wanted(const struct bench_case *c, char **names)
{
	if (!*names)
		return 1;
	for (; *names; names++)
		if (!strcmp(*names, c->name))
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct clock_rates rates;
	unsigned runs = RUNS;
	int small_pages = 0, option;
	FILE *json = NULL;

	while ((option = getopt(argc, argv, "o:r:s")) != -1) {
		if (option == 'o' && (json = fopen(optarg, "a")))
			continue;
		if (option == 'r' && (runs = atoi(optarg)) > 0 &&
		    runs <= RUNS_MAX)
			continue;
		if (option != 's')
			return usage();
		small_pages = 1;
	}
	rates = clock_measure();
	printf("# cycles are core cycles: core %.0f MHz, TSC %.0f MHz; "
	       "vectors of %u\n",
	       rates.tsc_hz * rates.core_per_tick / 1e6, rates.tsc_hz / 1e6,
	       VECTOR);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (wanted(&cases[i], argv + optind))
			run_case(&cases[i], &rates, runs, small_pages, json);
	if (json)
		fclose(json);
	return 0;
}
