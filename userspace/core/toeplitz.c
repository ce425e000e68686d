/* SPDX-License-Identifier: BSD-3-Clause */
/* toeplitz.c - build the hash tables from a key */
#include "toeplitz.h"

/* Microsoft, "Verifying the RSS hash calculation": the key NICs ship with. */
const uint8_t toeplitz_default_key[FAB_HASH_KEY_BYTES] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25,
	0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b,
	0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a,
	0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa, 0x6d, 0x5a, 0x56, 0xda,
	0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d,
};

/* The 32 key bits that start at bit 8 * byte + bit. */
static uint32_t key_window(const uint8_t *key, unsigned byte, unsigned bit)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < 5; i++)
		bits = bits << 8 | key[byte + i];
	return bits >> (8 - bit);
}

void toeplitz_init(struct toeplitz *t, const uint8_t key[FAB_HASH_KEY_BYTES])
{
	for (unsigned byte = 0; byte < TOEPLITZ_INPUT_BYTES; byte++) {
		for (unsigned value = 0; value < 256; value++) {
			uint32_t hash = 0;

			for (unsigned bit = 0; bit < 8; bit++)
				if (value & (0x80u >> bit))
					hash ^= key_window(key, byte, bit);
			t->table[byte][value] = hash;
		}
	}
}
