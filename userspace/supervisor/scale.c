// SPDX-License-Identifier: BSD-3-Clause
/* scale.c - the mechanism: take requests, run one change through its phases */
#include "scale.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "controller.h"
#include "fleet.h"
#include "generation.h"
#include "notice.h"
#include "plan.h"
#include "scale_phase.h"
#include "standby.h"
#include "state.h"
#include "steer.h"
#include "words.h"

#define QUEUE_MAX 8

struct scale {
	struct scale_request queue[QUEUE_MAX];
	unsigned n_queue;
	bool running;
	struct scale_request request; /* the one that runs */
	unsigned phase;
	bool entered;
	uint64_t deadline_us; /* of the phase */
	unsigned wanted_before; /* to go back to on failure */
	struct change change;
};

struct scale *scale_new(void)
{
	return calloc(1, sizeof(struct scale));
}

static const struct scale_phase *phases(const struct fleet *fleet)
{
	return generation_used(fleet) ? scale_generation_phases : scale_phases;
}

bool scale_waits(const struct fleet *fleet)
{
	return fleet->scale->n_queue;
}

bool scale_ends(const struct fleet *fleet)
{
	const struct scale *s = fleet->scale;
	bool ends = false;

	for (unsigned i = 0; i < s->n_queue; i++)
		ends |= s->queue[i].kind == SCALE_STOP_ALL;
	return ends;
}

bool scale_busy(const struct fleet *fleet)
{
	return fleet->scale->running;
}

uint32_t scale_leaving(const struct fleet *fleet)
{
	return fleet->scale->running ? fleet->scale->change.leaving : 0;
}

const char *scale_status(const struct fleet *fleet, char *buf, unsigned bytes)
{
	const struct scale *s = fleet->scale;

	*buf = '\0';
	if (s->running)
		snprintf(buf, bytes, "%s: %s", s->request.reason,
			 phases(fleet)[s->phase].what);
	return buf;
}

void scale_engine_failed(struct fleet *fleet, unsigned slot, const char *why)
{
	struct scale *s = fleet->scale;
	char text[256];

	if (!s->running || !mask_has(s->change.starting, slot))
		return;
	snprintf(text, sizeof(text), "engine %u did not start: %.200s", slot,
		 why);
	change_retry_engine(&s->change, slot, text);
}

__attribute__((format(printf, 3, 4))) static void
answer(const struct scale_request *request, int err, const char *format, ...)
{
	struct scale_result result = { .err = err };
	char text[256];
	va_list ap;

	if (!request->done)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	result.text = text;
	request->done(request->arg, &result);
}

static void tell_progress(const struct scale_request *request,
			  const char *sentence)
{
	if (request->progress)
		request->progress(request->arg, sentence);
}

void scale_submit(struct fleet *fleet, const struct scale_request *request)
{
	struct scale *s = fleet->scale;
	char busy[160];

	if (s->n_queue == QUEUE_MAX) {
		answer(request, EBUSY,
		       "%u changes of the fleet wait already; try again later",
		       QUEUE_MAX);
		return;
	}
	if (s->running || s->n_queue) {
		snprintf(busy, sizeof(busy),
			 "waits for another change of the fleet");
		if (s->running) {
			size_t n = strlen(busy);

			snprintf(busy + n, sizeof(busy) - n, ": %s",
				 s->request.reason);
		}
		tell_progress(request, busy);
	}
	s->queue[s->n_queue++] = *request;
	fleet_wake(fleet);
}

void scale_forget(struct fleet *fleet, const void *arg)
{
	struct scale *s = fleet->scale;

	for (unsigned i = 0; i < s->n_queue; i++) {
		if (s->queue[i].arg == arg) {
			s->queue[i].done = NULL;
			s->queue[i].progress = NULL;
		}
	}
	if (s->request.arg == arg) {
		s->request.done = NULL;
		s->request.progress = NULL;
	}
}

/* How many engines the request asks for. */
static unsigned asked(const struct fleet *fleet, const struct scale_request *r)
{
	unsigned ready = mask_count(fleet_ready(fleet));

	switch (r->kind) {
	case SCALE_TO:
		return r->n;
	case SCALE_STOP:
		return ready - 1;
	case SCALE_STOP_ALL:
		return 0;
	case SCALE_REPLACE:
		return ready;
	case SCALE_RESTORE:
	case SCALE_REBALANCE:
		break;
	}
	return fleet->fabric->engines_wanted;
}

