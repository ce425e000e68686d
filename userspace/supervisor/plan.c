// SPDX-License-Identifier: BSD-3-Clause
/* plan.c - which slices, receivers and slots change when the fleet does: pure */
#include "plan.h"

#include <stdbool.h>
#include <string.h>

static bool has(uint32_t mask, unsigned slot)
{
	return slot < FAB_ENGINES && mask >> slot & 1;
}

static unsigned lowest(uint32_t mask)
{
	return (unsigned)__builtin_ctz(mask);
}

static unsigned highest(uint32_t mask)
{
	return 31 - (unsigned)__builtin_clz(mask);
}

static void count_slices(const uint32_t *words, unsigned *count)
{
	memset(count, 0, FAB_ENGINES * sizeof(*count));
	for (unsigned s = 0; s < FAB_SLICES; s++)
		if (slice_owner(words[s]) < FAB_ENGINES)
			count[slice_owner(words[s])]++;
}

/* How many slices each member shall have. The ones that do not divide evenly go where
 * the most slices are already, so that they need not move. */
static void quotas(const unsigned *count, uint32_t members, unsigned *quota)
{
	unsigned n = (unsigned)__builtin_popcount(members);
	unsigned extra = FAB_SLICES % n;
	uint32_t open = members;

	for (unsigned i = 0; i < FAB_ENGINES; i++)
		quota[i] = has(members, i) ? FAB_SLICES / n : 0;
	for (; extra; extra--) {
		unsigned best = lowest(open);

		for (unsigned i = best + 1; i < FAB_ENGINES; i++)
			if (has(open, i) && count[i] > count[best])
				best = i;
		quota[best]++;
		open &= ~(1u << best);
	}
}

unsigned plan_balance(const uint32_t *words, uint32_t members, uint8_t *target)
{
	unsigned count[FAB_ENGINES], quota[FAB_ENGINES], moves = 0;
	unsigned to = lowest(members);

	count_slices(words, count);
	quotas(count, members, quota);
	/* What each member keeps comes off its quota; the rest is what it gets. */
	for (unsigned s = 0; s < FAB_SLICES; s++) {
		unsigned owner = slice_owner(words[s]);
		bool keeps = has(members, owner) && quota[owner];

		target[s] = keeps ? PLAN_STAY : FAB_NO_ENGINE;
		if (keeps)
			quota[owner]--;
	}
	for (unsigned s = 0; s < FAB_SLICES; s++) {
		if (target[s] == PLAN_STAY)
			continue;
		while (!quota[to])
			to++;
		target[s] = (uint8_t)to;
		quota[to]--;
		moves++;
	}
	return moves;
}

unsigned plan_adopt(const uint32_t *words, uint32_t living, uint32_t survivors,
		    uint8_t *target)
{
	unsigned count[FAB_ENGINES], changes = 0;

	memset(target, PLAN_STAY, FAB_SLICES);
	if (!survivors)
		return 0;
	count_slices(words, count);
	for (unsigned s = 0; s < FAB_SLICES; s++) {
		unsigned best = lowest(survivors);

		if (has(living, slice_owner(words[s])))
			continue;
		for (unsigned i = best + 1; i < FAB_ENGINES; i++)
			if (has(survivors, i) && count[i] < count[best])
				best = i;
		target[s] = (uint8_t)best;
		count[best]++;
		changes++;
	}
	return changes;
}

uint32_t plan_victims(uint32_t living, uint32_t receivers, unsigned n)
{
	uint32_t victims = 0;

	while (n--) {
		uint32_t left = living & ~victims;

		if (left & ~receivers)
			left &= ~receivers;
		victims |= 1u << highest(left);
	}
	return victims;
}

uint32_t plan_slots(uint32_t used, unsigned slots_max, unsigned n)
{
	uint32_t slots = 0;

	for (unsigned i = 0; i < slots_max && n; i++) {
		if (has(used, i))
			continue;
		slots |= 1u << i;
		n--;
	}
	return slots;
}

unsigned plan_receivers(uint8_t *receivers, const uint16_t *addresses,
			unsigned n, uint32_t keep, uint32_t members)
{
	unsigned changes = 0;

	for (unsigned i = 0; i < n && members; i++) {
		if (has(keep, receivers[addresses[i]]))
			continue;
		receivers[addresses[i]] = (uint8_t)lowest(members);
		changes++;
	}
	return changes;
}

bool plan_owned(const uint32_t *words, uint32_t members)
{
	for (unsigned s = 0; s < FAB_SLICES; s++)
		if (!has(members, slice_owner(words[s])))
			return false;
	return true;
}

uint32_t plan_involved(const uint32_t *words)
{
	uint32_t mask = 0;

	for (unsigned s = 0; s < FAB_SLICES; s++) {
		if (slice_owner(words[s]) < FAB_ENGINES)
			mask |= 1u << slice_owner(words[s]);
		if (slice_target(words[s]) < FAB_ENGINES)
			mask |= 1u << slice_target(words[s]);
	}
	return mask;
}
