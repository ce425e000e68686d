/* SPDX-License-Identifier: BSD-3-Clause */
/* csum.h - Internet checksum: whole, and kept right by differences */
#ifndef CORE_CSUM_H
#define CORE_CSUM_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Sums are taken over 16-bit words as they lie in memory: the ones' complement
 * sum does not care about byte order as long as it is one (RFC 1071, 2.B).
 */

/* Fold 32 bits into 16: both halves and their carry meet in the upper one. */
static inline uint16_t csum_fold32(uint32_t sum)
{
	return (sum + (sum << 16 | sum >> 16)) >> 16;
}

/* Fold a sum into one word, carries added back. 0 only if all was 0. */
static inline uint16_t csum_fold(uint64_t sum)
{
	return csum_fold32((sum + (sum << 32 | sum >> 32)) >> 32);
}

/* Sum of `bytes` bytes at `data`, not folded; an odd last byte counts as the
 * first half of a word. */
static inline uint64_t csum_sum(const void *data, size_t bytes)
{
	const uint8_t *at = data;
	uint64_t sum = 0;
	uint32_t word = 0;

	for (; bytes >= 4; bytes -= 4, at += 4) {
		memcpy(&word, at, 4);
		sum += word;
	}
	word = 0;
	memcpy(&word, at, bytes);
	return sum + word;
}

/* What ~old + new adds to the sum of a packet in which `old` becomes `new`. */
static inline uint32_t csum_change(uint16_t old, uint16_t new)
{
	return (uint16_t)~old + (uint32_t) new;
}

/* RFC 1624 equation 3: HC' = ~(~HC + ~m + m'); `delta` is the sum of ~m + m',
 * of up to 2^15 changes. */
static inline uint16_t csum_adjust(uint16_t check, uint32_t delta)
{
	return ~csum_fold32((uint16_t)~check + delta);
}

/* Sum of the pseudo header: addresses (8 or 32 bytes), protocol, length. */
static inline uint64_t csum_pseudo(const void *addrs, size_t bytes,
				   uint8_t protocol, uint16_t l4_bytes)
{
	return csum_sum(addrs, bytes) + htobe16(protocol) + htobe16(l4_bytes);
}

/* The checksum of an IPv4 header of `bytes` bytes, 20 or more, is right. */
static inline bool csum_ip4_ok(const uint8_t *header, size_t bytes)
{
	uint32_t words[5];
	uint64_t sum = 0;

	memcpy(words, header, sizeof(words));
	for (unsigned i = 0; i < 5; i++)
		sum += words[i];
	if (bytes > sizeof(words))
		sum += csum_sum(header + sizeof(words), bytes - sizeof(words));
	return csum_fold(sum) == 0xffff;
}

/* The checksum of `bytes` at `data` including its own field is right. */
static inline bool csum_ok(uint64_t pseudo, const void *data, size_t bytes)
{
	return csum_fold(pseudo + csum_sum(data, bytes)) == 0xffff;
}

#endif
