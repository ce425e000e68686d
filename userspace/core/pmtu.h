/* SPDX-License-Identifier: BSD-3-Clause */
/* pmtu.h - the fabric's table of learned path MTUs: find, learn, forget */
#ifndef CORE_PMTU_H
#define CORE_PMTU_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "fabric.h"

/*
 * The least that is believed: nobody needs to go below, and a forged error
 * could make every connection of a destination slow. IPv4: what Linux takes
 * (ip_no_pmtu_disc aside), so that hosts and fleet agree. IPv6: RFC 8201 4.
 */
#define PMTU_FLOOR4    552
#define PMTU_FLOOR6    1280
#define PMTU_EXPIRES_S 600 /* RFC 1191 6.3, RFC 8201 5.3 */

/*
 * Path MTU in bytes towards `to` on a side and VLAN; 0 when none is known or
 * what was known has expired. Lock free, any process at any time.
 */
uint16_t pmtu_find(const struct fab_path *table, uint8_t side, uint16_t vlan,
		   const struct address *to, uint32_t now_s);

/*
 * Remember what a router said. A value below the floor counts as the floor.
 * Only lowers: false when it is above what is known, or when another engine
 * writes to the same place at this moment (the router will say it again).
 * Saying the same again makes it last longer. In a full table the oldest of
 * the eight places it may take gives way.
 */
bool pmtu_learn(struct fab_path *table, uint8_t side, uint16_t vlan,
		const struct address *to, uint16_t mtu, uint32_t now_s);

/* An entry as people see it. */
struct pmtu_view {
	struct address to;
	uint16_t vlan, mtu;
	uint8_t side;
	uint32_t age_s;
};

/* Copy entry `index` (below FAB_PATHS) out; false when there is none. */
bool pmtu_view(const struct fab_path *table, unsigned index, uint32_t now_s,
	       struct pmtu_view *view);

#endif
