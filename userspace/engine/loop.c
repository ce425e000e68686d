/* SPDX-License-Identifier: BSD-3-Clause */
/* loop.c - the packet loop */
#include "loop.h"

#include <string.h>

#include "clock.h"
#include "endpoint.h"

#define FOREIGN_BUDGET (VECTOR / 2) /* held packets and rings: half a turn */
#define TX_TRIES       16
#define ETHER_HEADER   14

static void use_snapshot(struct engine *e, uint32_t generation)
{
	struct fabric *f = e->fabric;
	uint64_t at = f->snapshots[generation % FAB_SNAPSHOTS].offset;

	e->lb.snap = fabric_at(f, at);
	for (unsigned side = 0; side < FAB_SIDES; side++)
		port_listen(&e->ports[side], e->lb.snap);
	endpoint_configure(e);
	/* From here on the slots of older generations may be written again. */
	atomic_store_explicit(&e->self->snapshot_seen, generation,
			      memory_order_release);
}

static void start_turn(struct engine *e)
{
	uint32_t generation = atomic_load_explicit(
		&e->fabric->snapshot_generation, memory_order_acquire);

	e->now_ns = clock_now_ns();
	e->now_us = e->now_ns / 1000;
	e->lb.now_ms = e->now_us / 1000;
	e->lb.now_s = engine_now_s(e);
	engine_count(e, CNT_loops, 1);
	if (!e->lb.snap || generation != e->lb.snap->generation)
		use_snapshot(e, generation);
}

void loop_prepare(struct engine *e)
{
	start_turn(e);
}

/* False for frames that the segment shows us but that are not for us. */
static bool admit(struct engine *e, const struct port *p, struct buf *b)
{
	uint8_t *frame = b->pkt.frame;

	if (b->pkt.len < ETHER_HEADER)
		return true; /* the parser has a name for it */
	/* Emulated NICs return a function's own broadcasts to it. */
	if (!memcmp(frame + 6, p->mac, 6)) {
		engine_drop(e, b, DROP_own_source);
		return false;
	}
	/* Sent to all of us as to one: for what follows it is to this one. */
	if (frame[0] & 1 && !memcmp(frame, p->reached, 6))
		memcpy(frame, p->mac, 6);
	if (frame[0] & 1)
		return true;
	/* A capture is addressed to whoever was there when it was made. */
	if (memcmp(frame, p->mac, 6) && p->provider != PROVIDER_PCAP) {
		engine_drop(e, b, DROP_not_local);
		return false;
	}
	/* Mirrored frames say nothing about who is expected to answer. */
	if (!e->mirror.on)
		atomic_store_explicit(&e->self->last_rx_us, e->now_us,
				      memory_order_relaxed);
	return true;
}

void loop_take_in(struct engine *e, struct buf *b, struct batch *own)
{
	if (e->mirror.on)
		mirror_received(e, b, own);
	else
		steer_received(e, b, own);
}

/* Parse frames that were taken for a side, and steer them. */
static void take_in(struct engine *e, const struct port *p, struct buf **bufs,
		    unsigned found, struct batch *own)
{
	unsigned n = 0;

	for (unsigned i = 0; i < found; i++)
		__builtin_prefetch(bufs[i]->pkt.frame);
	for (unsigned i = 0; i < found; i++) {
		struct buf *b = bufs[i];

		engine_count(e, CNT_rx_bytes, b->pkt.len);
		if (!admit(e, p, b))
			continue;
		pkt_parse(&b->pkt, e->lb.hash);
		bufs[n++] = b;
	}
	for (unsigned i = 0; i < n; i++) {
		struct buf *b = bufs[i];

		if (b->pkt.verdict == VERDICT_NONE)
			loop_take_in(e, b, own);
		else if (b->pkt.verdict == VERDICT_PUNT)
			neighbour_punt(e, b);
		else
			engine_drop(e, b, b->pkt.reason);
	}
	engine_count(e, CNT_rx_port, found);
}

/* Take frames from a port, parse them, steer them. While a fleet starts nobody
 * owns a slice yet: the frames are safe where they are, with us they are not. */
static unsigned receive(struct engine *e, enum side side, struct batch *own,
			unsigned budget)
{
	struct port *p = &e->ports[side];
	struct buf *bufs[VECTOR];
	unsigned found;

	if (!e->steer.served)
		return 0;
	found = port_rx(p, bufs, budget);
	take_in(e, p, bufs, found, own);
	if (e->mirror.on)
		mirror_note_rx(e, side, found, budget);
	return found;
}

/* The same from the link, which is of the client side. */
static unsigned receive_link(struct engine *e, struct batch *own,
			     unsigned budget)
{
	struct buf *bufs[VECTOR];
	unsigned found;

	if (!e->link.open || !e->steer.served)
		return 0;
	found = link_rx(&e->link, e->pool, bufs, budget);
	take_in(e, &e->ports[SIDE_CLIENT], bufs, found, own);
	return found;
}

void loop_fill_made(struct engine *e)
{
	struct made *m = &e->lb.made;

	while (m->ready < VECTOR) {
		struct buf *b = buf_alloc(e->pool);

		if (!b)
			return;
		m->pkts[m->ready++] = &b->pkt;
	}
}

void loop_send_made(struct engine *e)
{
	struct made *m = &e->lb.made;

	if (!m->used)
		return;
	for (unsigned i = 0; i < m->used; i++) {
		struct buf *b = m->pkts[i]->owner;

		b->originated = true;
		loop_send(e, b->pkt.out_side, b);
		m->pkts[i] = m->pkts[--m->ready];
	}
	m->used = 0;
	loop_fill_made(e);
}

