/* SPDX-License-Identifier: BSD-3-Clause */
/* test_syn.c - the engine answers SYNs: cookie, handshake with the server, splice */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow_table.h"
#include "connection.h"
#include "segment.h"
#include "syn.h"
#include "traffic.h"

#define CLIENT_ISN   0x11223344u
#define SERVER_ISN   0xfffffff0u /* wraps within the test */
#define CLIENT_STAMP 5000u
#define SERVER_STAMP 0xfffff000u
#define PORT	     7000

/* Options of client and server, and what both ends should agree on. */
struct ends {
	struct tcp_options client, server;
};

static const struct tcp_options plain = { .mss = 1460,
					  .wscale = TCP_NO_WSCALE };
static const struct tcp_options full = { .mss = 1460,
					 .wscale = 9,
					 .sack = true,
					 .stamps = true };

/* A world whose services have a mode, with packets for the core to make. */
struct arena {
	struct world w;
	struct pkt made[VECTOR];
	uint8_t room[VECTOR][FRAME_ROOM];
};

static void refill(struct arena *a)
{
	struct made *m = &a->w.lb.made;

	m->used = 0;
	m->ready = VECTOR;
	for (unsigned i = 0; i < VECTOR; i++) {
		a->made[i] = (struct pkt){ .frame = a->room[i] + 128 };
		m->pkts[i] = &a->made[i];
	}
}

static struct arena *arena_new(enum syn_mode mode)
{
	struct arena *a = calloc(1, sizeof(*a));
	struct world_spec spec = traffic_plain;

	assert_non_null(a);
	open_world(&a->w, &spec);
	warm_up(&a->w);
	a->w.config.n_profiles = 1;
	a->w.config.profiles[0].syn = mode;
	world_reload(&a->w);
	for (unsigned i = 0; i < 4; i++)
		a->w.syn.keys[i / 2][i % 2] = 0x1234567 * (i + 1);
	refill(a);
	return a;
}

static void arena_free(struct arena *a)
{
	world_free(&a->w);
	free(a);
}

/* A segment from one end, as it comes in. */
static enum verdict send_segment(struct arena *a, struct frame *f, uint8_t side,
				 const char *source, const char *destination,
				 uint16_t sport, uint16_t dport,
				 const struct segment *s)
{
	struct frame_spec spec = { .source = source,
				   .destination = destination,
				   .source_port = sport,
				   .destination_port = dport };
	struct flow_key k;

	frame_make(f, side, &spec);
	pkt_parse(&f->pkt, &a->w.hash);
	connection_key(&f->pkt, &k);
	segment_write(&f->pkt, k.addrs, k.ports, s);
	f->pkt.frame[6] = 0x0c; /* the sender's MAC */
	f->pkt.frame[12] = f->pkt.family == 4 ? 0x08 : 0x86;
	f->pkt.frame[13] = f->pkt.family == 4 ? 0x00 : 0xdd;
	assert_true(frame_checksums_ok(&f->pkt));
	f->pkt.flags = 0;
	return run(&a->w, f);
}

static enum verdict from_client(struct arena *a, struct frame *f, unsigned i,
				const struct segment *s)
{
	return send_segment(a, f, SIDE_CLIENT, families[i].client,
			    families[i].vip, PORT, 80, s);
}

/* Addresses of the server and of us towards it. */
struct server_end {
	char server[64], snat[64];
	unsigned server_port, snat_port;
};

static enum verdict from_server(struct arena *a, struct frame *f,
				const struct server_end *e,
				const struct segment *s)
{
	return send_segment(a, f, SIDE_SERVER, e->server, e->snat,
			    e->server_port, e->snat_port, s);
}

static struct server_end server_of(const struct pkt *p)
{
	const char *format = p->family == 4 ? "%63[^:]:%u > %63[^:]:%u" :
					      "[%63[^]]]:%u > [%63[^]]]:%u";
	struct server_end e;
	char text[160];

	frame_text(p, text, sizeof(text));
	assert_int_equal(sscanf(text, format, e.snat, &e.snat_port, e.server,
				&e.server_port),
			 4);
	return e;
}

