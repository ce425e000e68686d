/* SPDX-License-Identifier: BSD-3-Clause */
/* loop.h - the packet loop */
#ifndef ENGINE_LOOP_H
#define ENGINE_LOOP_H

#include <stdbool.h>

#include "engine.h"

/* See time and configuration as a turn does, before the first one. */
void loop_prepare(struct engine *e);

/* One turn of the loop; false when the engine has left it. */
bool loop_turn(struct engine *e);

/* True when what was handed to the ports has left them, or they do not tell. */
bool loop_transmitted(struct engine *e);

/* Bring a parsed packet to the batch, or to whoever it has to wait or go to. */
void loop_take_in(struct engine *e, struct buf *b, struct batch *own);

/* Send a frame on a side at the end of the turn. Takes it over. */
void loop_send(struct engine *e, uint8_t side, struct buf *b);

/* Room for what the core makes itself; less of it is no harm. Once at the start. */
void loop_fill_made(struct engine *e);

/* Send what the core has made since the last time, and make room again. */
void loop_send_made(struct engine *e);

#endif
