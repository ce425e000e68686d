/* SPDX-License-Identifier: BSD-3-Clause */
/* handoff.h - packets to and from other engines through the fabric's rings */
#ifndef ENGINE_HANDOFF_H
#define ENGINE_HANDOFF_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "fabric.h"

struct engine;
struct batch;

#define HANDOFF_STASH 1024 /* packets that wait for room, over all rings */
#define HANDOFF_HOPS  4

/*
 * Packets for another engine are stashed and put into its ring once a turn. The
 * fence of an epoch is a mark in the stash: packets in front of it were steered
 * before the epoch, those behind it after.
 */
struct handoff {
	struct buf_queue stash[FAB_ENGINES];
	uint32_t stashed; /* over all */
	uint32_t fence_after[FAB_ENGINES]; /* packets in front of the fence */
	uint32_t fences_due; /* bit per engine whose fence is not in its ring */
	uint32_t fence_epoch;
	uint8_t take_from; /* ring the next turn starts with */
};

/* Stash a packet for engine `to`; drops it when the stash is full. */
void handoff_push(struct engine *e, struct buf *b, uint8_t to);

/* Mark in every living engine's stash where `epoch` begins. A mark that is still
 * there gives way: a fence stands for all epochs up to its own. */
void handoff_fence(struct engine *e, uint32_t epoch);

/* True when every fence is in its ring. */
bool handoff_fenced(const struct engine *e);

/* Put into the rings what there is room for; publishes epoch_seen. */
void handoff_put(struct engine *e);

/* Steer again what is stashed for engines that do not live any more. `to` is
 * the table by which packets were steered until now. */
void handoff_rescue(struct engine *e, const uint8_t *to);

/* Take up to `budget` packets from the rings of the other engines. */
unsigned handoff_take(struct engine *e, struct batch *own, unsigned budget);

/* True when no other engine has anything for this one. */
bool handoff_empty(const struct engine *e);

#endif
