/* SPDX-License-Identifier: BSD-3-Clause */
/* syn_watch.c - see a SYN flood begin and end, per service */
#include "syn.h"
#include "tally.h"
#include "tcp.h"

#define WINDOW_MS 4000

static bool is_half_open(uint32_t word)
{
	uint32_t state = word & FLOW_WORD_STATE;

	return state == FLOW_SYN_SENT || state == FLOW_SYN_RECV;
}

void syn_state_changed(struct lb *lb, uint16_t service, uint32_t from,
		       uint32_t to)
{
	int change = is_half_open(to) - is_half_open(from);

	if (change)
		tally_add(&lb->load->syn[service].half_open, change);
}

/* Connections may be opened by one engine and end with another: only the sum
 * says something. A new one is made up once a millisecond. */
static int64_t half_open(struct lb *lb, struct syn_watch *w, uint16_t slot)
{
	if (w->looked_ms == lb->now_ms)
		return w->half_open;
	w->looked_ms = lb->now_ms;
	w->half_open = 0;
	for (unsigned i = 0; i < FAB_ENGINES; i++)
		w->half_open +=
			atomic_load_explicit(&lb->loads[i].syn[slot].half_open,
					     memory_order_relaxed);
	return w->half_open;
}

static void set_on(struct lb *lb, struct syn_watch *w, uint16_t slot, bool on)
{
	w->on = on;
	w->window_ms = lb->now_ms;
	w->syns = 0;
	w->missing = 0;
	atomic_store_explicit(&lb->load->syn[slot].cookies_on, on,
			      memory_order_relaxed);
}

/* Half-open connections there would be now if this window's SYNs had passed. */
static uint64_t expected_half_open(const struct syn_watch *w,
				   const struct snap_service *v,
				   uint32_t window_ms)
{
	return w->missing > 0 ?
		       (uint64_t)w->missing * v->tcp_syn_ms / window_ms :
		       0;
}

/* At the end of a window. Half of what turned it on, so that it does not go on
 * and off with every breath of the flood. */
static void consider_end(struct lb *lb, struct syn_watch *w,
			 const struct snap_service *v)
{
	uint32_t window_ms = lb->now_ms - w->window_ms;
	uint64_t rate;

	if (window_ms < WINDOW_MS)
		return;
	rate = (uint64_t)w->syns * 1000 / window_ms;
	set_on(lb, w, v->slot,
	       rate >= v->syn_rate / 2 ||
		       expected_half_open(w, v, window_ms) >=
			       v->syn_half_open / 2 ||
		       half_open(lb, w, v->slot) >= v->syn_half_open / 2);
}

static bool flood_begins(struct lb *lb, struct syn_watch *w,
			 const struct snap_service *v)
{
	if (lb->now_ms - w->second_ms >= 1000) {
		w->second_ms = lb->now_ms;
		w->second_syns = 0;
	}
	return ++w->second_syns > v->syn_rate ||
	       half_open(lb, w, v->slot) >= v->syn_half_open;
}

bool syn_flooded(struct lb *lb, const struct snap_service *v)
{
	struct syn_watch *w = &lb->syn_watch[v->slot];

	if (v->syn == SYN_PROXY)
		return true;
	if (w->on) {
		w->syns++;
		consider_end(lb, w, v);
	} else if (flood_begins(lb, w, v)) {
		set_on(lb, w, v->slot, true);
	}
	return w->on;
}

void syn_cookie_counted(struct lb *lb, const struct snap_service *v,
			int missing)
{
	struct fab_syn_stats *stats = &lb->load->syn[v->slot];
	_Atomic uint32_t *sent_s = &lb->syn->sent_s[v->slot];

	lb->syn_watch[v->slot].missing += missing;
	if (missing < 0) {
		tally_add(&stats->cookies_valid, 1);
		tally_add(&lb->counters[CNT_syn_cookies_valid], 1);
		return;
	}
	tally_add(&stats->cookies_sent, 1);
	tally_add(&lb->counters[CNT_syn_cookies_sent], 1);
	if (atomic_load_explicit(sent_s, memory_order_relaxed) != lb->now_s)
		atomic_store_explicit(sent_s, lb->now_s, memory_order_relaxed);
}

void syn_turn(struct lb *lb)
{
	const struct snap_service *services =
		snap_array(lb->snap, services, struct snap_service);

	for (unsigned i = 0; i < lb->snap->n_services; i++) {
		const struct snap_service *v = &services[i];
		struct syn_watch *w = &lb->syn_watch[v->slot];

		if (!w->on)
			continue;
		if (v->syn == SYN_COOKIE)
			consider_end(lb, w, v);
		else
			set_on(lb, w, v->slot, false);
	}
}