static struct segment syn_of(const struct tcp_options *o)
{
	struct segment s = { .seq = CLIENT_ISN,
			     .window = 64240,
			     .flags = TCP_SYN,
			     .options = *o };

	s.options.stamp = CLIENT_STAMP;
	return s;
}

/* A client's SYN, answered at once; what the answer says. */
static struct segment ask(struct arena *a, unsigned i,
			  const struct tcp_options *o)
{
	struct segment syn = syn_of(o), got;
	uint32_t flows = flow_count_all(a->w.store);
	struct frame f;

	assert_int_equal(from_client(a, &f, i, &syn), VERDICT_REPLY);
	assert_true(frame_checksums_ok(&f.pkt));
	assert_int_equal(f.pkt.frame[0], 0x0c);
	assert_int_equal(f.pkt.out_side, SIDE_CLIENT);
	assert_int_equal(flow_count_all(a->w.store), flows);
	f.pkt.tcp_flags = f.pkt.frame[f.pkt.l4 + 13];
	segment_read(&f.pkt, &got);
	assert_int_equal(got.flags, TCP_SYN | TCP_ACK);
	assert_int_equal(got.ack, CLIENT_ISN + 1);
	assert_int_equal(got.window, 0);
	return got;
}

static struct segment ack_of(const struct segment *synack)
{
	return (struct segment){
		.seq = CLIENT_ISN + 1,
		.ack = synack->seq + 1,
		.window = 501,
		.flags = TCP_ACK,
		.options = { .wscale = TCP_NO_WSCALE,
			     .stamps = synack->options.stamps,
			     .stamp = CLIENT_STAMP + 3,
			     .echo = synack->options.stamp },
	};
}

/* The ACK becomes the server's SYN; returns it. */
static struct segment open_flow(struct arena *a, unsigned i,
				const struct segment *synack,
				struct server_end *e)
{
	struct segment ack = ack_of(synack), got;
	struct frame f;

	assert_int_equal(from_client(a, &f, i, &ack), VERDICT_TX);
	assert_true(frame_checksums_ok(&f.pkt));
	assert_int_equal(f.pkt.out_side, SIDE_SERVER);
	f.pkt.tcp_flags = f.pkt.frame[f.pkt.l4 + 13];
	segment_read(&f.pkt, &got);
	assert_int_equal(got.flags, TCP_SYN);
	assert_int_equal(got.seq, CLIENT_ISN);
	*e = server_of(&f.pkt);
	return got;
}

static struct segment read_made(struct arena *a, unsigned i, uint8_t side)
{
	struct pkt *p = a->w.lb.made.pkts[i];
	struct segment s;

	assert_true(i < a->w.lb.made.used);
	assert_int_equal(p->out_side, side);
	assert_true(frame_checksums_ok(p));
	assert_int_equal(p->frame[0], WORLD_MAC_BYTE);
	segment_read(p, &s);
	return s;
}

static struct segment read_sent(const struct frame *f)
{
	struct pkt p = f->pkt;
	struct segment s;

	assert_true(frame_checksums_ok(&p));
	p.tcp_flags = p.frame[p.l4 + 13];
	segment_read(&p, &s);
	return s;
}

/* The server answers: it gets our ACK, the client its window. */
static void complete(struct arena *a, const struct ends *ends,
		     const struct segment *synack, const struct server_end *e)
{
	struct segment answer = { .seq = SERVER_ISN,
				  .ack = CLIENT_ISN + 1,
				  .window = 65160,
				  .flags = TCP_SYN | TCP_ACK,
				  .options = ends->server };
	struct segment ack, update;
	struct frame f;

	answer.options.stamp = SERVER_STAMP;
	answer.options.echo = CLIENT_STAMP + 3;
	assert_int_equal(from_server(a, &f, e, &answer), VERDICT_TX);
	assert_int_equal(f.pkt.out_side, SIDE_CLIENT);
	update = read_sent(&f);
	assert_int_equal(update.flags, TCP_ACK);
	assert_int_equal(update.seq, synack->seq + 1);
	assert_int_equal(update.ack, CLIENT_ISN + 1);
	assert_true(update.window > 0);
	if (synack->options.stamps && answer.options.stamps)
		assert_int_equal(update.options.stamp, synack->options.stamp);
	assert_int_equal(a->w.lb.made.used, 1);
	ack = read_made(a, 0, SIDE_SERVER);
	assert_int_equal(ack.flags, TCP_ACK);
	assert_int_equal(ack.seq, CLIENT_ISN + 1);
	assert_int_equal(ack.ack, SERVER_ISN + 1);
	if (answer.options.stamps)
		assert_int_equal(ack.options.echo, SERVER_STAMP);
	refill(a);
}

