/* SPDX-License-Identifier: BSD-3-Clause */
/* handshake.c - the server's half of a connection whose client we answered */
#include "handshake.h"

#include <netinet/in.h>

#include "connection.h"
#include "heard.h"
#include "nat.h"
#include "syn.h"
#include "tcp.h"

static bool drop(struct pkt *p, enum vfl_drop reason)
{
	p->verdict = VERDICT_DROP;
	p->reason = reason;
	return false;
}

/* A window as it stands in a SYN, where there is no scale yet. */
static uint16_t unscaled(uint16_t window, uint8_t wscale)
{
	uint32_t bytes = window;

	if (wscale != TCP_NO_WSCALE)
		bytes <<= wscale;
	return bytes < UINT16_MAX ? bytes : UINT16_MAX;
}

struct segment handshake_syn(const struct splice *s, uint16_t mss)
{
	return (struct segment){
		.seq = s->client_isn,
		.window = unscaled(s->window, s->wscale),
		.flags = TCP_SYN,
		.options = {
			.mss = mss,
			.wscale = s->wscale,
			.sack = s->flags & SPLICE_SACK,
			.stamps = s->flags & SPLICE_STAMPS,
			.stamp = s->client_stamp,
		},
	};
}

/* Addresses and ports of what leaves towards a side, by the flow. */
static void towards(const struct flow *f, uint8_t family, unsigned side,
		    uint64_t addrs[4], uint32_t *ports)
{
	*ports = f->ports[side] << 16 | f->ports[side] >> 16;
	if (family == 4) {
		addrs[0] = f->addrs.v4[side] << 32 | f->addrs.v4[side] >> 32;
		return;
	}
	memcpy(addrs, f->addrs.v6[side] + 2, 16);
	memcpy(addrs + 2, f->addrs.v6[side], 16);
}

/* Make a segment of our own towards a side. Whoever waits for it asks again, so
 * that nothing has to be done when there is no packet or no MAC for it. */
static void make(struct lb *lb, const struct flow *f, uint8_t family,
		 unsigned side, const struct segment *s)
{
	struct fab_neigh *n = &lb->neighbours[f->neigh[side]];
	uint64_t mac = atomic_load_explicit(&n->mac, memory_order_relaxed);
	struct made *made = &lb->made;
	uint64_t addrs[4];
	uint32_t ports;
	struct pkt *p;

	hop_wanted(n, lb->now_s);
	if (!mac || made->used == made->ready)
		return;
	p = made->pkts[made->used++];
	p->family = family;
	p->l3 = 14;
	p->len = p->l3 + SEGMENT_BYTES;
	towards(f, family, side, addrs, &ports);
	segment_write(p, addrs, ports, s);
	nat_link(p, mac, lb->mac[side], f->vlan[side]);
	p->out_side = side;
}

static void set_state(struct lb *lb, struct flow *f, enum flow_state state)
{
	uint32_t word = atomic_load_explicit(&f->state, memory_order_relaxed);

	atomic_store_explicit(&f->timeout_ms,
			      flow_timeout_ms(state, connection_service(lb, f)),
			      memory_order_relaxed);
	atomic_store_explicit(&f->state, (word & ~FLOW_WORD_STATE) | state,
			      memory_order_release);
}

/* Replace the packet by a segment of the same sender. */
static void rewrite(struct pkt *p, const struct segment *s)
{
	struct flow_key k;

	connection_key(p, &k);
	segment_write(p, k.addrs, k.ports, s);
}

/* What the two ends did not agree on is made up for. Everything is worked out
 * from what does not change: it may be done again by another owner. */
static void agree(struct splice *s, const struct segment *synack)
{
	const struct tcp_options *o = &synack->options;

	s->seq = s->our_isn - synack->seq;
	s->stamp = s->our_stamp - o->stamp;
	if (s->flags & SPLICE_STAMPS && !o->stamps)
		s->flags |= SPLICE_NO_STAMPS;
	if (s->flags & SPLICE_SACK && !o->sack)
		s->flags |= SPLICE_NO_SACK;
	if (s->wscale == TCP_NO_WSCALE)
		return;
	if (o->wscale == TCP_NO_WSCALE) {
		s->shift[SIDE_CLIENT] = s->wscale;
		s->shift[SIDE_SERVER] = -SYN_WSCALE;
	} else {
		s->shift[SIDE_SERVER] = o->wscale - SYN_WSCALE;
	}
}

/* The server has answered: our ACK for it, and its window for the client. */
static void complete(struct lb *lb, const struct flow *f,
		     const struct splice *s, struct pkt *p,
		     const struct segment *synack)
{
	const struct tcp_options *o = &synack->options;
	bool scaled = s->wscale != TCP_NO_WSCALE && o->wscale != TCP_NO_WSCALE;
	struct segment ack = {
		.seq = s->client_isn + 1,
		.ack = synack->seq + 1,
		.window = scaled ? s->window : unscaled(s->window, s->wscale),
		.flags = TCP_ACK,
		.options = {
			.wscale = TCP_NO_WSCALE,
			.stamps = o->stamps,
			.stamp = s->client_stamp,
			.echo = o->stamp,
		},
	};
	struct segment update = {
		.seq = synack->seq + 1,
		.ack = s->client_isn + 1,
		.window = scaled ? synack->window >> o->wscale :
				   synack->window,
		.flags = TCP_ACK,
		.options = {
			.wscale = TCP_NO_WSCALE,
			.stamps = o->stamps,
			.stamp = o->stamp,
			.echo = s->client_stamp,
		},
	};

	make(lb, f, p->family, SIDE_SERVER, &ack);
	rewrite(p, &update);
	splice_rewrite(s, p);
}

