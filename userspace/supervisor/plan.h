/* SPDX-License-Identifier: BSD-3-Clause */
/* plan.h - which slices, receivers and slots change when the fleet does: pure
 *
 * Sets of engines are masks: bit i stands for the engine in slot i. "Words" are the
 * FAB_SLICES slice words of the fabric, at rest unless said otherwise.
 */
#ifndef SUPERVISOR_PLAN_H
#define SUPERVISOR_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "fabric.h"

/* Stands in target[] for a slice that stays as it is. */
#define PLAN_STAY 0xfeu

/*
 * Shares all slices evenly over the members (no two differ by more than one slice)
 * with as few moves as possible. Slices of other engines, living or not, and of nobody
 * go to members. target[s] is the new owner or PLAN_STAY. Returns how many change.
 * members may not be empty.
 */
unsigned plan_balance(const uint32_t *words, uint32_t members, uint8_t *target);

/*
 * New owners, out of survivors, for the slices that nobody alive will release: the
 * owner is not in `living`. All others stay, whatever their target. Those with the
 * fewest slices get most. Returns how many change; 0 when there is no survivor.
 */
unsigned plan_adopt(const uint32_t *words, uint32_t living, uint32_t survivors,
		    uint8_t *target);

/* The n engines that leave: the highest slots that receive for no address, then the
 * highest that do. n is at most the number of living engines. */
uint32_t plan_victims(uint32_t living, uint32_t receivers, unsigned n);

/* The n lowest slots below slots_max that are not used; fewer when there are none. */
uint32_t plan_slots(uint32_t used, unsigned slots_max, unsigned n);

/*
 * Gives the addresses in use (addresses[0 .. n - 1] are slots of receivers[]) whose
 * receiver is not in `keep` to the lowest member. The others keep theirs: a move costs
 * the neighbours an update. Returns how many changed.
 */
unsigned plan_receivers(uint8_t *receivers, const uint16_t *addresses,
			unsigned n, uint32_t keep, uint32_t members);

/* True when every slice belongs to a member. */
bool plan_owned(const uint32_t *words, uint32_t members);

/* Engines that own a slice or are the target of one. */
uint32_t plan_involved(const uint32_t *words);

#endif
