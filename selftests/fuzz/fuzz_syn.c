/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_syn.c - connections that a cookie opens, with ends that say anything */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "flow_table.h"
#include "frame.h"
#include "segment.h"
#include "steps.h"
#include "tcp.h"
#include "world.h"

/*
 * The input is a list of steps: one byte of STEP_* bits, one byte length, then that
 * many bytes, pairs (offset, XOR) on the TCP header and options of a segment that
 * would be right: of the client what follows the last answer it got, of the server
 * the answer to the last that came to it.
 */
#define STEP_SERVER (1 << 0) /* the segment is the server's */
#define STEP_SYN    (1 << 1) /* a client's SYN, a server's SYN-ACK */
#define STEP_FIN    (1 << 2)
#define STEP_V6	    (1 << 3)
#define STEP_LATER  (1 << 4) /* four seconds have passed; sweep */
#define STEP_DIES   (1 << 5) /* another engine goes on */
#define STEP_PLAIN  (1 << 6) /* no option but an MSS */

#define HEADER_MAX  60 /* TCP with all its options */
#define ROOM_BYTES  (PKT_HEADROOM + 14 + 40 + HEADER_MAX + SEGMENT_BYTES)
#define CLIENT_ISN  1000

/* What an end of a family has got last, and the key of what it sends back. */
struct end {
	struct flow_key key;
	struct segment got;
	bool heard;
};

static struct world world;
static struct end ends[2][FAB_SIDES]; /* IPv4, IPv6 */
static struct pkt made[VECTOR];
static uint8_t made_room[VECTOR][ROOM_BYTES];

static const struct world_spec spec = {
	.backends = 3,
	.snats = 1,
	.flows4 = 512,
	.flows6 = 512,
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	world_init(&world, &spec);
	world.config.n_profiles = 1;
	world.config.profiles[0].syn = SYN_PROXY;
	world_reload(&world);
	for (unsigned i = 0; i < 4; i++)
		world.syn.keys[i / 2][i % 2] = 0x9e3779b97f4a7c15ull * (i + 1);
	return 0;
}

static void refill(void)
{
	struct made *m = &world.lb.made;

	m->used = 0;
	m->ready = VECTOR;
	for (unsigned i = 0; i < VECTOR; i++) {
		made[i] = (struct pkt){ .frame = made_room[i] + PKT_HEADROOM };
		m->pkts[i] = &made[i];
	}
}

/* Every input starts from the same world. */
static void reset(void)
{
	struct flow_limits limits = { spec.flows4, spec.flows6 };

	memset(world.store, 0, world.store_bytes);
	flow_store_format(world.store, &limits);
	memset(world.lb.syn_watch, 0, sizeof(world.lb.syn_watch));
	memset(ends, 0, sizeof(ends));
	world.lb.load = &world.loads[0];
	world.lb.now_ms = 60000;
	world.lb.now_s = 60;
	refill();
}

/* A frame that says who sends it to whom; its numbers are not looked at. */
static void first_key(bool v6, struct flow_key *k)
{
	const struct frame_spec s = {
		.source = v6 ? "fd00::3:7" : "10.0.3.7",
		.destination = v6 ? "fd00::100" : "10.0.0.100",
		.source_port = 7000,
		.destination_port = 80,
	};
	struct frame f;

	frame_make(&f, SIDE_CLIENT, &s);
	pkt_parse(&f.pkt, &world.hash);
	expect(f.pkt.verdict == VERDICT_NONE);
	connection_key(&f.pkt, k);
}

/* What came to an end on `side` of its segment, and the way back. */
static void deliver(const struct pkt *sent, unsigned side)
{
	struct end *e = &ends[sent->family == 6][side];
	struct pkt p = { .frame = sent->frame, .len = sent->len, .side = side };
	struct flow_key k;

	pkt_parse(&p, &world.hash);
	expect(p.verdict == VERDICT_NONE);
	expect(frame_checksums_ok(&p));
	segment_read(&p, &e->got);
	connection_key(&p, &k);
	e->key = k;
	e->key.ports = k.ports << 16 | k.ports >> 16;
	if (p.family == 4) {
		e->key.addrs[0] = k.addrs[0] << 32 | k.addrs[0] >> 32;
	} else {
		memcpy(e->key.addrs, k.addrs + 2, 16);
		memcpy(e->key.addrs + 2, k.addrs, 16);
	}
	e->heard = true;
	/* S4.6: no end is told of more than its side carries. */
	if (p.tcp_flags & TCP_SYN)
		expect(frame_mss(&p) &&
		       frame_mss(&p) <= (p.family == 4 ? 1460 : 1440));
}