/* Refuses what cannot be; true: answered. */
static bool refused(const struct fleet *fleet, const struct scale_request *r)
{
	const struct config *c = fleet->config;
	unsigned n = asked(fleet, r);

	if (r->kind == SCALE_STOP && !mask_has(fleet_ready(fleet), r->n)) {
		answer(r, ENOENT, "there is no engine %u that runs", r->n);
		return true;
	}
	if (r->kind == SCALE_REPLACE &&
	    mask_count(fleet_used(fleet)) == fleet->fabric->engines_max) {
		answer(r, ENOSPC,
		       "no engine can start beside the %u there are; stop one first",
		       mask_count(fleet_used(fleet)));
		return true;
	}
	if (r->kind == SCALE_STOP && n < c->engines_min) {
		answer(r, ERANGE,
		       "the fleet must keep %u engine%s (fleet.min); start another one first",
		       c->engines_min, c->engines_min == 1 ? "" : "s");
		return true;
	}
	if (r->kind == SCALE_TO && (n < c->engines_min || n > c->engines_max)) {
		answer(r, ERANGE,
		       "%u engines is outside fleet.min .. fleet.max, which is %u..%u",
		       n, c->engines_min, c->engines_max);
		return true;
	}
	return false;
}

/* Those that stand by first. */
static void choose_new(const struct fleet *fleet, unsigned n,
		       struct change *change)
{
	change->spawned = standby_pick(fleet, n);
	change->starting = change->spawned |
			   plan_slots(fleet_used(fleet),
				      fleet->fabric->engines_max,
				      n - mask_count(change->spawned));
}

/* Old engines, and a new one for each that has a free slot. */
static void choose_replaced(const struct fleet *fleet, struct change *change)
{
	unsigned room =
		fleet->fabric->engines_max - mask_count(fleet_used(fleet));

	FOREACH_ENGINE(slot, fleet_ready(fleet))
		if (fleet->engines[slot].outdated &&
		    mask_count(change->leaving) < room)
			change->leaving |= 1u << slot;
	choose_new(fleet, mask_count(change->leaving), change);
}

/* Decides who comes and who goes. */
static void make_change(struct fleet *fleet, const struct scale_request *r,
			struct change *change)
{
	uint32_t ready = fleet_ready(fleet);
	unsigned have = mask_count(ready), want = asked(fleet, r);

	*change = (struct change){ .to = want, .from = have };
	if (r->kind == SCALE_STOP)
		change->leaving = 1u << r->n;
	else if (r->kind == SCALE_REPLACE)
		choose_replaced(fleet, change);
	else if (want < have)
		change->leaving = plan_victims(ready, fleet_receivers(fleet),
					       have - want);
	else
		choose_new(fleet, want - have, change);
	change->all = r->kind == SCALE_STOP_ALL;
	if (generation_used(fleet) && want &&
	    (r->kind != SCALE_TO || want != have))
		generation_replace(fleet, change);
	change->partial = r->kind == SCALE_RESTORE;
	change->by_load = r->kind == SCALE_REBALANCE && want == have;
}

static void enter_phase(struct fleet *fleet, unsigned phase)
{
	struct scale *s = fleet->scale;

	s->phase = phase;
	s->entered = false;
	s->deadline_us =
		clock_us() + scale_phase_limit_us(fleet, &phases(fleet)[phase]);
}

/* True when a change is under way now; false: the request is answered. */
static bool begin(struct fleet *fleet, const struct scale_request *r)
{
	struct scale *s = fleet->scale;

	if (refused(fleet, r))
		return false;
	if (r->by_hand && controller_is_auto(fleet))
		controller_set_auto(fleet, false);
	make_change(fleet, r, &s->change);
	if (s->change.from + mask_count(s->change.starting) < s->change.to) {
		answer(r, EAGAIN,
		       "engines that ended are still cleared away; try again");
		return false;
	}
	s->request = *r;
	s->running = true;
	s->wanted_before = fleet->fabric->engines_wanted;
	fleet->fabric->engines_wanted = s->change.to;
	if (!s->change.starting && !s->change.leaving && !s->change.by_load &&
	    steer_even(fleet)) {
		s->running = false;
		answer(r, 0, "nothing to do");
		return false;
	}
	if (s->change.all)
		standby_end(fleet);
	measure_begin(&s->change.measure, fleet,
		      words_handover[fleet->config->handover], s->change.from,
		      s->change.to, r->reason);
	enter_phase(fleet, 0);
	return true;
}

