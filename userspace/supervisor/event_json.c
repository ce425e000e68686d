// SPDX-License-Identifier: BSD-3-Clause
/* event_json.c - an entry of the ledger as JSON */
#include "event_json.h"

#include <stdio.h>
#include <time.h>

#include "ledger.h"

/* "2026-11-23T06:20:00.123Z" */
static void time_text(uint64_t time_ms, char *out, size_t bytes)
{
	time_t seconds = (time_t)(time_ms / 1000);
	char day[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out, bytes, "%s.%03uZ", day, (unsigned)(time_ms % 1000));
}

json_t *event_json(struct fabric *f, const struct fab_event *event)
{
	struct fab_event e = ledger_view(f, event);
	char when[48];

	time_text(e.time_ms, when, sizeof(when));
	return json_pack(
		"{s:I, s:s, s:i, s:i, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:I,"
		" s:I, s:I, s:I, s:i, s:s}",
		"id", (json_int_t)e.id, "time", when, "from", (int)e.from, "to",
		(int)e.to, "reason", e.reason, "handover", e.handover,
		"slices_moved", (int)e.slices_moved, "flows_moved",
		(int)e.flows_moved, "pause_us", (int)e.pause_us, "pause_p50_us",
		(int)e.pause_p50_us, "pause_p99_us", (int)e.pause_p99_us,
		"held", (json_int_t)e.held, "lost", (json_int_t)e.lost,
		"reordered", (json_int_t)e.reordered, "cut", (json_int_t)e.cut,
		"duration_ms", (int)e.duration_ms, "outcome",
		event_outcome_names[e.outcome]);
}
