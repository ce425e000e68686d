/* SPDX-License-Identifier: BSD-3-Clause */
/* neighbour.h - answer for our addresses, learn and ask for others' */
#ifndef ENGINE_NEIGHBOUR_H
#define ENGINE_NEIGHBOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "buf.h"
#include "fabric.h"
#include "snapshot.h"

struct engine;

struct neighbour {
	uint32_t asked_ms[FAB_NEIGHBOURS]; /* last question; 0 = never */
	uint16_t next; /* where the scan for wanted entries goes on */
	uint32_t announce; /* request being carried out */
	uint8_t announcements; /* still to be made */
	uint64_t announced_us; /* the last one */
};

/* A packet with VERDICT_PUNT: ARP, ND or an ICMP echo. Takes it over. */
void neighbour_punt(struct engine *e, struct buf *b);

/* Now and then: ask for wanted neighbours, announce our addresses. */
void neighbour_turn(struct engine *e);

/* Ask for entry `index` of the neighbour table, if it is this engine that asks
 * on its side and it has not just done so. */
void neighbour_ask(struct engine *e, uint16_t index);

/* The address of ours behind `a`, when this engine answers for it; else NULL. */
const struct snap_address *neighbour_mine(const struct engine *e,
					  const struct address *a, uint8_t side,
					  uint16_t vlan);

/* Learn what a neighbour said of itself. `asks_us`: remember it even when
 * nobody wanted it yet, for the answer to it will come through here. */
void neighbour_heard(struct engine *e, uint8_t side, uint16_t vlan,
		     const struct address *a, const uint8_t *mac, bool asks_us);

#endif