static void handshake(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		struct arena *a = arena_new(SYN_PROXY);
		const struct ends ends = { full, full };
		struct segment synack = ask(a, i, &full), syn;
		struct server_end e;

		assert_int_equal(synack.options.mss, i ? 1440 : 1460);
		assert_int_equal(synack.options.wscale, SYN_WSCALE);
		assert_true(synack.options.sack && synack.options.stamps);
		assert_int_equal(synack.options.echo, CLIENT_STAMP);
		syn = open_flow(a, i, &synack, &e);
		assert_int_equal(syn.options.mss, i ? 1440 : 1460);
		assert_int_equal(syn.options.wscale, 9);
		assert_true(syn.options.sack && syn.options.stamps);
		assert_int_equal(syn.options.stamp, CLIENT_STAMP + 3);
		complete(a, &ends, &synack, &e);
		assert_int_equal(a->w.counters[CNT_syn_cookies_sent], 1);
		assert_int_equal(a->w.counters[CNT_syn_cookies_valid], 1);
		arena_free(a);
	}
}

/* Without time stamps there is no place for window scale and SACK. */
static void no_stamps(void **state)
{
	const struct tcp_options asked = { .mss = 1400,
					   .wscale = 7,
					   .sack = true };
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &asked), syn;
	const struct ends ends = { plain, plain };
	struct server_end e;

	assert_false(synack.options.sack || synack.options.stamps);
	assert_int_equal(synack.options.wscale, TCP_NO_WSCALE);
	syn = open_flow(a, 0, &synack, &e);
	assert_int_equal(syn.options.mss, 1400);
	assert_false(syn.options.sack || syn.options.stamps);
	assert_int_equal(syn.options.wscale, TCP_NO_WSCALE);
	complete(a, &ends, &synack, &e);
	arena_free(a);
}

/* S4.6: never up, whatever the client says and the rule of the side. */
static void mss_never_raised(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);

	for (unsigned mss = 64; mss < 1600; mss += 17) {
		struct tcp_options asked = { .mss = mss,
					     .wscale = TCP_NO_WSCALE };
		struct segment synack = ask(a, 0, &asked), syn;
		struct server_end e;

		syn = open_flow(a, 0, &synack, &e);
		assert_true(syn.options.mss && syn.options.mss <= mss);
		a->w.lb.now_ms += 1000000;
		for (unsigned s = 0; s < FAB_SLICES; s++)
			lb_sweep(&a->w.lb, s, 1000);
		refill(a);
	}
	/* Absent: what a host without the option takes. */
	{
		struct tcp_options none = { .wscale = TCP_NO_WSCALE };
		struct segment synack = ask(a, 0, &none);
		struct server_end e;

		assert_int_equal(open_flow(a, 0, &synack, &e).options.mss, 536);
	}
	/* Too small for any cookie. */
	{
		struct tcp_options tiny = { .mss = 63,
					    .wscale = TCP_NO_WSCALE };
		struct segment syn = syn_of(&tiny);
		struct frame f;

		assert_int_equal(from_client(a, &f, 1, &syn), VERDICT_DROP);
		assert_int_equal(f.pkt.reason, DROP_syn_mss);
	}
	arena_free(a);
}

static void expect_drop(struct arena *a, unsigned i, const struct segment *s,
			enum vfl_drop reason)
{
	struct frame f;

	assert_int_equal(from_client(a, &f, i, s), VERDICT_DROP);
	assert_string_equal(vfl_drop_names[f.pkt.reason],
			    vfl_drop_names[reason]);
}

