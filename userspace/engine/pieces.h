/* SPDX-License-Identifier: BSD-3-Clause */
/* pieces.h - fragments that wait for their first one, packets to be cut */
#ifndef ENGINE_PIECES_H
#define ENGINE_PIECES_H

#include <stdint.h>

#include "buf.h"

struct engine;
struct batch;

#define PIECES_WAITING 128 /* fragments that wait, at most */
#define PIECES_WAIT_MS 1000u

struct pieces {
	struct buf_queue queue;
	uint32_t turned_ms; /* last look at those that wait */
	bool fresh; /* a first fragment has come since */
};

/* A fragment with VERDICT_STEER: on to the slice of its flow. Takes it over, as
 * all of these do. */
void pieces_steer(struct engine *e, struct buf *b, struct batch *own);

/* A fragment with VERDICT_WAIT. */
void pieces_wait(struct engine *e, struct buf *b);

/* Once a turn: those whose first fragment has come go on, the late ones end. */
void pieces_turn(struct engine *e, struct batch *own);

/* A slice leaves: what waits in it goes to its next owner. */
void pieces_leave(struct engine *e, uint8_t slice);

/* A packet with VERDICT_SPLIT: cut it and send the pieces. The first counts as
 * the packet, the others as made here. */
void pieces_send(struct engine *e, struct buf *b);

#endif
