/* SPDX-License-Identifier: BSD-3-Clause */
/* mirror.h - every engine receives everything: whose is a packet? */
#ifndef ENGINE_MIRROR_H
#define ENGINE_MIRROR_H

#include <stdbool.h>
#include <stdint.h>

#include "fabric.h"
#include "process.h"

#define MIRROR_PORT_FRAMES 4096 /* what a port can have in store */

struct engine;
struct buf;
struct batch;

/*
 * The engine's part of the generations hand-over in docs/handover.md. `round` grows
 * when both ports have been seen empty; two rounds from now, everything that is in a
 * port now has been read.
 */
struct mirror {
	bool on; /* the fabric has two banks */
	uint32_t cut, epoch; /* as of the last look; valid when `looked` */
	bool looked;
	bool busy; /* a slice arrives, or has just */
	bool closed; /* opens no flows in the bank that drains */
	bool all_closed; /* nobody does */
	bool cutting; /* a cut was seen, and not yet that all have closed */
	bool holding; /* and has had room for everything since it holds */
	bool closing, leaving; /* waits for close_round, leave_round */
	bool told; /* of the slices that leave it, by an epoch */
	bool left; /* takes nothing any more for slices that leave it */
	uint32_t round, hold_round, close_round, leave_round;
	uint64_t round_us; /* when this round began */
	uint32_t read_ms; /* what came before has been read: start of the last round */
	uint64_t left_us, cut_us, coming_us; /* since when */
	bool empty[FAB_SIDES]; /* in this round */
	uint32_t taken[FAB_SIDES]; /* frames in this round */
	/* Round until which a slice's trail is looked at; 0 = not */
	uint32_t trail_round[FAB_BANKS][FAB_SLICES];
	uint32_t trail_ms[FAB_BANKS]
			 [FAB_SLICES]; /* older marks are of no packet of ours */
	bool coming[FAB_BANKS][FAB_SLICES]; /* on the move to this engine */
};

/* Once at the start: a table of its own for datagrams in pieces, as every engine sees all
 * of them. False without memory. */
bool mirror_keep_datagrams(struct engine *e);

/* Top of a turn: see the cut and the moves, and do this engine's part of them. */
void mirror_observe(struct engine *e);

/* A port gave `found` of `asked` frames, and they were judged. */
void mirror_note_rx(struct engine *e, unsigned side, unsigned found,
		    unsigned asked);

/* Bring a parsed packet to the batch, the hold queue, or its silent end. */
void mirror_received(struct engine *e, struct buf *b, struct batch *own);

/* Judge held packets again, oldest first; up to `budget` go into the batch. */
unsigned mirror_take(struct engine *e, struct batch *own, unsigned budget);

/* Process a batch, the packets of each bank with its flows. */
void mirror_process(struct engine *e, struct batch *own);

/* Expire flows of a slice in the banks where it is this engine's, and move those that
 * are left of a former set into the bank in use. */
void mirror_sweep(struct engine *e, uint8_t slice, unsigned budget);

/* True while a slice of any bank counts on this engine. */
bool mirror_has_slices(const struct engine *e);

#endif
