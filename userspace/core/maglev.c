// SPDX-License-Identifier: BSD-3-Clause
/* maglev.c - fill a consistent-hash table */
#include "maglev.h"

#include <stddef.h>

#define ENTRIES_PER_BACKEND 100
#define EMPTY		    0xffff

/* Where a backend's walk over the table stands: offset + j * skip mod M. */
struct walk {
	uint32_t at, skip;
	uint32_t credit; /* a turn costs the largest weight */
};

uint32_t maglev_entries(uint32_t n)
{
	static const uint32_t primes[] = { 4093, 8191, 16381, 32749, 65537 };
	size_t i = 0;

	while (i + 1 < sizeof(primes) / sizeof(primes[0]) &&
	       primes[i] < n * ENTRIES_PER_BACKEND)
		i++;
	return primes[i];
}

static void start(struct walk *w, const struct maglev_backend *b, uint32_t m)
{
	uint32_t identity = (uint32_t)b->port << 16 | b->vlan;

	w->at = address_hash(&b->address, identity) % m;
	w->skip = address_hash(&b->address, ~identity) % (m - 1) + 1;
	w->credit = 0;
}

/* The backend's next preferred entry that is still free takes its value. */
static void take(struct walk *w, uint16_t value, uint16_t *table, uint32_t m)
{
	while (table[w->at] != EMPTY)
		w->at = (w->at + w->skip) % m;
	table[w->at] = value;
}

void maglev_fill(const struct maglev_backend *backends, uint32_t n,
		 uint16_t *table, uint32_t entries)
{
	struct walk walks[MAGLEV_BACKENDS];
	uint32_t filled = 0, heaviest = 0;

	for (uint32_t i = 0; i < entries; i++)
		table[i] = EMPTY;
	for (uint32_t i = 0; i < n; i++) {
		start(&walks[i], &backends[i], entries);
		if (backends[i].weight > heaviest)
			heaviest = backends[i].weight;
	}
	for (;;) {
		for (uint32_t i = 0; i < n; i++) {
			struct walk *w = &walks[i];

			w->credit += backends[i].weight;
			if (w->credit < heaviest)
				continue;
			w->credit -= heaviest;
			take(w, backends[i].value, table, entries);
			if (++filled == entries)
				return;
		}
	}
}
