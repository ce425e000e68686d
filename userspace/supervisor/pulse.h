/* SPDX-License-Identifier: BSD-3-Clause */
/* pulse.h - an engine whose loop stands still is as good as dead */
#ifndef SUPERVISOR_PULSE_H
#define SUPERVISOR_PULSE_H

struct fleet;
struct pulse;

struct pulse *pulse_new(void);

/* Each turn: kills an engine that has not turned its loop for too long. What it owned
 * is adopted like that of any dead engine. */
void pulse_check(struct fleet *fleet);

#endif
