/* SPDX-License-Identifier: BSD-3-Clause */
/* arena.c - client, engine and server of a connection that a cookie opens */
#include "arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "connection.h"
#include "flow_table.h"
#include "syn.h"

const struct tcp_options plain = { .mss = 1460, .wscale = TCP_NO_WSCALE };
const struct tcp_options full = { .mss = 1460,
				  .wscale = 9,
				  .sack = true,
				  .stamps = true };

void refill(struct arena *a)
{
	struct made *m = &a->w.lb.made;

	m->used = 0;
	m->ready = VECTOR;
	for (unsigned i = 0; i < VECTOR; i++) {
		a->made[i] = (struct pkt){ .frame = a->room[i] + 128 };
		m->pkts[i] = &a->made[i];
	}
}

struct arena *arena_new(enum syn_mode mode)
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

void arena_free(struct arena *a)
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

enum verdict from_client(struct arena *a, struct frame *f, unsigned i,
			 const struct segment *s)
{
	return send_segment(a, f, SIDE_CLIENT, families[i].client,
			    families[i].vip, PORT, 80, s);
}

enum verdict from_server(struct arena *a, struct frame *f,
			 const struct server_end *e, const struct segment *s)
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

struct segment syn_of(const struct tcp_options *o)
{
	struct segment s = { .seq = CLIENT_ISN,
			     .window = 64240,
			     .flags = TCP_SYN,
			     .options = *o };

	s.options.stamp = CLIENT_STAMP;
	return s;
}

struct segment ask(struct arena *a, unsigned i, const struct tcp_options *o)
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

struct segment ack_of(const struct segment *synack)
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

struct segment open_flow(struct arena *a, unsigned i,
			 const struct segment *synack, struct server_end *e)
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

struct segment read_made(struct arena *a, unsigned i, uint8_t side)
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

struct segment read_sent(const struct frame *f)
{
	struct pkt p = f->pkt;
	struct segment s;

	assert_true(frame_checksums_ok(&p));
	p.tcp_flags = p.frame[p.l4 + 13];
	segment_read(&p, &s);
	return s;
}

void complete(struct arena *a, const struct ends *ends,
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

void expect_drop(struct arena *a, unsigned i, const struct segment *s,
		 enum vfl_drop reason)
{
	struct frame f;

	assert_int_equal(from_client(a, &f, i, s), VERDICT_DROP);
	assert_string_equal(vfl_drop_names[f.pkt.reason],
			    vfl_drop_names[reason]);
}

struct segment to_client(struct arena *a, const struct server_end *e,
			 struct segment s)
{
	struct frame f;

	assert_int_equal(from_server(a, &f, e, &s), VERDICT_TX);
	return read_sent(&f);
}

struct segment to_server(struct arena *a, struct segment s)
{
	struct frame f;

	assert_int_equal(from_client(a, &f, 0, &s), VERDICT_TX);
	return read_sent(&f);
}

void sweep_all(struct arena *a, uint32_t ms)
{
	a->w.lb.now_ms += ms;
	for (unsigned s = 0; s < FAB_SLICES; s++)
		lb_sweep(&a->w.lb, s, 1000);
}
