// SPDX-License-Identifier: BSD-3-Clause
/* generation.c - the hand-over between two sets of engines that run side by side */
#include "generation.h"

#include <stdio.h>
#include <string.h>

#include "adopt.h"
#include "clock.h"
#include "engine.h"
#include "fleet.h"
#include "flow.h"
#include "plan.h"
#include "scale.h"
#include "steer.h"

bool generation_used(const struct fleet *fleet)
{
	return fleet->fabric->banks == FAB_BANKS;
}

static bool draining(const struct fleet *fleet)
{
	return fleet->fabric->cut & CUT_DRAIN;
}

static unsigned old_bank(const struct fleet *fleet)
{
	return !cut_bank(fleet->fabric->cut);
}

uint32_t generation_current(const struct fleet *fleet)
{
	uint32_t mask = 0, number = cut_generation(fleet->fabric->cut);

	FOREACH_ENGINE(slot, fleet_ready(fleet))
		if (fleet->fabric->engines[slot].generation == number)
			mask |= 1u << slot;
	return mask;
}

/* Everybody who lives does what the cut says, as far as the cut says so. */
static bool all_have(const struct fleet *fleet, bool closed)
{
	const struct fabric *f = fleet->fabric;

	FOREACH_ENGINE(slot, fleet_ready(fleet) | fleet_stopping(fleet))
		if ((closed ? f->engines[slot].cut_closed :
			      f->engines[slot].cut_held) != f->cut)
			return false;
	return true;
}

static uint32_t flows_left(const struct fleet *fleet)
{
	return flow_count_all(fabric_flows(fleet->fabric, old_bank(fleet)));
}

/* Of these, those that no other engine can go on with. */
static uint32_t ends_left(const struct fleet *fleet)
{
	return flow_count_ends(fabric_flows(fleet->fabric, old_bank(fleet)));
}

/* For measure_slices(): none stays. */
static const uint8_t every_slice[FAB_SLICES];

/* --- the cut --- */

/* Slices of the bank nobody uses go to the new set, evenly. */
static void give_bank(struct fleet *fleet, unsigned bank, uint32_t members)
{
	_Atomic uint32_t *slices = fabric_slices(fleet->fabric, bank);
	uint32_t words[FAB_SLICES];
	uint8_t target[FAB_SLICES];

	for (unsigned s = 0; s < FAB_SLICES; s++)
		words[s] = slice_word(FAB_NO_ENGINE, FAB_NO_ENGINE, 0);
	plan_balance(words, members, target);
	for (unsigned s = 0; s < FAB_SLICES; s++)
		slices[s] = slice_word(target[s], target[s], 0);
}

bool generation_cut_enter(struct fleet *fleet, struct change *change)
{
	struct fabric *f = fleet->fabric;
	uint32_t next = cut_generation(f->cut) + 1;
	uint32_t new = change->starting &fleet_ready(fleet);

	if (change->all) {
		steer_orphan(fleet, 0);
		return false;
	}
	if (draining(fleet) || change->cut_made)
		return draining(fleet);
	if (!new) {
		snprintf(change->failure, sizeof(change->failure), "%s",
			 *change->shortfall ? change->shortfall :
					      "no new engine is there");
		return false;
	}
	measure_clear_engines(fleet);
	for (unsigned s = 0; s < FAB_SLICES; s++)
		f->pause_us[s] = 0;
	give_bank(fleet, next & 1, new);
	f->cut = cut_word(next, true);
	change->measure.event->slices_moved = FAB_SLICES;
	return true;
}

enum phase_step generation_cut_poll(struct fleet *fleet, struct change *change)
{
	if (!all_have(fleet, true))
		return PHASE_WAIT;
	measure_slices(&change->measure, fleet, every_slice);
	/* The old set is free of what everybody gets: one engine has to answer. */
	steer_receivers(fleet, fleet_ready(fleet) & ~change->leaving,
			fleet_ready(fleet) & ~change->leaving);
	return PHASE_NEXT;
}

/* Who does not answer hangs: its slices and flows go to the others. */
enum phase_step generation_cut_late(struct fleet *fleet, struct change *change)
{
	const struct fabric *f = fleet->fabric;

	FOREACH_ENGINE(slot, fleet_ready(fleet))
		if (f->engines[slot].cut_held != f->cut)
			engine_kill(fleet, slot);
	return PHASE_WAIT;
}

/* --- the old set's connections come to their end --- */

bool generation_drain_enter(struct fleet *fleet, struct change *change)
{
	change->drain_us = clock_us();
	return !change->all && draining(fleet);
}

enum phase_step generation_drain_poll(struct fleet *fleet,
				      struct change *change)
{
	uint64_t limit_us =
		fleet->config->scaling.drain_deadline_s * 1000000ull;

