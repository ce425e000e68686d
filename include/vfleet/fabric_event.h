/* SPDX-License-Identifier: BSD-3-Clause */
/* fabric_event.h - the ledger's entries as they lie in the fabric */
#ifndef VFLEET_FABRIC_EVENT_H
#define VFLEET_FABRIC_EVENT_H

#include <stdint.h>

#define FAB_EVENTS 512 /* the newest ones */

/*
 * Ledger. One event = one change of the fleet. Writer: supervisor (one), readers: API.
 * The newest FAB_EVENTS stay; survives the supervisor because it is here.
 */
enum event_outcome { EVENT_RUNNING, EVENT_DONE, EVENT_FAILED, EVENT_ABORTED };

struct fab_event {
	uint64_t id; /* 1, 2, ...; 0 = unused */
	uint64_t time_ms; /* CLOCK_REALTIME at the start */
	uint64_t start_us; /* CLOCK_MONOTONIC */
	uint32_t from, to; /* engines before and after */
	uint32_t slices_moved;
	uint32_t flows_moved;
	uint32_t pause_us; /* longest wait of one slice */
	uint32_t pause_p50_us, pause_p99_us; /* of the waits of all of them */
	uint32_t duration_ms;
	uint64_t held, lost, reordered;
	uint64_t cut; /* connections that ended in an engine and were reset */
	uint32_t outcome; /* enum event_outcome */
	char handover[16]; /* "migrate", "adopt" */
	char reason[96];
};

#endif
