/* SPDX-License-Identifier: BSD-3-Clause */
/* neigh.h - the fabric's neighbour table: find, learn, age */
#ifndef CORE_NEIGH_H
#define CORE_NEIGH_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "fabric.h"

#define NEIGH_NONE 0xffffu

/*
 * Index of the entry for (side, vlan, address), made when missing. Marks it wanted at `now_s`.
 * NEIGH_NONE when the table is full. Lock free; any engine may call it at any time.
 */
uint16_t neigh_want(struct fab_neigh *table, uint8_t side, uint16_t vlan,
		    const struct address *a, uint32_t now_s);

/* Index of an existing entry or NEIGH_NONE. */
uint16_t neigh_find(const struct fab_neigh *table, uint8_t side, uint16_t vlan,
		    const struct address *a);

/* Store a MAC learned from an answer. */
void neigh_learn(struct fab_neigh *table, uint16_t index, const uint8_t mac[6],
		 uint32_t now_s);

/* Copy the MAC out; false when unresolved. */
static inline _Bool neigh_mac(const struct fab_neigh *n, uint8_t mac[6])
{
	uint64_t v = atomic_load_explicit(&n->mac, memory_order_relaxed);

	for (int i = 0; i < 6; i++)
		mac[i] = v >> (8 * i);
	return v != 0;
}

#endif