	/* Another change waits: what is left moves now, so that there are never more
	 * than two sets. What cannot move is given its time all the same. */
	if (!flows_left(fleet) || scale_ends(fleet) ||
	    (scale_waits(fleet) && !ends_left(fleet)) ||
	    clock_us() - change->drain_us >= limit_us)
		return PHASE_NEXT;
	return PHASE_WAIT;
}

enum phase_step generation_drain_late(struct fleet *fleet,
				      struct change *change)
{
	return PHASE_NEXT;
}

/* --- what is left moves --- */

static void move_slices(struct fleet *fleet, struct change *change)
{
	struct fabric *f = fleet->fabric;
	_Atomic uint32_t *old = fabric_slices(f, old_bank(fleet));
	_Atomic uint32_t *new = fabric_slices(f, cut_bank(f->cut));
	uint32_t living = fleet_ready(fleet) | fleet_stopping(fleet);
	uint32_t left = flows_left(fleet), ends = ends_left(fleet);

	for (unsigned s = 0; s < FAB_SLICES; s++) {
		uint8_t owner = slice_owner(old[s]), to = slice_owner(new[s]);

		if (owner != to && mask_has(living, owner) &&
		    mask_has(living, to) && !(old[s] & SLICE_RECOVER))
			old[s] = slice_word(owner, to, SLICE_MOVING);
	}
	/* Both go on changing meanwhile. */
	if (left > ends)
		change->measure.event->flows_moved += left - ends;
	steer_repeat(fleet);
}

bool generation_move_enter(struct fleet *fleet, struct change *change)
{
	return !change->all && draining(fleet) && flows_left(fleet);
}

enum phase_step generation_move_poll(struct fleet *fleet, struct change *change)
{
	if (adopt_busy(fleet) || steer_moving(fleet) || !steer_seen(fleet))
		return PHASE_WAIT;
	measure_slices(&change->measure, fleet, every_slice);
	if (!flows_left(fleet))
		return PHASE_NEXT;
	if (!change->planned) {
		change->planned = true;
		move_slices(fleet, change);
	}
	return PHASE_WAIT;
}

enum phase_step generation_move_late(struct fleet *fleet, struct change *change)
{
	snprintf(change->failure, sizeof(change->failure),
		 "%u flows of the former engines are still there",
		 flows_left(fleet));
	return PHASE_WAIT;
}

/* --- the end of the old set --- */

bool generation_end_enter(struct fleet *fleet, struct change *change)
{
	struct fabric *f = fleet->fabric;

	if (change->all || !draining(fleet))
		return false;
	f->cut = cut_word(cut_generation(f->cut), false);
	return true;
}

enum phase_step generation_end_poll(struct fleet *fleet, struct change *change)
{
	_Atomic uint32_t *slices =
		fabric_slices(fleet->fabric, old_bank(fleet));

	if (!all_have(fleet, false))
		return PHASE_WAIT;
	for (unsigned s = 0; s < FAB_SLICES; s++)
		slices[s] = slice_word(FAB_NO_ENGINE, FAB_NO_ENGINE, 0);
	/* Whoever had to take slices of the new set over stays. */
	change->leaving &= ~steer_involved(fleet);
	return PHASE_NEXT;
}

void generation_replace(struct fleet *fleet, struct change *change)
{
	change->leaving = fleet_ready(fleet);
	change->starting = plan_slots(fleet_used(fleet),
				      fleet->fabric->engines_max, change->to);
}

void generation_resume(struct fleet *fleet, struct change *change)
{
	uint32_t current = generation_current(fleet);

	change->cut_made = change->measure.event->slices_moved;
	change->planned = false;
	change->leaving = fleet_stopping(fleet);
	if (change->cut_made) {
		change->leaving |= fleet_ready(fleet) & ~current;
	} else {
		change->starting |= fleet_ready(fleet) & ~current;
		change->spawned = change->starting;
		change->leaving |= current;
	}
}

void generation_adopt(struct fleet *fleet, uint32_t living, uint32_t heirs)
{
	_Atomic uint32_t *slices;
	bool changed = false;

	if (!draining(fleet))
		return;
	slices = fabric_slices(fleet->fabric, old_bank(fleet));
	for (unsigned s = 0; s < FAB_SLICES; s++) {
		uint8_t owner = slice_owner(slices[s]);
		uint8_t to = slice_owner(fabric_slices(
			fleet->fabric, cut_bank(fleet->fabric->cut))[s]);

		if (mask_has(living, owner))
			continue;
		/* Best to whom the slice's new connections go. */
		if (!mask_has(heirs, to))
			to = (uint8_t)__builtin_ctz(heirs);
		slices[s] = slice_word(to, to, SLICE_RECOVER);
		changed = true;
	}
	if (changed)
		steer_repeat(fleet);
}
