/* SPDX-License-Identifier: BSD-3-Clause */
/* pending.h - rewritten packets that wait for a neighbour's MAC address */
#ifndef ENGINE_PENDING_H
#define ENGINE_PENDING_H

#include <stdint.h>

#include "buf.h"
#include "fabric.h"

struct engine;

#define PENDING_PACKETS	      512 /* over all neighbours */
#define PENDING_PER_NEIGHBOUR 64
#define PENDING_TIMEOUT_MS    1000

struct pending {
	struct buf_queue queue;
	uint8_t per_neighbour[FAB_NEIGHBOURS];
	uint32_t pass,
		waits[FAB_NEIGHBOURS]; /* pass that found it unresolved */
	uint16_t per_slice[FAB_SLICES]; /* such a slice is not released */
};

/* A packet with VERDICT_NEIGH: send it when the answer has come meanwhile,
 * otherwise let it wait, or drop it. */
void pending_push(struct engine *e, struct buf *b);

/* Send what can be sent, drop what waited too long. */
void pending_flush(struct engine *e);

#endif
