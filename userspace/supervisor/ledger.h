/* SPDX-License-Identifier: BSD-3-Clause */
/* ledger.h - the record of every change of the fleet, kept in the fabric
 *
 * An event is open from its start until ledger_close(). While it is open its held,
 * lost and reordered fields hold the fleet's totals at the start, so that a new
 * supervisor can close what an old one opened; ledger_view() gives what users read.
 */
#ifndef SUPERVISOR_LEDGER_H
#define SUPERVISOR_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "fabric.h"

struct ledger_start {
	unsigned from, to; /* engines before and after */
	const char *handover; /* "migrate" or "adopt" */
	const char *reason;
	uint64_t time_ms; /* CLOCK_REALTIME */
	uint64_t start_us; /* CLOCK_MONOTONIC */
};

/* Starts an event; it overwrites the one FAB_EVENTS before it. */
struct fab_event *ledger_open(struct fabric *f,
			      const struct ledger_start *start);

/*
 * Ends an event. extra_lost: packets known to be lost that no counter of an engine
 * shows yet, or (negative) that a counter shows now and an earlier event has told.
 */
void ledger_close(struct fabric *f, struct fab_event *event,
		  enum event_outcome outcome, int64_t extra_lost);

/* The event as users read it: figures since its start. */
struct fab_event ledger_view(struct fabric *f, const struct fab_event *event);

/* The oldest event kept, then the next newer one, then NULL. */
struct fab_event *ledger_first(struct fabric *f);
struct fab_event *ledger_next(struct fabric *f, const struct fab_event *event);

extern const char *const event_outcome_names[];

#endif
