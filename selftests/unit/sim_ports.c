/* SPDX-License-Identifier: BSD-3-Clause */
/* sim_ports.c - what an engine stands on, simulated: buffers, ports, core, clock */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "endpoint.h"
#include "flow.h"
#include "fragment.h"
#include "sim_inside.h"
#include "split.h"
#include "syn.h"

struct sim_buf {
	struct buf buf;
	struct sim_engine *engine;
	struct sim_buf *next_free, *next;
	uint8_t bytes[BUF_HEADROOM + SIM_FRAME_BYTES];
};

/* Behind the MAC addresses of a frame. */
#define FRAME_AT 12

static struct sim_engine *engine_of(const struct port *p)
{
	return &sim.engines[p->ethdev];
}

static struct sim_engine *engine_of_lb(const struct lb *lb)
{
	const char *e = (const char *)lb - offsetof(struct engine, lb);

	return (struct sim_engine *)(uintptr_t)(e - offsetof(struct sim_engine,
							     engine));
}

struct buf *buf_alloc(struct buf_pool *pool)
{
	struct sim_engine *s = (struct sim_engine *)pool;
	struct sim_buf *b;

	sim_point();
	if (s->bufs_used == SIM_BUFS)
		return NULL;
	b = s->free_bufs;
	if (b) {
		s->free_bufs = b->next_free;
	} else {
		b = malloc(sizeof(*b));
		b->next = s->all_bufs;
		s->all_bufs = b;
	}
	memset(&b->buf, 0, sizeof(b->buf));
	b->engine = s;
	b->buf.pkt.owner = &b->buf;
	b->buf.pkt.frame = b->bytes + BUF_HEADROOM;
	s->bufs_used++;
	return &b->buf;
}

void buf_free(struct buf *buf)
{
	struct sim_buf *b = (struct sim_buf *)buf;

	sim_point();
	b->next_free = b->engine->free_bufs;
	b->engine->free_bufs = b;
	b->engine->bufs_used--;
	b->engine->bufs_freed++;
}

uint32_t buf_frame_bytes(const struct buf_pool *pool)
{
	return SIM_FRAME_BYTES;
}

void sim_free_bufs(struct sim_engine *s)
{
	while (s->all_bufs) {
		struct sim_buf *b = s->all_bufs;

		s->all_bufs = b->next;
		free(b);
	}
}

unsigned port_rx(struct port *p, struct buf **bufs, unsigned n)
{
	struct sim_engine *s = engine_of(p);
	unsigned got = 0;

	sim_point();
	if (p->side != SIDE_CLIENT)
		return 0;
	for (; got < n && s->rx.n; got++) {
		struct sim_frame *f = &s->rx.frames[s->rx.first];
		struct buf *b = buf_alloc((struct buf_pool *)s);

		if (!b)
			break;
		memset(b->pkt.frame, 0, SIM_FRAME_BYTES);
		memcpy(b->pkt.frame, p->mac, 6);
		memcpy(b->pkt.frame + FRAME_AT, f, sizeof(*f));
		b->pkt.len = SIM_FRAME_BYTES;
		s->rx.first = (s->rx.first + 1) % SIM_QUEUE;
		s->rx.n--;
		bufs[got] = b;
	}
	return got;
}

unsigned port_tx(struct port *p, struct buf **bufs, unsigned n)
{
	struct sim_engine *s = engine_of(p);
	unsigned sent = 0;

	sim_point();
	for (; sent < n && s->tx.n < SIM_QUEUE; sent++) {
		memcpy(&s->tx.frames[(s->tx.first + s->tx.n) % SIM_QUEUE],
		       bufs[sent]->pkt.frame + FRAME_AT,
		       sizeof(struct sim_frame));
		s->tx.n++;
		buf_free(bufs[sent]);
	}
	return sent;
}

void port_push(struct port *p)
{
}

bool port_tx_idle(struct port *p)
{
	sim_point();
	return engine_of(p)->tx.n == 0;
}

unsigned port_waiting(const struct port *p)
{
	return 0;
}

uint64_t port_missed(struct port *p)
{
	return 0;
}

void port_listen(struct port *p, const struct snapshot *snap)
{
}

void port_watch(struct port *p, uint64_t now_us)
{
}

bool port_wanted_back(void)
{
	return false;
}

uint64_t clock_now_ns(void)
{
	sim_point();
	return sim.now_us * 1000;
}

