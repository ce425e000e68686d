/* SPDX-License-Identifier: BSD-3-Clause */
/* maglev.h - fill a consistent-hash table */
#ifndef CORE_MAGLEV_H
#define CORE_MAGLEV_H

#include <stdint.h>

#include "address.h"

#define MAGLEV_BACKENDS 1024 /* of one table at most */

/* One backend as the table sees it. The identity, not the place in the list,
 * decides which entries it prefers. */
struct maglev_backend {
	struct address address;
	uint16_t port, vlan;
	uint16_t weight; /* > 0 */
	uint16_t value; /* written into its entries */
};

/*
 * Entries for n backends: a prime of at least 100 per backend where the
 * largest table allows it, so that shares are even within about 1 %.
 */
uint32_t maglev_entries(uint32_t n);

/*
 * Fill table[entries] with the values of the backends, in shares by weight:
 * Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load
 * Balancer", NSDI 2016, section 3.4. `entries` is maglev_entries() of some n;
 * 1 <= n <= MAGLEV_BACKENDS.
 */
void maglev_fill(const struct maglev_backend *backends, uint32_t n,
		 uint16_t *table, uint32_t entries);

#endif
