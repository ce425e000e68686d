/* SPDX-License-Identifier: BSD-3-Clause */
/* hosts.h - what the fabric knows of other machines: neighbours and path MTUs */
#ifndef VFLEET_HOSTS_H
#define VFLEET_HOSTS_H

#include <stdatomic.h>
#include <stdint.h>

#define FAB_NEIGHBOURS 4096 /* power of two */
#define FAB_PATHS      4096 /* likewise */

/* Neighbour table, shared so that a new engine knows every neighbour from its first packet.
 * Open addressing, linear probing; entries are never removed while the fabric lives. */
enum neigh_state { NEIGH_EMPTY, NEIGH_CLAIMED, NEIGH_READY };

struct fab_neigh {
	_Atomic uint32_t
		state; /* EMPTY -> CLAIMED (CAS by any engine) -> READY (by it) */
	uint16_t vlan; /* key, constant once READY */
	uint8_t side, family; /* key; family 4 or 6 */
	uint8_t address[16]; /* key; IPv4 in the first 4 bytes */
	_Atomic uint64_t
		mac; /* low 48 bits, first byte lowest; 0 = unresolved; w: any engine */
	_Atomic uint32_t
		confirmed_s; /* CLOCK_MONOTONIC seconds of the last answer; w: any engine */
	_Atomic uint32_t
		wanted_s; /* last time someone needed it; w: any engine; the receiver of
					 the side's addresses asks for entries that are wanted */
};

/*
 * A learned path MTU. w: any engine; r: all processes. `turn` is odd while the key
 * is written, 0 when it never was; a reader that finds it changed has read nothing.
 */
struct fab_path {
	_Atomic uint32_t turn;
	_Atomic uint32_t what; /* key: VLAN << 16 | enum side << 8 | family */
	_Atomic uint64_t
		address[2]; /* key; IPv4 in the first 4 bytes, the rest 0 */
	_Atomic uint64_t
		value; /* CLOCK_MONOTONIC seconds << 16 | bytes; one store */
};

#endif
