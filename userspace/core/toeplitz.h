/* SPDX-License-Identifier: BSD-3-Clause */
/* toeplitz.h - the hash NICs compute for RSS, by table look-up */
#ifndef CORE_TOEPLITZ_H
#define CORE_TOEPLITZ_H

#include <stdint.h>

#include "fabric.h"

#define TOEPLITZ_INPUT_BYTES 36 /* IPv6 addresses and ports */

/*
 * XOR of the key windows for every value of every input byte. The hash looks
 * only at the position of a byte in its input, so the first 12 rows serve IPv4.
 */
struct toeplitz {
	uint32_t table[TOEPLITZ_INPUT_BYTES][256];
};

/* Key of the published verification vectors, its start repeated at the end. */
extern const uint8_t toeplitz_default_key[FAB_HASH_KEY_BYTES];

/* Fill the tables from a key, most significant bit first as NICs take it. */
void toeplitz_init(struct toeplitz *t, const uint8_t key[FAB_HASH_KEY_BYTES]);

/* Contribution of `n` input bytes that start at byte `at` of the input. */
static inline uint32_t toeplitz_part(const struct toeplitz *t, unsigned at,
				     const void *bytes, unsigned n)
{
	const uint8_t *b = bytes;
	uint32_t hash = 0;

#pragma GCC unroll 32
	for (unsigned i = 0; i < n; i++)
		hash ^= t->table[at + i][b[i]];
	return hash;
}

/* Source and destination address as they lie in the IPv4 header, then ports. */
static inline uint32_t toeplitz_v4(const struct toeplitz *t, const void *addrs,
				   const void *ports)
{
	return toeplitz_part(t, 0, addrs, 8) ^ toeplitz_part(t, 8, ports, 4);
}

/* Source and destination address as they lie in the IPv6 header, then ports. */
static inline uint32_t toeplitz_v6(const struct toeplitz *t, const void *addrs,
				   const void *ports)
{
	return toeplitz_part(t, 0, addrs, 32) ^ toeplitz_part(t, 32, ports, 4);
}

#endif
