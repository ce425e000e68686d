/* SPDX-License-Identifier: BSD-3-Clause */
/* measure.h - one change of the fleet from its start to its entry in the ledger */
#ifndef SUPERVISOR_MEASURE_H
#define SUPERVISOR_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger.h"
#include "sequence.h"

struct fleet;
struct steer_change;

struct measure {
	struct fab_event *event; /* NULL: none under way */
	int64_t balance; /* of the sequence numbers at the start */
	struct sequence_mark mark;
	uint64_t settle_until_us;
};

/* Opens the entry. */
void measure_begin(struct measure *m, struct fleet *fleet, const char *handover,
		   unsigned from, unsigned to, const char *reason);

/* Clears the engines' own figures about a move; only while nothing moves. */
void measure_clear_engines(struct fleet *fleet);

/* Adds slices that change hands. */
void measure_add(struct measure *m, const struct steer_change *change);

/* A slice waited for so long; the longest wait counts. */
void measure_pause(struct measure *m, uint32_t pause_us);

/* The same for what the new owners saw of the slices that moved: target[] as it was
 * given to steer_slices(). */
void measure_slices(struct measure *m, struct fleet *fleet,
		    const uint8_t *target);

/* Each turn without a change under way: what is lost now is nobody's doing. */
void measure_idle(struct fleet *fleet);

/* Engines that wait for a CPU bring what they have still; what a dead one had will never
 * come. */
#define MEASURE_PATIENCE_US	  5000000
#define MEASURE_PATIENCE_DEATH_US 200000

/* The change is carried out. What is under way now still has to arrive before one can
 * tell what was lost: at most for `patience_us`. */
void measure_complete(struct measure *m, struct fleet *fleet,
		      uint32_t patience_us);

/* True when everything has arrived, or had time enough. */
bool measure_settled(const struct measure *m, struct fleet *fleet);

/* Closes the entry and tells. reason, unless NULL, replaces the one at the start. */
void measure_end(struct measure *m, struct fleet *fleet,
		 enum event_outcome outcome, const char *reason);

#endif