/* A packet that became our answer to itself. */
static void reply(struct engine *e, struct buf *b)
{
	engine_count(e, CNT_punted, 1);
	b->originated = true;
	loop_send(e, b->pkt.side, b);
}

/* What becomes of a processed packet. Fragments that belong to a slice of this
 * engine's go to `again`. */
static void dispose(struct engine *e, struct buf *b, struct batch *again)
{
	struct pkt *p = &b->pkt;

	switch (p->verdict) {
	case VERDICT_TX:
		return loop_send(e, p->out_side, b);
	case VERDICT_NEIGH:
		return pending_push(e, b);
	case VERDICT_REPLY:
		return reply(e, b);
	case VERDICT_PUNT:
		return neighbour_punt(e, b);
	case VERDICT_LOCAL:
		return endpoint_take(e, b);
	case VERDICT_STEER:
		return pieces_steer(e, b, again);
	case VERDICT_WAIT:
		return pieces_wait(e, b);
	case VERDICT_SPLIT:
		return pieces_send(e, b);
	case VERDICT_ANSWER:
		e->drops[p->reason]++;
		b->originated = true;
		return loop_send(e, p->out_side, b);
	default:
		engine_drop(e, b, p->reason);
	}
}

/* Look up, rewrite and send on the packets that are this engine's to process. */
static void process(struct engine *e, struct batch *own, struct batch *again)
{
	if (own->n) {
		if (e->mirror.on)
			mirror_process(e, own);
		else
			lb_process(&e->lb, own->pkts, own->n);
		loop_send_made(e);
		steer_account(e, own);
	}
	/* What waited for a neighbour goes before what does not have to. */
	if (e->pending.queue.n)
		pending_flush(e);
	for (unsigned i = 0; i < own->n; i++)
		dispose(e, own->pkts[i]->owner, again);
}

static unsigned put_out(struct engine *e, unsigned way, struct buf **bufs,
			unsigned n)
{
	return way == ENGINE_WAY_LINK ? link_tx(&e->link, bufs, n) :
					port_tx(&e->ports[way], bufs, n);
}

/* Hand to the port what was collected for it; it owns what it takes. */
static void transmit(struct engine *e, unsigned way)
{
	struct out *o = &e->out[way];
	uint16_t flow_bytes[OUT_FRAMES];
	unsigned sent = 0;

	if (!o->n) {
		if (way != ENGINE_WAY_LINK)
			port_push(&e->ports[way]);
		return;
	}
	for (unsigned i = 0; i < o->n; i++)
		flow_bytes[i] = o->bufs[i]->originated ? 0 :
							 o->bufs[i]->pkt.len;
	for (unsigned try = 0; sent < o->n && try < TX_TRIES; try++)
		sent += put_out(e, way, o->bufs + sent, o->n - sent);
	for (unsigned i = 0; i < sent; i++) {
		engine_count(e, flow_bytes[i] ? CNT_tx : CNT_originated, 1);
		engine_count(e, CNT_tx_bytes, flow_bytes[i]);
	}
	for (unsigned i = sent; i < o->n; i++) {
		if (flow_bytes[i])
			engine_drop(e, o->bufs[i], DROP_tx_full);
		else
			buf_free(o->bufs[i]);
	}
	o->n = 0;
}

bool loop_transmitted(struct engine *e)
{
	return port_tx_idle(&e->ports[SIDE_CLIENT]) &&
	       port_tx_idle(&e->ports[SIDE_SERVER]);
}

void loop_send(struct engine *e, uint8_t side, struct buf *b)
{
	unsigned way = side == SIDE_CLIENT && link_takes(&e->link, b) ?
			       ENGINE_WAY_LINK :
			       side;
	struct out *o = &e->out[way];

	if (o->n == OUT_FRAMES)
		transmit(e, way);
	o->bufs[o->n++] = b;
}

/* See what has changed, then take what waited for it and what others handed over. */
static unsigned take_waiting(struct engine *e, struct batch *own)
{
	unsigned n;

	if (e->mirror.on) {
		mirror_observe(e);
		return mirror_take(e, own, FOREIGN_BUDGET);
	}
	steer_observe(e);
	n = hold_take(e, own, FOREIGN_BUDGET);
	return n + handoff_take(e, own, FOREIGN_BUDGET - n);
}

/* The loop: every packet an engine moves, it moves in here. */
bool loop_turn(struct engine *e)
{
	struct batch own = { .n = 0 }, again = { .n = 0 };
	unsigned found;

	start_turn(e);
	found = take_waiting(e, &own);
	found += receive(e, SIDE_CLIENT, &own, (VECTOR - own.n) / 2);
	found += receive_link(e, &own, (VECTOR - own.n) / 2);
	found += receive(e, SIDE_SERVER, &own, VECTOR - own.n);

	process(e, &own, &again);
	if (e->pieces.queue.n)
		pieces_turn(e, &again);
	/* Fragments whose flow was found: no packet of this batch comes again. */
	if (again.n)
		process(e, &again, &again);
	upkeep_turn(e);
	transmit(e, SIDE_CLIENT);
	transmit(e, SIDE_SERVER);
	transmit(e, ENGINE_WAY_LINK);
	handoff_put(e);

	upkeep_publish(e);
	idle_turn(e, found);
	return !e->upkeep.done;
}
