/* SPDX-License-Identifier: BSD-3-Clause */
/* sequence.h - packets that were numbered and never came out, by the fabric's numbers
 *
 * An engine notices a lost packet only when the next one of the slice arrives. What
 * lies behind it is found here: a number that was given out, but that the owner has
 * not reached after everything under way has had time to arrive.
 */
#ifndef SUPERVISOR_SEQUENCE_H
#define SUPERVISOR_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "fabric.h"

/* The numbers given out so far, by receiving engine and slice. */
struct sequence_mark {
	uint32_t sent[FAB_ENGINES][FAB_SLICES];
};

/* What was reported as missing; all zero at the start. */
struct sequence {
	uint32_t missing[FAB_ENGINES][FAB_SLICES]; /* not yet seen by an engine */
	uint32_t done[FAB_ENGINES][FAB_SLICES]; /* when it was reported */
	int64_t balance; /* packets reported here and not counted by an engine */
	struct sequence_mark idle_mark; /* of the last sequence_idle() */
	uint64_t idle_us; /* when; 0: never */
};

void sequence_mark(struct fabric *f, struct sequence_mark *mark);

/* True when the owners have got as far as the mark everywhere, but for what was
 * reported as missing. */
bool sequence_reached(const struct sequence *q, struct fabric *f,
		      const struct sequence_mark *mark);

/*
 * Moves on what was reported earlier and has been counted by an engine since. Returns
 * the balance: its difference between two calls is what to add to the engines' own
 * figures in between. mark, unless NULL: report what is missing up to there as well.
 */
int64_t sequence_update(struct sequence *q, struct fabric *f,
			const struct sequence_mark *mark);

/*
 * While the fleet does not change: takes note of what goes missing, so that the next
 * change is not blamed. settle_us: time enough for everything under way to arrive.
 */
void sequence_idle(struct sequence *q, struct fabric *f, uint64_t now_us,
		   uint64_t settle_us);

#endif
