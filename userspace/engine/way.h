/* SPDX-License-Identifier: BSD-3-Clause */
/* way.h - what lwIP sends through: a side and VLAN of the engine */
#ifndef ENGINE_WAY_H
#define ENGINE_WAY_H

#include <lwip/netif.h>

#include "engine.h"

/* The netif's MTU bounds the MSS of what is sent and of SYNs; 0: the pcb's own. */
struct way {
	struct netif netif;
	struct engine *engine;
	uint16_t vlan;
	uint8_t side; /* enum side */
	bool open;
	bool unsent; /* server side: a packet waits in lwIP for a next hop's MAC */
};

/* Put a way that has engine, side and VLAN to use; false: lwIP has no place. */
bool way_open(struct way *w, const struct address *own);
void way_close(struct way *w);

/* From now on packets to this address end here, those to its last one do not. */
void way_own(struct way *w, const struct address *own);

/* The way towards servers in a VLAN; when it is new `own` is its address. NULL: no room. */
struct way *way_of_servers(struct engine *e, uint16_t vlan,
			   const struct address *own);

/* One towards servers in a VLAN that the snapshot does not have; NULL: there is none. */
struct way *way_unknown(const struct snapshot *snap);

/* True when packets to servers may wait in lwIP for a MAC, and were not asked for since. */
bool way_waits(void);

void way_address(const struct address *from, ip_addr_t *to);

#endif
