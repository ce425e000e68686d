/* SPDX-License-Identifier: BSD-3-Clause */
/* controller.h - keep the fleet at the wanted size; ask the policy what that is */
#ifndef SUPERVISOR_CONTROLLER_H
#define SUPERVISOR_CONTROLLER_H

#include <stdbool.h>
#include <stdint.h>

struct controller;
struct fleet;

struct controller *controller_new(void);

/* Starts to sample; after a reload, with its interval. */
int controller_start(struct fleet *fleet);

/* Nothing is under way: restores the wanted size and an even share if need be, after
 * a growing pause when engines keep ending. */
void controller_keep_size(struct fleet *fleet);

/* An engine died that had been ready for so long. */
void controller_note_death(struct fleet *fleet, uint64_t lived_us);

bool controller_is_auto(const struct fleet *fleet);
void controller_set_auto(struct fleet *fleet, bool on);

#endif
