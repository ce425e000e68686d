/* SPDX-License-Identifier: BSD-3-Clause */
/* engine.h - everything one packet engine owns */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdint.h>

#include "buf.h"
#include "fabric.h"
#include "handoff.h"
#include "hold.h"
#include "idle.h"
#include "link.h"
#include "mirror.h"
#include "neighbour.h"
#include "pending.h"
#include "pieces.h"
#include "port.h"
#include "process.h"
#include "queue.h"
#include "steer.h"
#include "upkeep.h"

/* Ways out: the port of each side, and the link. */
#define ENGINE_WAY_LINK FAB_SIDES
#define ENGINE_WAYS	(FAB_SIDES + 1)

#define OUT_FRAMES	128 /* frames to one port collected before it is asked */

/* Packets of slices this engine owns, in the order they have to be processed. */
struct batch {
	struct pkt *pkts[VECTOR];
	unsigned n;
};

struct out {
	struct buf *bufs[OUT_FRAMES];
	unsigned n;
};

/* One process has one of these; nothing else is global, so that a test can run
 * many engines side by side. */
struct engine {
	struct fabric *fabric;
	struct fab_engine *self; /* &fabric->engines[id] */
	uint8_t id;
	struct lb lb;
	struct buf_pool *pool;
	struct port ports[FAB_SIDES];
	struct link link;
	struct out out[ENGINE_WAYS];
	uint64_t now_ns; /* CLOCK_MONOTONIC at the top of this turn */
	uint64_t now_us; /* the same in microseconds */

	struct steer steer;
	struct mirror mirror;
	struct handoff handoff;
	struct hold hold;
	struct pending pending;
	struct pieces pieces;
	struct neighbour neighbour;
	struct idle idle;
	struct upkeep upkeep;
	struct queue queue;

	/* What this turn counted; added to the fabric's counters at its end. */
	uint64_t counts[CNT_COUNT];
	uint64_t drops[DROP_COUNT];
};

/*
 * Make an engine for slot `id` of a fabric that has a snapshot: set its fields,
 * skip what a dead predecessor left in the slot and its inbound rings. Ports
 * are added by the caller. `hash` and `ports` stay the caller's.
 */
void engine_init(struct engine *e, struct fabric *fabric, uint8_t id,
		 const struct toeplitz *hash, const struct snat_ports *ports);

static inline void engine_count(struct engine *e, enum vfl_counter c,
				uint64_t n)
{
	e->counts[c] += n;
}

static inline void engine_drop(struct engine *e, struct buf *b,
			       enum vfl_drop reason)
{
	e->drops[reason]++;
	buf_free(b);
}

/* True when the engine in slot `id` takes part: it puts fences out and empties
 * its rings. */
static inline bool engine_lives(const struct fabric *f, unsigned id)
{
	uint32_t state = atomic_load(&f->engines[id].state);

	return state == ENGINE_READY || state == ENGINE_STOPPING;
}

/* Seconds as the neighbour table counts them. */
static inline uint32_t engine_now_s(const struct engine *e)
{
	return e->now_us / 1000000;
}

#endif
