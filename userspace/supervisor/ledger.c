// SPDX-License-Identifier: BSD-3-Clause
/* ledger.c - the record of every change of the fleet, kept in the fabric */
#include "ledger.h"

#include <stdio.h>
#include <string.h>

const char *const event_outcome_names[] = {
	[EVENT_RUNNING] = "running",
	[EVENT_DONE] = "done",
	[EVENT_FAILED] = "failed",
	[EVENT_ABORTED] = "aborted",
};

struct totals {
	uint64_t held, lost, reordered, cut;
};

/* A packet that did not fit into a ring or a hold queue had its number by then: its
 * gap says so, once. */
static struct totals fleet_totals(const struct fabric *f)
{
	struct totals sum = { 0 };

	for (unsigned i = 0; i < FAB_ENGINES; i++) {
		const _Atomic uint64_t *counters = f->engines[i].counters;

		sum.held += counters[CNT_held_total];
		sum.lost += counters[CNT_seq_lost];
		sum.reordered += counters[CNT_seq_reordered];
		sum.cut += counters[CNT_service_cut];
	}
	return sum;
}

static struct fab_event *event_at(struct fabric *f, uint64_t id)
{
	return &f->events[(id - 1) % FAB_EVENTS];
}

struct fab_event *ledger_open(struct fabric *f,
			      const struct ledger_start *start)
{
	uint64_t id = f->event_next;
	struct fab_event *e = event_at(f, id);
	struct totals t = fleet_totals(f);

	*e = (struct fab_event){
		.id = id,
		.time_ms = start->time_ms,
		.start_us = start->start_us,
		.from = start->from,
		.to = start->to,
		.held = t.held,
		.lost = t.lost,
		.reordered = t.reordered,
		.cut = t.cut,
		.outcome = EVENT_RUNNING,
	};
	snprintf(e->handover, sizeof(e->handover), "%s", start->handover);
	snprintf(e->reason, sizeof(e->reason), "%s", start->reason);
	f->event_next = id + 1;
	return e;
}

struct fab_event ledger_view(struct fabric *f, const struct fab_event *event)
{
	struct fab_event view = *event;
	struct totals t;

	if (event->outcome != EVENT_RUNNING)
		return view;
	t = fleet_totals(f);
	view.held = t.held - event->held;
	view.lost = t.lost - event->lost;
	view.reordered = t.reordered - event->reordered;
	view.cut = t.cut - event->cut;
	return view;
}

void ledger_close(struct fabric *f, struct fab_event *event,
		  enum event_outcome outcome, int64_t extra_lost)
{
	struct fab_event end = ledger_view(f, event);

	if (extra_lost < 0 && (uint64_t)-extra_lost > end.lost)
		end.lost = 0;
	else
		end.lost += (uint64_t)extra_lost;
	end.outcome = outcome;
	*event = end;
}

struct fab_event *ledger_first(struct fabric *f)
{
	uint64_t next = f->event_next;

	if (next == 1)
		return NULL;
	return event_at(f, next > FAB_EVENTS ? next - FAB_EVENTS : 1);
}

struct fab_event *ledger_next(struct fabric *f, const struct fab_event *event)
{
	return event->id + 1 < f->event_next ? event_at(f, event->id + 1) :
					       NULL;
}
