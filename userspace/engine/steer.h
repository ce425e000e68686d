/* SPDX-License-Identifier: BSD-3-Clause */
/* steer.h - who processes a packet, and how a slice changes hands */
#ifndef ENGINE_STEER_H
#define ENGINE_STEER_H

#include <stdbool.h>
#include <stdint.h>

#include "fabric.h"

struct engine;
struct buf;
struct batch;

/*
 * The engine's part of docs/handover.md. `to` is the copy of the slice words:
 * packets from the engine's own ports follow it, so that a change takes effect
 * between two turns and the fence says exactly where. Fences go to, and an owner
 * waits for, every living engine, which is at least epoch_members: one that has
 * just started or is about to stop may have packets of the slice too.
 */
struct steer {
	uint8_t to[FAB_SLICES]; /* engine that gets a slice's packets */
	uint32_t epoch; /* steer_epoch when `to` was copied */
	bool copied; /* there is a copy at all */
	bool served; /* some slice of the copy has an owner */
	uint32_t fence_seen[FAB_ENGINES]; /* newest fence taken from each ring */
	bool leaving[FAB_SLICES]; /* owned, to be released */
	bool coming[FAB_SLICES]; /* a move to this engine is under way */
	uint16_t n_leaving, n_coming;
	uint64_t drain_since_us; /* all fences seen, transmit queues not empty; 0 = not yet */
};

enum fate {
	FATE_MINE, /* process it */
	FATE_HOLD, /* the slice is on its way to this engine */
	FATE_PASS, /* another engine's */
	FATE_LOST, /* nobody's */
};

/*
 * Top of a turn: release what may be released, take over what was released to
 * this engine, and when steer_epoch has moved copy the slice words and put out
 * the fences.
 */
void steer_observe(struct engine *e);

/* Judge a slice by its word as it is now. *to is set for FATE_PASS. */
enum fate steer_judge(const struct engine *e, uint8_t slice, uint8_t *to);

/*
 * Bring one parsed packet to where its slice word sends it: the batch, the hold
 * queue, another engine, or a drop. Takes the packet over.
 */
void steer_now(struct engine *e, struct buf *b, struct batch *own);

/* The same for a packet from the engine's own port, by the copy; numbers it. */
void steer_received(struct engine *e, struct buf *b, struct batch *own);

/* What was handed to the ports before `since_us` has left, or as good as. */
bool steer_transmitted(struct engine *e, uint64_t since_us);

/* Compare the numbers of processed packets with what was processed before. */
void steer_account(struct engine *e, const struct batch *own);

#endif
