/* SPDX-License-Identifier: BSD-3-Clause */
/* devices.h - the ports that a new engine gets, and what it keeps open for them */
#ifndef SUPERVISOR_DEVICES_H
#define SUPERVISOR_DEVICES_H

#include <stddef.h>

#include "fabric.h"

struct fleet;

/* A lease and a group's socket for each side. */
#define DEVICES_FDS_MAX (2 * FAB_SIDES)

/* Descriptors that the engine keeps for as long as it lives. */
struct devices {
	int fds[DEVICES_FDS_MAX];
	unsigned n_fds;
};

/*
 * Writes the devices of both sides into a slot of the fabric: netdevs by their names,
 * VFs by a lease, with the PF listening to the fleet's multicast MAC where it has one.
 * Returns 0, or as lease_acquire() does with a sentence in err; then nothing is open.
 */
int devices_get(struct fleet *fleet, unsigned slot, struct devices *out,
		char *err, size_t err_bytes);

/* Closes our copies. */
void devices_close(struct devices *devices);

#endif
