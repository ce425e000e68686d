/* SPDX-License-Identifier: BSD-3-Clause */
/* hold.h - packets that wait for their slice to arrive */
#ifndef ENGINE_HOLD_H
#define ENGINE_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "fabric.h"

struct engine;
struct batch;

/* In arrival order per slice; fabric->hold_slots bounds them all together. */
struct hold {
	struct buf_queue slices[FAB_SLICES];
	uint32_t n;
};

/* Let a packet wait; drops it when too many do. */
void hold_push(struct engine *e, struct buf *b);

/* The oldest packet of a slice, or NULL. */
struct buf *hold_pop(struct hold *h, uint8_t slice);

static inline bool hold_has(const struct hold *h, uint8_t slice)
{
	return h->slices[slice].n != 0;
}

/* Move up to `budget` packets of slices that need not wait any longer to where
 * they belong, oldest first. */
unsigned hold_take(struct engine *e, struct batch *own, unsigned budget);

#endif
