/* SPDX-License-Identifier: BSD-3-Clause */
/* steer.h - the supervisor's writes to the steering table (docs/handover.md) */
#ifndef SUPERVISOR_STEER_H
#define SUPERVISOR_STEER_H

#include <stdbool.h>
#include <stdint.h>

#include "fabric.h"

struct fleet;

/* What a change of the steering table comes to. */
struct steer_change {
	unsigned slices; /* that got or will get another owner */
	unsigned flows; /* in them */
};

/* A copy of the slice words. */
void steer_words(const struct fleet *fleet, uint32_t words[FAB_SLICES]);

/*
 * Gives slice s to target[s], unless that is PLAN_STAY, and tells the engines. With a
 * living owner the slice starts to move; without one it changes hands at once, and
 * the new owner rebuilds its index. No slice with a living owner may be on the move.
 */
struct steer_change steer_slices(struct fleet *fleet, const uint8_t *target,
				 uint32_t living);

/* Takes slices and addresses from engines that are not living and gives them to nobody;
 * who gets such a slice later rebuilds its index. */
void steer_orphan(struct fleet *fleet, uint32_t living);

/* Gives the addresses in use that none of `keep` receives for to one of the members,
 * and has it announced. Returns how many. */
unsigned steer_receivers(struct fleet *fleet, uint32_t keep, uint32_t members);

/* Engines that some slice names, in any bank. */
uint32_t steer_involved(const struct fleet *fleet);

/* Tells the engines again: a predecessor may have died between words and epoch. */
void steer_repeat(struct fleet *fleet);

/* Has all receivers announce their addresses (again). */
void steer_announce(struct fleet *fleet);

/* True when the slices are shared out as they should be: evenly by number, unless they
 * were moved by load; then it is enough that the ready engines have all of them. */
bool steer_even(const struct fleet *fleet);

/* True while a slice is on the move or its index is rebuilt. */
bool steer_moving(const struct fleet *fleet);

/* True when every ready engine works by the steering table as it is. */
bool steer_seen(const struct fleet *fleet);

/* True when every receiver has carried out the last request to announce. */
bool steer_announced(const struct fleet *fleet);

#endif
