/* SPDX-License-Identifier: BSD-3-Clause */
/* neighbour.c - answer for our addresses, learn and ask for others' */
#include "neighbour.h"

#include <net/ethernet.h>
#include <string.h>

#include "arp.h"
#include "echo.h"
#include "engine.h"
#include "nd.h"
#include "neigh.h"

#define SCAN_ENTRIES	  512 /* per round: the whole table in 8 */
#define ASK_AGAIN_MS	  250
#define WANTED_S	  3 /* an entry nobody needed this long is left alone */
#define CONFIRMED_S	  30 /* an answer is good this long: RFC 4861 10 */
#define ANNOUNCEMENTS	  3
#define ANNOUNCE_AGAIN_US 300000

const struct snap_address *neighbour_mine(const struct engine *e,
					  const struct address *a, uint8_t side,
					  uint16_t vlan)
{
	const struct snap_address *us =
		snapshot_address(e->lb.snap, a, side, vlan);

	return us && atomic_load_explicit(&e->fabric->receivers[us->slot],
					  memory_order_relaxed) == e->id ?
		       us :
		       NULL;
}

void neighbour_heard(struct engine *e, uint8_t side, uint16_t vlan,
		     const struct address *a, const uint8_t *mac, bool asks_us)
{
	uint32_t now_s = engine_now_s(e);
	uint16_t index = neigh_find(e->lb.neighbours, side, vlan, a);

	/* Somebody on the link who asks for us will want our answer. */
	if (index == NEIGH_NONE && asks_us) {
		const struct snap_route *route =
			snapshot_route(e->lb.snap, side, vlan, a);

		if (route && route->via.family == 0)
			index = neigh_want(e->lb.neighbours, side, vlan, a,
					   now_s);
	}
	/* Nobody may claim an address of the fleet. */
	if (index != NEIGH_NONE && !snapshot_address(e->lb.snap, a, side, vlan))
		neigh_learn(e->lb.neighbours, index, mac, now_s);
}

void neighbour_punt(struct engine *e, struct buf *b)
{
	engine_count(e, CNT_punted, 1);
	if (b->pkt.family == 0) {
		arp_receive(e, b);
	} else if (b->pkt.family == 6 && nd_is(b)) {
		nd_receive(e, b);
	} else if (echo_answer(e, b)) {
		return; /* on its way back */
	}
	buf_free(b);
}

/*
 * The address of ours to ask from: the first that fits, and only its receiver
 * asks, for a question tells the neighbour where that address is.
 */
static const struct snap_address *asker(const struct engine *e, uint8_t side,
					uint16_t vlan, uint8_t family)
{
	const struct snapshot *snap = e->lb.snap;
	const struct snap_address *us =
		snap_array(snap, addresses, struct snap_address);

	for (unsigned i = 0; i < snap->n_addresses; i++, us++)
		if (us->side == side && us->vlan == vlan &&
		    us->address.family == family)
			return atomic_load_explicit(
				       &e->fabric->receivers[us->slot],
				       memory_order_relaxed) == e->id ?
				       us :
				       NULL;
	return NULL;
}

void neighbour_ask(struct engine *e, uint16_t index)
{
	const struct fab_neigh *n = &e->lb.neighbours[index];
	uint32_t *asked_ms = &e->neighbour.asked_ms[index];
	struct address target = { .family = n->family };
	const struct snap_address *us;

	if (*asked_ms && e->lb.now_ms - *asked_ms < ASK_AGAIN_MS)
		return;
	us = asker(e, n->side, n->vlan, n->family);
	if (!us)
		return;
	*asked_ms = e->lb.now_ms | 1;
	memcpy(target.bytes, n->address, sizeof(target.bytes));
	if (n->family == 4)
		arp_ask(e, us, &target);
	else
		nd_ask(e, us, &target);
}

/* True when an entry somebody needs has no answer, or only an old one. */
static bool needs_asking(const struct fab_neigh *n, uint32_t now_s)
{
	uint32_t wanted_s, confirmed_s;

	if (atomic_load_explicit(&n->state, memory_order_acquire) !=
	    NEIGH_READY)
		return false;
	wanted_s = atomic_load_explicit(&n->wanted_s, memory_order_relaxed);
	confirmed_s =
		atomic_load_explicit(&n->confirmed_s, memory_order_relaxed);
	if ((int32_t)(now_s - wanted_s) > WANTED_S)
		return false;
	return !atomic_load_explicit(&n->mac, memory_order_relaxed) ||
	       (int32_t)(now_s - confirmed_s) >= CONFIRMED_S;
}

static void ask_wanted(struct engine *e)
{
	struct neighbour *nb = &e->neighbour;
	uint32_t now_s = engine_now_s(e);

	for (unsigned i = 0; i < SCAN_ENTRIES; i++) {
		uint16_t index = nb->next;

		nb->next = (index + 1) % FAB_NEIGHBOURS;
		if (needs_asking(&e->lb.neighbours[index], now_s))
			neighbour_ask(e, index);
	}
}

/* Tell both sides which addresses are at our MAC now. */
static void announce(struct engine *e)
{
	const struct snapshot *snap = e->lb.snap;
	const struct snap_address *us =
		snap_array(snap, addresses, struct snap_address);

	for (unsigned i = 0; i < snap->n_addresses; i++, us++) {
		if (atomic_load(&e->fabric->receivers[us->slot]) != e->id)
			continue;
		if (us->address.family == 4)
			arp_announce(e, us);
		else
			nd_announce(e, us);
	}
}

static void announce_when_asked(struct engine *e)
{
	struct neighbour *nb = &e->neighbour;
	uint32_t request = atomic_load_explicit(&e->fabric->announce,
						memory_order_acquire);
	bool fresh = request != nb->announce;

	if (fresh) {
		nb->announce = request;
		nb->announcements = ANNOUNCEMENTS;
	}
	if (!nb->announcements ||
	    (!fresh && e->now_us - nb->announced_us < ANNOUNCE_AGAIN_US))
		return;
	announce(e);
	nb->announcements--;
	nb->announced_us = e->now_us;
	atomic_store_explicit(&e->self->announce_seen, request,
			      memory_order_release);
}

void neighbour_turn(struct engine *e)
{
	announce_when_asked(e);
	ask_wanted(e);
}
