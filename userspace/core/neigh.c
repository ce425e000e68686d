// SPDX-License-Identifier: BSD-3-Clause
/* neigh.c - the fabric's neighbour table: find, learn, age */
#include "neigh.h"

#include <string.h>

/* Entries looked at before the table counts as full: bounds the time a packet
 * of an unknown host may take when a scan has filled the table. */
#define PROBES 128

static uint32_t first_index(uint8_t side, uint16_t vlan,
			    const struct address *a)
{
	return address_hash(a, (uint32_t)vlan << 8 | side);
}

static bool matches(const struct fab_neigh *n, uint8_t side, uint16_t vlan,
		    const struct address *a)
{
	return n->vlan == vlan && n->side == side && n->family == a->family &&
	       !memcmp(n->address, a->bytes, a->family == 4 ? 4 : 16);
}

/*
 * One pass over the probe sequence. An entry that another engine is just
 * claiming is stepped over: its key is not readable, and its engine may be
 * dead. At worst that makes a second entry for one key, which neigh_learn()
 * fills as well. Returns the match or NEIGH_NONE; *empty is the first free
 * entry or NEIGH_NONE.
 */
static uint16_t probe(const struct fab_neigh *table, uint8_t side,
		      uint16_t vlan, const struct address *a, uint16_t *empty)
{
	uint32_t at = first_index(side, vlan, a);

	*empty = NEIGH_NONE;
	for (unsigned i = 0; i < PROBES; i++, at++) {
		uint16_t index = at % FAB_NEIGHBOURS;
		const struct fab_neigh *n = &table[index];
		uint32_t state =
			atomic_load_explicit(&n->state, memory_order_acquire);

		if (state == NEIGH_EMPTY) {
			*empty = index;
			return NEIGH_NONE;
		}
		if (state == NEIGH_READY && matches(n, side, vlan, a))
			return index;
	}
	return NEIGH_NONE;
}

/* Store only a change, so that engines do not pass the cache line around. */
static void mark_wanted(struct fab_neigh *n, uint32_t now_s)
{
	if (atomic_load_explicit(&n->wanted_s, memory_order_relaxed) != now_s)
		atomic_store_explicit(&n->wanted_s, now_s,
				      memory_order_relaxed);
}

static bool claim(struct fab_neigh *n, uint8_t side, uint16_t vlan,
		  const struct address *a)
{
	uint32_t expected = NEIGH_EMPTY;

	if (!atomic_compare_exchange_strong(&n->state, &expected,
					    NEIGH_CLAIMED))
		return false;
	n->vlan = vlan;
	n->side = side;
	n->family = a->family;
	memset(n->address, 0, sizeof(n->address));
	memcpy(n->address, a->bytes, a->family == 4 ? 4 : 16);
	atomic_store_explicit(&n->state, NEIGH_READY, memory_order_release);
	return true;
}

uint16_t neigh_find(const struct fab_neigh *table, uint8_t side, uint16_t vlan,
		    const struct address *a)
{
	uint16_t empty;

	return probe(table, side, vlan, a, &empty);
}

uint16_t neigh_want(struct fab_neigh *table, uint8_t side, uint16_t vlan,
		    const struct address *a, uint32_t now_s)
{
	for (;;) {
		uint16_t empty, index = probe(table, side, vlan, a, &empty);

		if (index == NEIGH_NONE) {
			if (empty == NEIGH_NONE)
				return NEIGH_NONE;
			if (!claim(&table[empty], side, vlan, a))
				continue; /* lost a race: that entry is taken */
			index = empty;
		}
		mark_wanted(&table[index], now_s);
		return index;
	}
}

void neigh_learn(struct fab_neigh *table, uint16_t index, const uint8_t mac[6],
		 uint32_t now_s)
{
	const struct fab_neigh *key = &table[index];
	struct address a = { .family = key->family };
	uint64_t value = 0;
	uint32_t at;

	for (int i = 0; i < 6; i++)
		value |= (uint64_t)mac[i] << (8 * i);
	memcpy(a.bytes, key->address, sizeof(a.bytes));
	at = first_index(key->side, key->vlan, &a);
	for (unsigned i = 0; i < PROBES; i++, at++) {
		struct fab_neigh *n = &table[at % FAB_NEIGHBOURS];
		uint32_t state =
			atomic_load_explicit(&n->state, memory_order_acquire);

		if (state == NEIGH_EMPTY)
			return;
		if (state != NEIGH_READY ||
		    !matches(n, key->side, key->vlan, &a))
			continue;
		atomic_store_explicit(&n->mac, value, memory_order_relaxed);
		atomic_store_explicit(&n->confirmed_s, now_s,
				      memory_order_relaxed);
	}
}