static void bad_cookies(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack, ack;
	uint32_t flows = flow_count_all(a->w.store);

	/* Nobody has made a cookie: a stray ACK is what it always was. */
	ack = ack_of(&(struct segment){ .seq = 77 });
	expect_drop(a, 0, &ack, DROP_no_flow);

	synack = ask(a, 0, &full);
	ack = ack_of(&synack);
	ack.ack ^= 0x100;
	expect_drop(a, 0, &ack, DROP_syn_cookie_invalid);
	ack = ack_of(&synack);
	ack.options.echo ^= 0x40;
	expect_drop(a, 0, &ack, DROP_syn_cookie_invalid);
	ack = ack_of(&synack);
	ack.seq += 2;
	expect_drop(a, 0, &ack, DROP_syn_cookie_invalid);
	/* Made for one, brought by another. */
	ask(a, 1, &full);
	ack = ack_of(&synack);
	expect_drop(a, 1, &ack, DROP_syn_cookie_invalid);
	/* No cookie ends in a RST or an open connection of another kind. */
	ack.flags = TCP_RST | TCP_ACK;
	expect_drop(a, 0, &ack, DROP_no_flow);

	a->w.lb.now_s += 119;
	ack = ack_of(&synack);
	synack = ask(a, 0, &full);
	expect_drop(a, 0, &ack, DROP_syn_cookie_expired);
	assert_int_equal(flow_count_all(a->w.store), flows);
	arena_free(a);
}

/* The client's ACK was lost; it asks for a window from one below. */
static void window_probe(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), probe = ack_of(&synack), got;
	struct frame f;

	probe.seq = CLIENT_ISN;
	assert_int_equal(from_client(a, &f, 0, &probe), VERDICT_TX);
	got = read_sent(&f);
	assert_int_equal(got.seq, CLIENT_ISN);
	assert_int_equal(got.flags, TCP_SYN);
	arena_free(a);
}

static void early_data(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), ack = ack_of(&synack);
	struct segment syn = syn_of(&full);
	struct server_end e;

	open_flow(a, 0, &synack, &e);
	expect_drop(a, 0, &ack, DROP_syn_wait);
	expect_drop(a, 0, &syn, DROP_syn_wait);
	ack.flags = TCP_FIN | TCP_ACK;
	expect_drop(a, 0, &ack, DROP_syn_wait);
	complete(a, &(struct ends){ full, full }, &synack, &e);
	arena_free(a);
}

/* A server's segment to the client, with data that is not there. */
static struct segment to_client(struct arena *a, const struct server_end *e,
				struct segment s)
{
	struct frame f;

	assert_int_equal(from_server(a, &f, e, &s), VERDICT_TX);
	return read_sent(&f);
}

static struct segment to_server(struct arena *a, struct segment s)
{
	struct frame f;

	assert_int_equal(from_client(a, &f, 0, &s), VERDICT_TX);
	return read_sent(&f);
}

static void numbers_move(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), got;
	struct server_end e;

	open_flow(a, 0, &synack, &e);
	complete(a, &(struct ends){ full, full }, &synack, &e);
	got = to_client(
		a, &e,
		(struct segment){ .seq = SERVER_ISN + 1001,
				  .ack = CLIENT_ISN + 51,
				  .window = 1000,
				  .flags = TCP_ACK,
				  .options = { .wscale = TCP_NO_WSCALE,
					       .stamps = true,
					       .stamp = SERVER_STAMP + 90,
					       .echo = CLIENT_STAMP + 33 } });
	assert_int_equal(got.seq, synack.seq + 1001);
	assert_int_equal(got.ack, CLIENT_ISN + 51);
	assert_int_equal(got.window, 1000u << (9 - SYN_WSCALE));
	assert_int_equal(got.options.stamp, synack.options.stamp + 90);
	assert_int_equal(got.options.echo, CLIENT_STAMP + 33);
	got = to_server(
		a, (struct segment){
			   .seq = CLIENT_ISN + 51,
			   .ack = synack.seq + 1001,
			   .window = 777,
			   .flags = TCP_ACK,
			   .options = { .wscale = TCP_NO_WSCALE,
					.stamps = true,
					.stamp = CLIENT_STAMP + 99,
					.echo = synack.options.stamp + 90 } });
	assert_int_equal(got.seq, CLIENT_ISN + 51);
	assert_int_equal(got.ack, SERVER_ISN + 1001);
	assert_int_equal(got.window, 777);
	assert_int_equal(got.options.stamp, CLIENT_STAMP + 99);
	assert_int_equal(got.options.echo, SERVER_STAMP + 90);
	/* The window's top is the largest the client can be told. */
	got = to_client(a, &e,
			(struct segment){ .seq = SERVER_ISN + 1,
					  .window = 40000,
					  .flags = TCP_ACK,
					  .options.wscale = TCP_NO_WSCALE });
	assert_int_equal(got.window, 65535);
	arena_free(a);
}

