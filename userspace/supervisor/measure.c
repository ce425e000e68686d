// SPDX-License-Identifier: BSD-3-Clause
/* measure.c - one change of the fleet from its start to its entry in the ledger */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "event_json.h"
#include "fleet.h"
#include "metrics.h"
#include "notice.h"
#include "plan.h"
#include "steer.h"

/* A packet under way is in a ring or a vector of a polling engine: milliseconds. */
#define SETTLE_US 200000

void measure_begin(struct measure *m, struct fleet *fleet, const char *handover,
		   unsigned from, unsigned to, const char *reason)
{
	const struct ledger_start start = {
		.from = from,
		.to = to,
		.handover = handover,
		.reason = reason,
		.time_ms = clock_wall_ms(),
		.start_us = clock_us(),
	};

	m->event = ledger_open(fleet->fabric, &start);
	m->balance = sequence_update(fleet->sequence, fleet->fabric, NULL);
	notice(fleet, "scale_begin", event_json(fleet->fabric, m->event),
	       "event %llu, %s: %u to %u engines, %s",
	       (unsigned long long)m->event->id, handover, from, to, reason);
}

void measure_clear_engines(struct fleet *fleet)
{
	for (unsigned slot = 0; slot < FAB_ENGINES; slot++) {
		struct fab_engine *e = &fleet->fabric->engines[slot];

		e->held_peak = e->flows_adopted = 0;
	}
}

void measure_add(struct measure *m, const struct steer_change *change)
{
	m->event->slices_moved += change->slices;
	m->event->flows_moved += change->flows;
}

void measure_pause(struct measure *m, uint32_t pause_us)
{
	if (pause_us > m->event->pause_us)
		m->event->pause_us = pause_us;
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void measure_slices(struct measure *m, struct fleet *fleet,
		    const uint8_t *target)
{
	uint32_t pauses[FAB_SLICES];
	unsigned n = 0;

	for (unsigned s = 0; s < FAB_SLICES; s++)
		if (target[s] != PLAN_STAY && fleet->fabric->pause_us[s])
			pauses[n++] = fleet->fabric->pause_us[s];
	if (!n)
		return;
	qsort(pauses, n, sizeof(*pauses), by_size);
	measure_pause(m, pauses[n - 1]);
	m->event->pause_p50_us = pauses[n / 2];
	m->event->pause_p99_us = pauses[(n * 99 + 99) / 100 - 1];
}

void measure_idle(struct fleet *fleet)
{
	sequence_idle(fleet->sequence, fleet->fabric, clock_us(), SETTLE_US);
}

void measure_complete(struct measure *m, struct fleet *fleet,
		      uint32_t patience_us)
{
	uint64_t now_us = clock_us();

	m->event->duration_ms =
		(uint32_t)((now_us - m->event->start_us) / 1000);
	m->settle_until_us = now_us + patience_us;
	sequence_mark(fleet->fabric, &m->mark);
}

bool measure_settled(const struct measure *m, struct fleet *fleet)
{
	return sequence_reached(fleet->sequence, fleet->fabric, &m->mark) ||
	       clock_us() >= m->settle_until_us;
}

void measure_end(struct measure *m, struct fleet *fleet,
		 enum event_outcome outcome, const char *reason)
{
	struct fab_event *e = m->event;
	int64_t balance =
		sequence_update(fleet->sequence, fleet->fabric, &m->mark);

	if (reason)
		snprintf(e->reason, sizeof(e->reason), "%s", reason);
	ledger_close(fleet->fabric, e, outcome, balance - m->balance);
	m->event = NULL;
	metrics_note_event(fleet, e);
	notice(fleet, "scale_end", event_json(fleet->fabric, e),
	       "event %llu %s after %u ms: %u slices with %u flows moved, pause %u us, "
	       "held %llu, lost %llu, reordered %llu",
	       (unsigned long long)e->id, event_outcome_names[e->outcome],
	       e->duration_ms, e->slices_moved, e->flows_moved, e->pause_us,
	       (unsigned long long)e->held, (unsigned long long)e->lost,
	       (unsigned long long)e->reordered);
}
