// SPDX-License-Identifier: BSD-3-Clause
/* pmtu.c - the fabric's table of learned path MTUs: find, learn, forget */
#include "pmtu.h"

#include <string.h>

#define WAYS 8 /* places an entry may take */

struct key {
	uint32_t what; /* VLAN, side, family */
	uint64_t address[2];
};

/* mtu and the second it was learned in, one store. */
static uint64_t make_value(uint16_t mtu, uint32_t now_s)
{
	return (uint64_t)now_s << 16 | mtu;
}

static uint32_t value_age_s(uint64_t value, uint32_t now_s)
{
	int32_t age_s = now_s - (uint32_t)(value >> 16);

	/* Another engine's clock may be a moment ahead. */
	return age_s < 0 ? 0 : age_s;
}

static bool is_known(uint64_t value, uint32_t now_s)
{
	return (uint16_t)value && value_age_s(value, now_s) < PMTU_EXPIRES_S;
}

static struct key make_key(uint8_t side, uint16_t vlan, const struct address *a)
{
	struct key k = { .what = (uint32_t)vlan << 16 | side << 8 | a->family };

	memcpy(k.address, a->bytes, a->family == 4 ? 4 : 16);
	return k;
}

static unsigned first_place(const struct key *k, const struct address *a)
{
	return address_hash(a, k->what) % (FAB_PATHS / WAYS) * WAYS;
}

/* A whole copy of an entry; false when it is free or changing. */
static bool copy(const struct fab_path *p, struct key *k, uint64_t *value)
{
	uint32_t turn = atomic_load_explicit(&p->turn, memory_order_acquire);

	k->what = atomic_load_explicit(&p->what, memory_order_relaxed);
	for (unsigned i = 0; i < 2; i++)
		k->address[i] = atomic_load_explicit(&p->address[i],
						     memory_order_relaxed);
	*value = atomic_load_explicit(&p->value, memory_order_relaxed);
	atomic_thread_fence(memory_order_acquire);
	return turn && !(turn & 1) &&
	       turn == atomic_load_explicit(&p->turn, memory_order_relaxed);
}

static bool same(const struct key *a, const struct key *b)
{
	return a->what == b->what && a->address[0] == b->address[0] &&
	       a->address[1] == b->address[1];
}

uint16_t pmtu_find(const struct fab_path *table, uint8_t side, uint16_t vlan,
		   const struct address *to, uint32_t now_s)
{
	struct key wanted = make_key(side, vlan, to), k;
	const struct fab_path *p = &table[first_place(&wanted, to)];
	uint16_t lowest = 0;
	uint64_t value;

	/* Two engines that learn at once may both make an entry. */
	for (unsigned i = 0; i < WAYS; i++, p++)
		if (copy(p, &k, &value) && same(&k, &wanted) &&
		    is_known(value, now_s) &&
		    (!lowest || (uint16_t)value < lowest))
			lowest = value;
	return lowest;
}

/* Lower or renew an entry; false when that would raise it. */
static bool renew(struct fab_path *p, uint64_t value, uint16_t mtu,
		  uint32_t now_s)
{
	if (is_known(value, now_s) && mtu > (uint16_t)value)
		return false;
	atomic_compare_exchange_strong(&p->value, &value,
				       make_value(mtu, now_s));
	return true;
}

/* Make the entry `k` of a place. An engine that dies in here leaves the turn
 * odd: that place is never used again. */
static bool claim(struct fab_path *p, const struct key *k, uint64_t value)
{
	uint32_t turn = atomic_load_explicit(&p->turn, memory_order_relaxed);

	if (turn & 1 ||
	    !atomic_compare_exchange_strong(&p->turn, &turn, turn + 1))
		return false;
	atomic_store_explicit(&p->what, k->what, memory_order_relaxed);
	for (unsigned i = 0; i < 2; i++)
		atomic_store_explicit(&p->address[i], k->address[i],
				      memory_order_relaxed);
	atomic_store_explicit(&p->value, value, memory_order_relaxed);
	/* Twice around, 0 would say that the place was never used. */
	atomic_store_explicit(&p->turn, turn + 2 ? turn + 2 : 2,
			      memory_order_release);
	return true;
}

bool pmtu_learn(struct fab_path *table, uint8_t side, uint16_t vlan,
		const struct address *to, uint16_t mtu, uint32_t now_s)
{
	struct key wanted = make_key(side, vlan, to), k;
	struct fab_path *p = &table[first_place(&wanted, to)], *oldest = NULL;
	uint32_t age_s, oldest_s = 0;
	uint64_t value;

	if (mtu < (to->family == 4 ? PMTU_FLOOR4 : PMTU_FLOOR6))
		mtu = to->family == 4 ? PMTU_FLOOR4 : PMTU_FLOOR6;
	for (unsigned i = 0; i < WAYS; i++, p++) {
		bool whole = copy(p, &k, &value);

		if (whole && same(&k, &wanted))
			return renew(p, value, mtu, now_s);
		if (atomic_load_explicit(&p->turn, memory_order_relaxed) & 1)
			continue;
		age_s = whole && is_known(value, now_s) ?
				value_age_s(value, now_s) :
				PMTU_EXPIRES_S;
		if (!oldest || age_s > oldest_s) {
			oldest = p;
			oldest_s = age_s;
		}
	}
	return oldest && claim(oldest, &wanted, make_value(mtu, now_s));
}

bool pmtu_view(const struct fab_path *table, unsigned index, uint32_t now_s,
	       struct pmtu_view *view)
{
	struct key k;
	uint64_t value;

	if (!copy(&table[index], &k, &value) || !is_known(value, now_s))
		return false;
	*view = (struct pmtu_view){ .to.family = k.what & 0xff,
				    .vlan = k.what >> 16,
				    .mtu = value,
				    .side = k.what >> 8 & 0xff,
				    .age_s = value_age_s(value, now_s) };
	memcpy(view->to.bytes, k.address, view->to.family == 4 ? 4 : 16);
	return true;
}