/* SACK blocks move with the acknowledgements, wherever they lie. */
static void sack_moves(void **state)
{
	for (unsigned pad = 0; pad < 4; pad++) {
		struct arena *a = arena_new(SYN_PROXY);
		struct segment synack = ask(a, 0, &full);
		uint8_t options[24] = { 1, 1, 1, 1 }, *sack = options + pad;
		struct frame_spec spec = tcp_from(&families[0], PORT, TCP_ACK);
		uint32_t edge[4], base = synack.seq + 1;
		struct server_end e;
		struct frame f;

		open_flow(a, 0, &synack, &e);
		complete(a, &(struct ends){ full, full }, &synack, &e);
		memset(options, 1, sizeof(options));
		sack[0] = TCP_OPTION_SACK;
		sack[1] = 18;
		for (unsigned i = 0; i < 4; i++)
			edge[i] = htonl(base + 1000 * (i + 1));
		memcpy(sack + 2, edge, 16);
		spec.options = options;
		spec.options_bytes = sizeof(options);
		spec.payload_bytes = 100 + pad;
		frame_make(&f, SIDE_CLIENT, &spec);
		assert_int_equal(run(&a->w, &f), VERDICT_TX);
		assert_true(frame_checksums_ok(&f.pkt));
		memcpy(edge, f.pkt.frame + f.pkt.l4 + 20 + pad + 2, 16);
		for (unsigned i = 0; i < 4; i++)
			assert_int_equal(ntohl(edge[i]),
					 SERVER_ISN + 1 + 1000 * (i + 1));
		arena_free(a);
	}
}

/* What the server did not agree to does not reach it; its windows and those of
 * the client mean what they say. */
static void server_without_options(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), got;
	struct server_end e;

	open_flow(a, 0, &synack, &e);
	complete(a, &(struct ends){ full, plain }, &synack, &e);
	got = to_server(a,
			(struct segment){ .seq = CLIENT_ISN + 1,
					  .ack = synack.seq + 1,
					  .window = 100,
					  .flags = TCP_ACK,
					  .options = { .wscale = TCP_NO_WSCALE,
						       .stamps = true,
						       .stamp = 77 } });
	assert_false(got.options.stamps);
	assert_int_equal(got.window, 100 << 9);
	got = to_client(a, &e,
			(struct segment){ .seq = SERVER_ISN + 1,
					  .ack = CLIENT_ISN + 1,
					  .window = 0x8000,
					  .flags = TCP_ACK,
					  .options.wscale = TCP_NO_WSCALE });
	assert_int_equal(got.window, 0x8000 >> SYN_WSCALE);
	arena_free(a);
}

static void server_refuses(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), got;
	struct segment rst = { .ack = CLIENT_ISN + 2,
			       .flags = TCP_RST | TCP_ACK,
			       .options.wscale = TCP_NO_WSCALE };
	struct server_end e;
	struct frame f;

	open_flow(a, 0, &synack, &e);
	/* For something we never sent. */
	assert_int_equal(from_server(a, &f, &e, &rst), VERDICT_DROP);
	rst.ack = CLIENT_ISN + 1;
	assert_int_equal(from_server(a, &f, &e, &rst), VERDICT_TX);
	got = read_sent(&f);
	assert_int_equal(got.flags, TCP_RST | TCP_ACK);
	assert_int_equal(got.seq, synack.seq + 1);
	assert_int_equal(got.ack, CLIENT_ISN + 1);
	arena_free(a);
}

static void sweep_all(struct arena *a, uint32_t ms)
{
	a->w.lb.now_ms += ms;
	for (unsigned s = 0; s < FAB_SLICES; s++)
		lb_sweep(&a->w.lb, s, 1000);
}