static void finish(struct fleet *fleet, int err, const char *text)
{
	struct scale *s = fleet->scale;
	struct scale_request request = s->request;
	struct scale_result result = {
		.err = err,
		.fabric = fleet->fabric,
		.event = s->change.measure.event,
		.text = text,
	};

	measure_end(&s->change.measure, fleet, err ? EVENT_FAILED : EVENT_DONE,
		    err ? text : NULL);
	s->running = false;
	state_save(fleet);
	if (request.done)
		request.done(request.arg, &result);
}

void scale_resume(struct fleet *fleet, struct fab_event *event,
		  uint32_t starting)
{
	struct scale *s = fleet->scale;
	uint32_t ready = fleet_ready(fleet);
	unsigned have = mask_count(ready), want = fleet->fabric->engines_wanted;

	s->change = (struct change){
		.from = event->from,
		.to = event->to,
		.starting = starting,
		.spawned = starting,
		.partial = true,
		/* Then the engines' figures about the move are this event's. */
		.planned = event->slices_moved || steer_moving(fleet),
		.planned_us = event->start_us, /* at the earliest */
		.measure = { .event = event },
	};
	/* Which slices moved is in the pauses their new owners noted. */
	for (unsigned slice = 0; slice < FAB_SLICES; slice++)
		s->change.target[slice] =
			fleet->fabric->moving_us[slice] ?
				slice_target(fleet->fabric->slices[slice]) :
				PLAN_STAY;
	if (have > want)
		s->change.leaving = plan_victims(ready, fleet_receivers(fleet),
						 have - want);
	s->change.leaving |= fleet_stopping(fleet);
	if (generation_used(fleet))
		generation_resume(fleet, &s->change);
	s->request = (struct scale_request){ .kind = SCALE_RESTORE };
	snprintf(s->request.reason, sizeof(s->request.reason), "%s",
		 event->reason);
	s->wanted_before = want;
	s->running = true;
	enter_phase(fleet, 0);
}

/* Takes back what can be: new engines that own nothing yet go again. */
static void fail(struct fleet *fleet)
{
	struct scale *s = fleet->scale;
	uint32_t words[FAB_SLICES];

	steer_words(fleet, words);
	FOREACH_ENGINE(slot, s->change.starting & ~steer_involved(fleet) &
				     ~fleet_receivers(fleet)) {
		/* One that is ready would count until its death is seen. */
		if (engine_state(fleet, slot) == ENGINE_READY)
			engine_leave(fleet, slot);
		else
			engine_kill(fleet, slot);
	}
	fleet->fabric->engines_wanted = s->wanted_before;
	measure_complete(&s->change.measure, fleet, 0);
	notice(fleet, "scale_failed", NULL, "%s: %s", s->request.reason,
	       s->change.failure);
	finish(fleet, EIO, s->change.failure);
}

static void tell_phase(struct fleet *fleet, const struct fab_event *event,
		       const char *what)
{
	notice(fleet, "scale_progress",
	       json_pack("{s:I, s:s}", "id", (json_int_t)event->id, "phase",
			 what),
	       "event %llu %s", (unsigned long long)event->id, what);
}

static enum phase_step run_phase(struct fleet *fleet)
{
	struct scale *s = fleet->scale;
	const struct scale_phase *phase = &phases(fleet)[s->phase];
	enum phase_step step;

	if (!s->entered) {
		s->entered = true;
		if (!phase->enter(fleet, &s->change))
			return PHASE_NEXT;
		tell_progress(&s->request, phase->what);
		tell_phase(fleet, s->change.measure.event, phase->what);
	}
	step = phase->poll(fleet, &s->change);
	if (step == PHASE_WAIT && clock_us() >= s->deadline_us)
		step = phase->late(fleet, &s->change);
	return step;
}

/* Goes through phases as far as it can without waiting. */
static void run(struct fleet *fleet)
{
	struct scale *s = fleet->scale;

	while (run_phase(fleet) == PHASE_NEXT && !*s->change.failure) {
		if (!phases(fleet)[s->phase + 1].what) {
			finish(fleet, *s->change.shortfall ? EIO : 0,
			       s->change.shortfall);
			return;
		}
		enter_phase(fleet, s->phase + 1);
	}
	if (*s->change.failure)
		fail(fleet);
}

bool scale_step(struct fleet *fleet)
{
	struct scale *s = fleet->scale;

	while (!s->running && s->n_queue) {
		struct scale_request request = s->queue[0];

		s->n_queue--;
		memmove(s->queue, s->queue + 1,
			s->n_queue * sizeof(s->queue[0]));
		begin(fleet, &request);
	}
	if (s->running)
		run(fleet);
	return s->running || s->n_queue;
}
