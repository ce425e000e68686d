/* SPDX-License-Identifier: BSD-3-Clause */
/* bucket.h - one cache line of the flow index: sixteen slots, scanned at once */
#ifndef CORE_BUCKET_H
#define CORE_BUCKET_H

#include <stdalign.h>
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BUCKET_SLOTS 16

/*
 * A slot names one direction of one flow:
 *
 *   bit  31     used; an empty slot is 0
 *   bits 19-30  signature, 12 bits of the hash
 *   bit  18     side the packets of this direction come in on
 *   bits 0-17   record number
 */
#define SLOT_USED	     (1u << 31)
#define SLOT_RECORD_BITS     18
#define SLOT_RECORD	     ((1u << SLOT_RECORD_BITS) - 1)
#define SLOT_SIDE_SHIFT	     SLOT_RECORD_BITS
#define SLOT_SIGNATURE_SHIFT (SLOT_RECORD_BITS + 1)
#define SLOT_SIGNATURE	     0xfffu

struct bucket {
	alignas(64) uint32_t slots[BUCKET_SLOTS];
};

/* Everything of a slot but the record number. */
static inline uint32_t slot_tag(uint32_t mixed, unsigned side)
{
	return SLOT_USED | (mixed & SLOT_SIGNATURE) << SLOT_SIGNATURE_SHIFT |
	       side << SLOT_SIDE_SHIFT;
}

/* Bit i is set when slot i is `value` under `mask`. */
static inline uint32_t bucket_scan_scalar(const struct bucket *b, uint32_t mask,
					  uint32_t value)
{
	uint32_t found = 0;

	for (unsigned i = 0; i < BUCKET_SLOTS; i++)
		found |= (uint32_t)((b->slots[i] & mask) == value) << i;
	return found;
}

static inline uint32_t bucket_scan(const struct bucket *b, uint32_t mask,
				   uint32_t value)
{
#ifdef __SSE2__
	const __m128i *at = (const __m128i *)b->slots;
	__m128i m = _mm_set1_epi32(mask), v = _mm_set1_epi32(value), hit[4];

	for (unsigned i = 0; i < 4; i++)
		hit[i] = _mm_cmpeq_epi32(_mm_and_si128(at[i], m), v);
	return _mm_movemask_epi8(
		_mm_packs_epi16(_mm_packs_epi32(hit[0], hit[1]),
				_mm_packs_epi32(hit[2], hit[3])));
#else
	return bucket_scan_scalar(b, mask, value);
#endif
}

/* Slots with this tag, whatever record they name. */
static inline uint32_t bucket_match(const struct bucket *b, uint32_t tag)
{
	return bucket_scan(b, ~SLOT_RECORD, tag);
}

static inline uint32_t bucket_empty(const struct bucket *b)
{
	return bucket_scan(b, ~0u, 0);
}

#endif
