/* SPDX-License-Identifier: BSD-3-Clause */
/* generation.h - the hand-over between two sets of engines that run side by side */
#ifndef SUPERVISOR_GENERATION_H
#define SUPERVISOR_GENERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "scale_phase.h"

struct fleet;

/* The fleet hands over by generations. */
bool generation_used(const struct fleet *fleet);

/* Engines that are ready, of the set that takes the new connections. */
uint32_t generation_current(const struct fleet *fleet);

/* Phases: see the new set hold, tell the cut, drain, move what is left, end. */
bool generation_cut_enter(struct fleet *fleet, struct change *change);
enum phase_step generation_cut_poll(struct fleet *fleet, struct change *change);
enum phase_step generation_cut_late(struct fleet *fleet, struct change *change);
bool generation_drain_enter(struct fleet *fleet, struct change *change);
enum phase_step generation_drain_poll(struct fleet *fleet,
				      struct change *change);
enum phase_step generation_drain_late(struct fleet *fleet,
				      struct change *change);
bool generation_move_enter(struct fleet *fleet, struct change *change);
enum phase_step generation_move_poll(struct fleet *fleet,
				     struct change *change);
enum phase_step generation_move_late(struct fleet *fleet,
				     struct change *change);
bool generation_end_enter(struct fleet *fleet, struct change *change);
enum phase_step generation_end_poll(struct fleet *fleet, struct change *change);

/* Who comes and who goes: a whole new set, beside the one that is there. */
void generation_replace(struct fleet *fleet, struct change *change);

/* Goes on with what a former supervisor had begun: who comes, who goes. */
void generation_resume(struct fleet *fleet, struct change *change);

/* Slices of the dead in the bank that drains go to the heirs. */
void generation_adopt(struct fleet *fleet, uint32_t living, uint32_t heirs);

#endif