static bool server_refuses(struct lb *lb, struct flow *f,
			   const struct splice *s, struct pkt *p)
{
	struct segment rst = {
		.seq = s->our_isn + 1,
		.ack = s->client_isn + 1,
		.flags = TCP_RST | TCP_ACK,
		.options.wscale = TCP_NO_WSCALE,
	};

	rewrite(p, &rst);
	set_state(lb, f, FLOW_CLOSED);
	return true;
}

/* The server takes our SYN for one of a connection it remembers under the same
 * port. RFC 9293 3.10.7.3: reset that one, and ask again at the next sweep. */
static void forget(struct lb *lb, const struct flow *f, struct splice *s,
		   const struct pkt *p, uint32_t ack)
{
	const struct segment rst = {
		.seq = ack,
		.flags = TCP_RST,
		.options.wscale = TCP_NO_WSCALE,
	};

	make(lb, f, p->family, SIDE_SERVER, &rst);
	s->due_ms = lb->now_ms;
}

static bool server_speaks(struct lb *lb, struct flow *f, struct splice *s,
			  struct pkt *p)
{
	struct segment got;

	segment_read(p, &got);
	if (got.ack != s->client_isn + 1) {
		if (!(p->tcp_flags & TCP_RST))
			forget(lb, f, s, p, got.ack);
		return drop(p, DROP_syn_wait);
	}
	if (p->tcp_flags & TCP_RST)
		return server_refuses(lb, f, s, p);
	if (!(p->tcp_flags & TCP_SYN))
		return drop(p, DROP_syn_wait);
	if (got.options.mss)
		heard_note(&lb->load->heard[f->service], got.options.mss);
	agree(s, &got);
	set_state(lb, f, FLOW_ESTABLISHED);
	complete(lb, f, s, p, &got);
	return true;
}

/* It never saw a number of the server's: it leaves without one. */
static bool client_leaves(struct lb *lb, struct flow *f, struct pkt *p)
{
	struct segment rst;

	segment_read(p, &rst);
	rst.flags = TCP_RST;
	rst.ack = 0;
	rst.window = 0;
	rst.options = (struct tcp_options){ .wscale = TCP_NO_WSCALE };
	rewrite(p, &rst);
	set_state(lb, f, FLOW_CLOSED);
	return true;
}

/* The server has not had our ACK, or not yet. */
static bool answers_again(struct lb *lb, const struct flow *f,
			  const struct splice *s, struct pkt *p)
{
	struct segment got;

	segment_read(p, &got);
	if (got.seq + s->seq != s->our_isn || got.ack != s->client_isn + 1)
		return drop(p, DROP_syn_wait);
	complete(lb, f, s, p, &got);
	return true;
}

bool handshake_step(struct lb *lb, struct flow *f, struct pkt *p)
{
	uint32_t word = atomic_load_explicit(&f->state, memory_order_relaxed);
	struct splice *s = flow_splice(lb->flows, p->family, p->slice, f);

	if ((word & FLOW_WORD_STATE) == FLOW_SYN_PROXY) {
		if (!connection_checksum_ok(p))
			return drop(p, DROP_l4_checksum);
		if (p->side == SIDE_SERVER)
			return server_speaks(lb, f, s, p);
		if (p->tcp_flags & TCP_SYN)
			return true; /* that of ours, which opened the flow */
		if (p->tcp_flags & TCP_RST)
			return client_leaves(lb, f, p);
		return drop(p, DROP_syn_wait);
	}
	if (p->side == SIDE_SERVER && p->tcp_flags & TCP_SYN)
		return answers_again(lb, f, s, p);
	splice_rewrite(s, p);
	return true;
}

bool handshake_turn(struct lb *lb, uint8_t family, uint8_t slice,
		    struct flow *f, bool expired)
{
	struct splice *s = flow_splice(lb->flows, family, slice, f);
	struct segment rst = {
		.seq = s->our_isn + 1,
		.ack = s->client_isn + 1,
		.flags = TCP_RST | TCP_ACK,
		.options.wscale = TCP_NO_WSCALE,
	};
	uint16_t limit = mss_unpack(f->mss[SIDE_SERVER]).mss;
	struct segment syn;

	if (!expired && (int32_t)(lb->now_ms - s->due_ms) < 0)
		return false;
	if (expired || s->tries == SYN_TRIES) {
		make(lb, f, family, SIDE_CLIENT, &rst);
		return true;
	}
	s->due_ms = lb->now_ms + (SYN_RETRY_MS << s->tries++);
	syn = handshake_syn(s, s->mss < limit ? s->mss : limit);
	make(lb, f, family, SIDE_SERVER, &syn);
	return false;
}
