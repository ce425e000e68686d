/* SPDX-License-Identifier: BSD-3-Clause */
/* state.h - what the next supervisor needs to find the fleet again
 *
 * <state-dir>/<fleet>.json names the engines and the descriptor under which each has
 * the fabric; everything else is in the fabric. <state-dir>/<fleet>.lock is held by
 * the supervisor that runs.
 */
#ifndef SUPERVISOR_STATE_H
#define SUPERVISOR_STATE_H

#include <stddef.h>

#include <jansson.h>

struct fleet;

/* Makes the directory and takes the lock, until the process ends. 0, or -1 with a
 * sentence in err: another supervisor runs this fleet. */
int state_lock(const char *directory, const char *fleet_name, char *err,
	       size_t err_bytes);

/* Writes the state file anew; a reader sees the old one or the new one. */
void state_save(struct fleet *fleet);

/* The state file; NULL when there is none that can be read. */
json_t *state_load(const char *directory, const char *fleet_name);

/* Restores from the state file which backends the operator has drained. */
void state_restore_drained(struct fleet *fleet, const json_t *state);

#endif