/* A SYN that gets no answer is repeated, then the client is told. */
static void server_is_silent(void **state)
{
	static const uint32_t waits_ms[] = { 1000, 2000, 4000 };
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), first, got;
	uint32_t flows = flow_count_all(a->w.store);
	struct server_end e;

	/* The rule of the server side holds for every one of them. */
	a->w.config.ports[SIDE_SERVER].mtu = 1280;
	world_reload(&a->w);
	first = open_flow(a, 0, &synack, &e);
	assert_int_equal(first.options.mss, 1240);
	for (unsigned i = 0; i < 3; i++) {
		sweep_all(a, waits_ms[i] - 1);
		assert_int_equal(a->w.lb.made.used, 0);
		sweep_all(a, 1);
		got = read_made(a, 0, SIDE_SERVER);
		got.flags = TCP_SYN;
		assert_memory_equal(&got.options, &first.options,
				    sizeof(first.options));
		assert_int_equal(got.seq, first.seq);
		assert_int_equal(got.window, first.window);
		refill(a);
	}
	sweep_all(a, 7999);
	assert_int_equal(a->w.lb.made.used, 0);
	sweep_all(a, 1);
	got = read_made(a, 0, SIDE_CLIENT);
	assert_int_equal(got.seq, synack.seq + 1);
	assert_int_equal(got.ack, CLIENT_ISN + 1);
	assert_true(flow_count_all(a->w.store) <= flows);
	arena_free(a);
}

/* Our ACK was lost: the server repeats its SYN-ACK, both ends hear again. */
static void ack_is_lost(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full);
	const struct ends ends = { full, full };
	struct server_end e;

	open_flow(a, 0, &synack, &e);
	for (unsigned i = 0; i < 3; i++)
		complete(a, &ends, &synack, &e);
	arena_free(a);
}

/* The owner is killed at any step; its successor goes on from the fabric. */
static void owner_dies(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full);
	const struct ends ends = { full, full };
	struct server_end e;

	for (unsigned step = 0; step < 3; step++) {
		for (unsigned s = 0; s < FAB_SLICES; s++)
			flow_shard_recover(a->w.store, s);
		memset(a->w.lb.syn_watch, 0, sizeof(a->w.lb.syn_watch));
		a->w.lb.load = &a->w.loads[step];
		if (step == 0)
			open_flow(a, 0, &synack, &e);
		else
			complete(a, &ends, &synack, &e);
	}
	arena_free(a);
}

/* The server remembers another connection from the same port and says so: that
 * one is reset, ours is asked for again. */
static void port_was_used(void **state)
{
	struct arena *a = arena_new(SYN_PROXY);
	struct segment synack = ask(a, 0, &full), got;
	struct segment challenge = { .seq = 5,
				     .ack = 4711,
				     .flags = TCP_ACK,
				     .options.wscale = TCP_NO_WSCALE };
	struct server_end e;
	struct frame f;

	open_flow(a, 0, &synack, &e);
	assert_int_equal(from_server(a, &f, &e, &challenge), VERDICT_DROP);
	got = read_made(a, 0, SIDE_SERVER);
	assert_int_equal(got.seq, 4711);
	assert_int_equal(a->made[0].tcp_flags, TCP_RST);
	refill(a);
	sweep_all(a, 0);
	got = read_made(a, 0, SIDE_SERVER);
	assert_int_equal(got.seq, CLIENT_ISN);
	assert_int_equal(a->made[0].tcp_flags, TCP_SYN);
	refill(a);
	complete(a, &(struct ends){ full, full }, &synack, &e);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handshake),
		cmocka_unit_test(no_stamps),
		cmocka_unit_test(mss_never_raised),
		cmocka_unit_test(bad_cookies),
		cmocka_unit_test(window_probe),
		cmocka_unit_test(early_data),
		cmocka_unit_test(numbers_move),
		cmocka_unit_test(sack_moves),
		cmocka_unit_test(server_without_options),
		cmocka_unit_test(server_refuses),
		cmocka_unit_test(server_is_silent),
		cmocka_unit_test(ack_is_lost),
		cmocka_unit_test(owner_dies),
		cmocka_unit_test(port_was_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
