/* SPDX-License-Identifier: BSD-3-Clause */
/* takeover.h - find a fleet that runs without a supervisor, and go on with it */
#ifndef SUPERVISOR_TAKEOVER_H
#define SUPERVISOR_TAKEOVER_H

#include <stddef.h>

struct fleet;

/*
 * Looks for a running engine of the fleet named in fleet->config and, through it, for
 * the fabric. Returns 1: fleet->fabric is that fabric and fleet->config what is in
 * force in it; 0: no engine runs; -1 with a sentence in err: one runs, but this
 * program cannot take over.
 */
int takeover_find(struct fleet *fleet, char *err, size_t err_bytes);

/* Watches the engines, deals with what happened meanwhile and finishes what the last
 * supervisor had begun. */
void takeover_go_on(struct fleet *fleet);

#endif
