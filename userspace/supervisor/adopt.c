// SPDX-License-Identifier: BSD-3-Clause
/* adopt.c - an engine died: its slices and addresses go to the living */
#include "adopt.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "controller.h"
#include "engine.h"
#include "fleet.h"
#include "generation.h"
#include "measure.h"
#include "notice.h"
#include "plan.h"
#include "scale.h"
#include "steer.h"

/* A slot may die again before its last death is settled. */
#define ADOPTIONS (2 * FAB_ENGINES)

/* One death, from its notice until its entry in the ledger is closed. */
struct adoption {
	bool active;
	bool released; /* nothing refers to the dead process: its slot is free */
	bool settling;
	unsigned slot;
	uint64_t died_us;
	bool orphan[FAB_SLICES]; /* slices that were its own */
	struct measure measure;
};

struct adopt {
	struct adoption adoptions[ADOPTIONS];
};

struct adopt *adopt_new(void)
{
	return calloc(1, sizeof(struct adopt));
}

#define FOREACH_ADOPTION(a, fleet)                           \
	for (struct adoption *a = (fleet)->adopt->adoptions; \
	     a < (fleet)->adopt->adoptions + ADOPTIONS; a++) \
		if (a->active)

bool adopt_busy(const struct fleet *fleet)
{
	FOREACH_ADOPTION(a, fleet)
	return true;
	return false;
}

/* A free place, or that of the oldest death, whose entry ends unfinished. */
static struct adoption *new_adoption(struct fleet *fleet)
{
	struct adoption *list = fleet->adopt->adoptions, *oldest = list;

	for (unsigned i = 0; i < ADOPTIONS; i++) {
		if (!list[i].active)
			return &list[i];
		if (list[i].died_us < oldest->died_us)
			oldest = &list[i];
	}
	measure_complete(&oldest->measure, fleet, 0);
	measure_end(&oldest->measure, fleet, EVENT_ABORTED, NULL);
	return oldest;
}

void adopt_engine(struct fleet *fleet, unsigned slot, const char *how)
{
	struct adoption *a = new_adoption(fleet);
	unsigned left = mask_count(fleet_ready(fleet));
	char reason[96];

	*a = (struct adoption){ .active = true,
				.slot = slot,
				.died_us = clock_us() };
	snprintf(reason, sizeof(reason), "engine %u died: %.72s", slot, how);
	measure_begin(&a->measure, fleet, "adopt", left + 1, left, reason);
	controller_note_death(fleet,
			      a->died_us - fleet->engines[slot].ready_us);
}

/* Engines that release a slice on the move by themselves. */
static uint32_t releasing(const struct fleet *fleet)
{
	return fleet_ready(fleet) | fleet_stopping(fleet);
}

/* Who takes over: engines that stay, or if there are none, whoever is there. */
static uint32_t heirs(const struct fleet *fleet)
{
	uint32_t ready = fleet_ready(fleet),
		 staying = ready & ~scale_leaving(fleet);

	return staying ? staying : ready;
}

/* Notes what the dead own now, which may be more than when they died: a slice that
 * was on the move to one arrives when its living owner has released it. */
static void note_orphans(struct fleet *fleet, const uint32_t *words)
{
	FOREACH_ADOPTION(a, fleet)
	{
		if (a->released)
			continue;
		for (unsigned s = 0; s < FAB_SLICES; s++) {
			if (slice_owner(words[s]) != a->slot)
				continue;
			/* From the last death on it counts as this one's. */
			FOREACH_ADOPTION(other, fleet)
			other->orphan[s] = false;
			a->orphan[s] = true;
			a->settling = false;
		}
	}
}

static void give(struct fleet *fleet, const uint32_t *words)
{
	uint32_t living = releasing(fleet);
	uint8_t target[FAB_SLICES], own[FAB_SLICES];

	if (!plan_adopt(words, living, heirs(fleet), target))
		return;
	FOREACH_ADOPTION(a, fleet)
	{
		struct steer_change change;

		for (unsigned s = 0; s < FAB_SLICES; s++)
			own[s] = a->orphan[s] ? target[s] : PLAN_STAY;
		change = steer_slices(fleet, own, living);
		measure_add(&a->measure, &change);
	}
}

static bool is_served(const struct fleet *fleet, const struct adoption *a,
		      const uint32_t *words)
{
	for (unsigned s = 0; s < FAB_SLICES; s++)
		if (a->orphan[s] && (words[s] & SLICE_RECOVER ||
				     slice_owner(words[s]) == FAB_NO_ENGINE))
			return false;
	return a->released && heirs(fleet) && steer_seen(fleet);
}

static void step_one(struct fleet *fleet, struct adoption *a)
{
	uint32_t words[FAB_SLICES];

	steer_words(fleet, words);
	if (!a->released &&
	    !mask_has(steer_involved(fleet) | fleet_receivers(fleet),
		      a->slot)) {
		a->released = true;
		engine_release(fleet, a->slot);
	}
	if (!a->settling && is_served(fleet, a, words)) {
		measure_pause(&a->measure, (uint32_t)(clock_us() - a->died_us));
		measure_complete(&a->measure, fleet, MEASURE_PATIENCE_DEATH_US);
		a->settling = true;
	}
	if (a->settling && measure_settled(&a->measure, fleet)) {
		measure_end(&a->measure, fleet, EVENT_DONE, NULL);
		a->active = false;
	}
}

bool adopt_step(struct fleet *fleet)
{
	uint32_t words[FAB_SLICES];

	if (!adopt_busy(fleet))
		return false;
	steer_words(fleet, words);
	note_orphans(fleet, words);
	if (heirs(fleet)) {
		give(fleet, words);
		generation_adopt(fleet, releasing(fleet), heirs(fleet));
		steer_receivers(fleet, fleet_ready(fleet), heirs(fleet));
	} else {
		steer_orphan(fleet, releasing(fleet));
	}
	FOREACH_ADOPTION(a, fleet)
	step_one(fleet, a);
	return adopt_busy(fleet) && heirs(fleet);
}
