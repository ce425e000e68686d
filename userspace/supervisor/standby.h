/* SPDX-License-Identifier: BSD-3-Clause */
/* standby.h - engines started ahead, asleep, for a change that cannot wait for a start
 *
 * A standby has its process, its memory and its ports, but owns no slice and no other
 * engine sends to it. fab_engine.standby says that a slot is kept as one; a change that
 * takes it clears that, and makes it READY once it is in its loop.
 */
#ifndef SUPERVISOR_STANDBY_H
#define SUPERVISOR_STANDBY_H

#include <stdint.h>

struct fleet;
struct standby;

struct standby *standby_new(void);

/* Engines kept as standbys: asleep already, or still starting. */
uint32_t standby_asleep(const struct fleet *fleet);
uint32_t standby_starting(const struct fleet *fleet);

/* Up to n of them for a change: those asleep first. They stay what they are until
 * standby_take(). */
uint32_t standby_pick(const struct fleet *fleet, unsigned n);

/* These are the engines of a change from now on. */
void standby_take(struct fleet *fleet, uint32_t mask);

/* Ends all of them, such as when the fleet ends or their program is replaced. */
void standby_end(struct fleet *fleet);

/* Nothing is under way: starts what is missing, ends what is too many. */
void standby_keep(struct fleet *fleet);

/* A standby ended that nobody had told to: the next one may have to wait. */
void standby_note_end(struct fleet *fleet);

#endif