/* End of a turn: the counters are published, so they must add up. */
void idle_turn(struct engine *e, bool busy)
{
	const struct fab_engine *f = e->self;
	uint64_t in = f->counters[CNT_rx_port] + f->counters[CNT_rx_ring];
	uint64_t out = f->counters[CNT_tx] + f->counters[CNT_handed_off] +
		       f->counters[CNT_punted] + f->counters[CNT_held];

	for (unsigned i = 0; i < DROP_COUNT; i++)
		out += f->drops[i];
	if (in != out)
		sim_fail("engine %u: %llu packets in, %llu out", e->id,
			 (unsigned long long)in, (unsigned long long)out);
	sim.engines[e->id].bufs_freed = 0;
	sim_yield();
}

void neighbour_punt(struct engine *e, struct buf *b)
{
	sim_fail("a packet of a flow was punted");
}

void endpoint_configure(struct engine *e)
{
}

void endpoint_take(struct engine *e, struct buf *b)
{
	sim_fail("a packet of a flow ended in the engine");
}

void endpoint_turn(struct engine *e)
{
}

void neighbour_turn(struct engine *e)
{
}

void neighbour_ask(struct engine *e, uint16_t index)
{
}

void pkt_parse(struct pkt *p, const struct toeplitz *hash)
{
	struct sim_frame f;

	sim_point();
	memcpy(&f, p->frame + FRAME_AT, sizeof(f));
	p->slice = f.slice;
	p->verdict = VERDICT_NONE;
}

/* The one place that may touch the flows of a slice. Returns the packet's id. */
static uint32_t check_packet(struct sim_engine *s, struct pkt *p)
{
	struct sim_stream *stream;
	struct sim_frame f;

	memcpy(&f, p->frame + FRAME_AT, sizeof(f));
	stream = &sim.engines[f.receiver].streams[f.slice];
	if (f.slice != p->slice)
		sim_fail("packet of slice %u came as one of %u", f.slice,
			 p->slice);
	if (slice_owner(sim.fabric->slices[f.slice]) != s->id)
		sim_fail("engine %u processes slice %u of engine %u", s->id,
			 f.slice, slice_owner(sim.fabric->slices[f.slice]));
	if (sim.processing[f.slice] && sim.processing[f.slice] != s->id + 1)
		sim_fail("engines %u and %d process slice %u at once", s->id,
			 sim.processing[f.slice] - 1, f.slice);
	if (sim.torn[f.slice])
		sim_fail("engine %u uses slice %u of a dead engine as it is",
			 s->id, f.slice);
	if (f.id <= stream->processed)
		sim_fail("engine %u processes packet %u of slice %u after %u",
			 s->id, f.id, f.slice, stream->processed);
	stream->processed = f.id;
	sim.result.processed++;
	sim.processing[f.slice] = s->id + 1;
	sim_point();
	sim.processing[f.slice] = 0;
	return f.id;
}

void lb_process(struct lb *lb, struct pkt **pkts, unsigned n)
{
	struct sim_engine *s = engine_of_lb(lb);

	for (unsigned i = 0; i < n; i++) {
		uint64_t mac = lb->neighbours[pkts[i]->slice].mac;

		if (check_packet(s, pkts[i]) >
		    PENDING_PER_NEIGHBOUR / (2 * SIM_ENGINES))
			mac = lb->neighbours[pkts[i]->slice].mac = 1;
		pkts[i]->out_side = SIDE_CLIENT;
		pkts[i]->neigh = pkts[i]->slice;
		pkts[i]->verdict = mac ? VERDICT_TX : VERDICT_NEIGH;
	}
}

unsigned lb_sweep(struct lb *lb, uint8_t slice, unsigned budget)
{
	return 0;
}

void syn_turn(struct lb *lb)
{
}

uint32_t flow_count(const struct flow_store *store, uint8_t slice)
{
	return 1;
}

void flow_shard_recover(struct flow_store *store, uint8_t slice)
{
	sim_point();
	sim.torn[slice] = false;
}

size_t flow_store_bytes(const struct flow_limits *limits)
{
	return 64;
}

void flow_store_format(struct flow_store *store,
		       const struct flow_limits *limits)
{
}

/* The simulated packets are whole. */
void fragment_track(struct lb *lb, struct pkt *p)
{
	sim_fail("a whole packet was taken for a fragment");
}

void fragment_forget(struct fab_datagram *datagrams, uint8_t slice)
{
}

bool split_next(const struct pkt *whole, unsigned *at, struct pkt *piece)
{
	return false;
}
