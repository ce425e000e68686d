/* SPDX-License-Identifier: BSD-3-Clause */
/* endpoint.h - TCP connections that end in the engine, by lwIP */
#ifndef ENGINE_ENDPOINT_H
#define ENGINE_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct engine;

/*
 * lwIP is one per process and so is this. Its pools are part of the program; they are
 * first touched when a configuration has a service that engines serve themselves.
 */

/* Serve what the engine's snapshot says. Connections to services that are gone are
 * reset, all others stay. Called when the engine begins to use a snapshot. */
void endpoint_configure(struct engine *e);

/* True while files of some service are read for the first time: they would be answered with
 * 503. */
bool endpoint_reads(void);

/* A packet with VERDICT_LOCAL. Takes it over; counts it as punted or dropped. */
void endpoint_take(struct engine *e, struct buf *b);

/* The engine is about to give slices of the bank that drains to others, which cannot have
 * its TCP: reset and count (service_cut) what of them is still connected. */
void endpoint_leave(struct engine *e);

/* Once a millisecond: lwIP's timers, files that have been read, and the end of
 * idle connections when the engine's set drains. */
void endpoint_turn(struct engine *e);

#endif