static void deliver_made(void)
{
	for (unsigned i = 0; i < world.lb.made.used; i++)
		deliver(&made[i], made[i].out_side);
	refill();
}

/* The segment that would be right now. */
static struct segment right(const struct end *e, uint8_t bits)
{
	bool server = bits & STEP_SERVER;
	struct segment s = {
		.seq = e->heard ? e->got.ack : CLIENT_ISN + 1,
		.ack = e->got.seq + !!(e->got.flags & (TCP_SYN | TCP_FIN)),
		.window = 502,
		.flags = TCP_ACK | (bits & STEP_FIN ? TCP_FIN : 0),
		.options = { .wscale = TCP_NO_WSCALE,
			     .stamps = !(bits & STEP_PLAIN),
			     .stamp = 7,
			     .echo = e->got.options.stamp },
	};

	if (!(bits & STEP_SYN))
		return s;
	s.flags = server ? TCP_SYN | TCP_ACK : TCP_SYN;
	s.seq = server ? 0xffffff00 : CLIENT_ISN;
	s.options.mss = 1460;
	if (!(bits & STEP_PLAIN)) {
		s.options.wscale = 9;
		s.options.sack = true;
	}
	return s;
}

static void process(struct pkt *p)
{
	struct pkt *vector[1] = { p };
	bool was_right;

	pkt_parse(p, &world.hash);
	if (p->verdict != VERDICT_NONE)
		return;
	was_right = frame_checksums_ok(p);
	lb_process(&world.lb, vector, 1);
	expect(p->verdict > VERDICT_NONE && p->verdict <= VERDICT_WAIT);
	if (p->verdict == VERDICT_NEIGH) {
		world_resolve(&world);
		p->verdict = VERDICT_TX;
	}
	/* A damaged segment goes on damaged, and is nobody's to hear. */
	if (was_right &&
	    (p->verdict == VERDICT_TX || p->verdict == VERDICT_REPLY))
		deliver(p, p->out_side);
	deliver_made();
}

static void later(void)
{
	world.lb.now_ms += 4000;
	world.lb.now_s += 4;
	for (unsigned slice = 0; slice < FAB_SLICES; slice++)
		lb_sweep(&world.lb, slice, 16);
	deliver_made();
}

static void dies(void)
{
	for (unsigned slice = 0; slice < FAB_SLICES; slice++)
		flow_shard_recover(world.store, slice);
	memset(world.lb.syn_watch, 0, sizeof(world.lb.syn_watch));
	world.lb.load = &world.loads[world.lb.load == &world.loads[0] ? 1 : 0];
}

static void step(uint8_t bits, const uint8_t *pairs, unsigned bytes)
{
	bool v6 = bits & STEP_V6;
	unsigned side = bits & STEP_SERVER ? SIDE_SERVER : SIDE_CLIENT;
	struct end *e = &ends[v6][side];
	uint8_t *room, *tcp;
	struct segment s;
	struct pkt p = { .family = v6 ? 6 : 4, .l3 = 14 };

	if (bits & STEP_LATER)
		later();
	if (bits & STEP_DIES)
		dies();
	if (side == SIDE_SERVER && !e->heard)
		return; /* nobody has spoken to it */
	room = calloc(1, ROOM_BYTES);
	expect(room);
	p.frame = room + PKT_HEADROOM;
	s = right(e, bits);
	if (!e->heard)
		first_key(v6, &e->key);
	segment_write(&p, e->key.addrs, e->key.ports, &s);
	p.l4 = 14 + (v6 ? 40 : 20);
	tcp = p.frame + p.l4;
	for (unsigned i = 0; i + 1 < bytes; i += 2) {
		if (p.l4 + pairs[i] < p.len)
			tcp[pairs[i]] ^= pairs[i + 1];
	}
	if (!(bits & STEP_LATER))
		frame_set_l4_checksum(&p);
	memcpy(p.frame, "\2\0\0\0\0\1\2\0\0\0\0\x99", 12);
	memcpy(p.frame + 12, v6 ? "\x86\xdd" : "\x08\x00", 2);
	p = (struct pkt){ .frame = p.frame, .len = p.len, .side = side };
	process(&p);
	free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	reset();
	take_steps(data, bytes, step);
	return 0;
}
