/* SPDX-License-Identifier: BSD-3-Clause */
/* siphash.h - SipHash-2-4 of whole 64-bit words */
#ifndef CORE_SIPHASH_H
#define CORE_SIPHASH_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>

/* Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012. The state is
 * four words. */

static inline uint64_t siphash_rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static inline void siphash_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = siphash_rotate(v[1], 13) ^ v[0];
	v[0] = siphash_rotate(v[0], 32);
	v[2] += v[3];
	v[3] = siphash_rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = siphash_rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = siphash_rotate(v[1], 17) ^ v[2];
	v[2] = siphash_rotate(v[2], 32);
}

static inline void siphash_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	siphash_round(v);
	siphash_round(v);
	v[0] ^= word;
}

/* Hash of n words in the order of this machine, which has to be little endian
 * for the published values to come out. `key` has two words. */
static inline uint64_t siphash(const uint64_t key[2], const uint64_t *words,
			       size_t n)
{
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575ull,
			  key[1] ^ 0x646f72616e646f6dull,
			  key[0] ^ 0x6c7967656e657261ull,
			  key[1] ^ 0x7465646279746573ull };

	for (size_t i = 0; i < n; i++)
		siphash_word(v, words[i]);
	siphash_word(v, (uint64_t)(n * 8) << 56);
	v[2] ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		siphash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
