/* SPDX-License-Identifier: BSD-3-Clause */
/* group.h - the multicast MAC of a fleet that shares its frames by the NIC */
#ifndef SUPERVISOR_GROUP_H
#define SUPERVISOR_GROUP_H

#include <stdint.h>

/* The MAC of a fleet of that name on one side: the same at every start. */
void group_name(uint8_t mac[6], const char *fleet, unsigned side);

/*
 * Has the PF of a VF listen to the group itself, for as long as a copy of the returned
 * socket is open. Linux's igb clears the NIC's multicast table and fills it again
 * whenever any VF changes its list, and only what the PF listens to stays in the table
 * meanwhile. Nothing is received on the socket. Or a negative errno: -ENODEV when the
 * PF has no network device that this namespace sees.
 */
int group_join(const char *vf, const uint8_t mac[6]);

#endif
