// SPDX-License-Identifier: BSD-3-Clause
/* steer.c - the supervisor's writes to the steering table (docs/handover.md) */
#include "steer.h"

#include <string.h>

#include "fleet.h"
#include "flow.h"
#include "plan.h"

void steer_words(const struct fleet *fleet, uint32_t words[FAB_SLICES])
{
	for (unsigned s = 0; s < FAB_SLICES; s++)
		words[s] = fabric_slices(fleet->fabric,
					 cut_bank(fleet->fabric->cut))[s];
}

uint32_t steer_involved(const struct fleet *fleet)
{
	uint32_t words[FAB_SLICES], mask = 0;

	for (unsigned bank = 0; bank < fleet->fabric->banks; bank++) {
		for (unsigned s = 0; s < FAB_SLICES; s++)
			words[s] = fabric_slices(fleet->fabric, bank)[s];
		mask |= plan_involved(words);
	}
	return mask;
}

/* Everything written before is seen by an engine that sees the new epoch. */
static void tell_engines(struct fleet *fleet)
{
	fleet->fabric->epoch_members = fleet_ready(fleet);
	fleet->fabric->steer_epoch++;
	fleet_wake_engines(fleet);
}

static uint32_t new_word(uint32_t word, uint8_t to, uint32_t living)
{
	uint8_t owner = slice_owner(word);

	if (owner == FAB_NO_ENGINE)
		return slice_word(to, to, word & SLICE_RECOVER);
	if (!mask_has(living, owner))
		return slice_word(to, to, SLICE_RECOVER);
	return slice_word(owner, to, SLICE_MOVING);
}

struct steer_change steer_slices(struct fleet *fleet, const uint8_t *target,
				 uint32_t living)
{
	struct fabric *f = fleet->fabric;
	unsigned bank = cut_bank(f->cut);
	_Atomic uint32_t *slices = fabric_slices(f, bank);
	struct flow_store *flows = fabric_flows(f, bank);
	struct steer_change change = { 0 };

	for (unsigned s = 0; s < FAB_SLICES; s++) {
		if (target[s] == PLAN_STAY)
			continue;
		change.slices++;
		change.flows += flow_count(flows, (uint8_t)s);
		f->moving_us[s] = 0;
		f->pause_us[s] = 0;
		slices[s] = new_word(slices[s], target[s], living);
	}
	if (change.slices)
		tell_engines(fleet);
	return change;
}

/* Slices of the dead in one bank, when nobody is left to take them. */
static bool orphan_bank(struct fabric *f, unsigned bank, uint32_t living)
{
	_Atomic uint32_t *slices = fabric_slices(f, bank);
	bool changed = false;

	for (unsigned s = 0; s < FAB_SLICES; s++) {
		uint8_t owner = slice_owner(slices[s]);

		if (owner == FAB_NO_ENGINE || mask_has(living, owner))
			continue;
		slices[s] =
			slice_word(FAB_NO_ENGINE, FAB_NO_ENGINE, SLICE_RECOVER);
		changed = true;
	}
	return changed;
}

void steer_orphan(struct fleet *fleet, uint32_t living)
{
	struct fabric *f = fleet->fabric;
	bool changed = false;

	for (unsigned bank = 0; bank < f->banks; bank++)
		changed |= orphan_bank(f, bank, living);
	for (unsigned a = 0; a < FAB_ADDRESSES; a++)
		if (!mask_has(living, f->receivers[a]))
			f->receivers[a] = FAB_NO_ENGINE;
	if (changed)
		tell_engines(fleet);
}

unsigned steer_receivers(struct fleet *fleet, uint32_t keep, uint32_t members)
{
	struct fabric *f = fleet->fabric;
	uint16_t addresses[FAB_ADDRESSES];
	uint8_t receivers[FAB_ADDRESSES];
	unsigned n = fleet_addresses(fleet->config, addresses), changes;

	for (unsigned a = 0; a < FAB_ADDRESSES; a++)
		receivers[a] = f->receivers[a];
	changes = plan_receivers(receivers, addresses, n, keep, members);
	if (!changes)
		return 0;
	for (unsigned a = 0; a < FAB_ADDRESSES; a++)
		if (receivers[a] != f->receivers[a])
			f->receivers[a] = receivers[a];
	f->announce++;
	tell_engines(fleet);
	return changes;
}

void steer_repeat(struct fleet *fleet)
{
	tell_engines(fleet);
}

void steer_announce(struct fleet *fleet)
{
	fleet->fabric->announce++;
	fleet_wake_engines(fleet);
}

bool steer_even(const struct fleet *fleet)
{
	uint32_t words[FAB_SLICES], ready = fleet_ready(fleet);
	uint8_t target[FAB_SLICES];

	if (!ready)
		return true;
	steer_words(fleet, words);
	return fleet->fabric->slices_by_load ?
		       plan_owned(words, ready) :
		       plan_balance(words, ready, target) == 0;
}

bool steer_moving(const struct fleet *fleet)
{
	for (unsigned bank = 0; bank < fleet->fabric->banks; bank++) {
		_Atomic uint32_t *slices = fabric_slices(fleet->fabric, bank);

		for (unsigned s = 0; s < FAB_SLICES; s++) {
			uint32_t word = slices[s];

			/* An orphan waits for an owner: nothing happens to it
			 * by itself. */
			if (slice_owner(word) != FAB_NO_ENGINE &&
			    word & (SLICE_MOVING | SLICE_RECOVER))
				return true;
		}
	}
	return false;
}

static bool reached(uint32_t seen, uint32_t wanted)
{
	return (int32_t)(seen - wanted) >= 0;
}

bool steer_seen(const struct fleet *fleet)
{
	const struct fabric *f = fleet->fabric;

	FOREACH_ENGINE(slot, fleet_ready(fleet))
		if (!reached(f->engines[slot].epoch_seen, f->steer_epoch))
			return false;
	return true;
}

bool steer_announced(const struct fleet *fleet)
{
	const struct fabric *f = fleet->fabric;

	FOREACH_ENGINE(slot, fleet_ready(fleet) & fleet_receivers(fleet))
		if (!reached(f->engines[slot].announce_seen, f->announce))
			return false;
	return true;
}
