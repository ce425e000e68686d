/* SPDX-License-Identifier: BSD-3-Clause */
/* trail.c - marks of processed packets, for whoever takes a slice over */
#include "trail.h"

#include <string.h>

#define MARKED_BYTES 96 /* headers, and what tells datagrams apart */

/* Multiply and fold, eight bytes at a time: the lower half carries the rest. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

uint32_t trail_mark(const struct pkt *p)
{
	unsigned bytes = p->len - p->l3, at = 0;
	uint64_t hash = mix(p->side + 1, bytes), word;

	if (bytes > MARKED_BYTES)
		bytes = MARKED_BYTES;
	for (; at + 8 <= bytes; at += 8) {
		memcpy(&word, p->frame + p->l3 + at, 8);
		hash = mix(hash, word);
	}
	word = 0;
	memcpy(&word, p->frame + p->l3 + at, bytes - at);
	hash = mix(hash, word);
	return (hash ^ hash >> 32) | 1;
}

void trail_leave(struct fab_trail *trail, uint32_t mark, uint32_t now_ms)
{
	uint32_t at = atomic_load_explicit(&trail->next, memory_order_relaxed);

	atomic_store_explicit(&trail->marks[at % FAB_MARKS],
			      (uint64_t)mark << 32 | now_ms,
			      memory_order_relaxed);
	atomic_store_explicit(&trail->next, at + 1, memory_order_release);
}

bool trail_take(struct fab_trail *trail, uint32_t mark, uint32_t since_ms)
{
	uint32_t next =
		atomic_load_explicit(&trail->next, memory_order_acquire);

	for (uint32_t n = 1; n <= FAB_MARKS; n++) {
		_Atomic uint64_t *at = &trail->marks[(next - n) % FAB_MARKS];
		uint64_t entry = atomic_load_explicit(at, memory_order_relaxed);

		/* Signed: the clock goes around. The oldest come last. */
		if ((int32_t)((uint32_t)entry - since_ms) < 0)
			return false;
		if (entry >> 32 != mark)
			continue;
		atomic_store_explicit(at, (uint32_t)entry,
				      memory_order_relaxed);
		return true;
	}
	return false;
}
