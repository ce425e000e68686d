/* SPDX-License-Identifier: BSD-3-Clause */
/* process.c - parsed packets of owned slices in, rewritten packets out */
#include <netinet/in.h>

#include "clamp.h"
#include "connection.h"
#include "fragment.h"
#include "handshake.h"
#include "icmp.h"
#include "nat.h"
#include "process.h"
#include "tally.h"
#include "tcp.h"
#include "too_big.h"

/* No side or VLAN may have an MTU below this: the MSS would be under the floor.
 * Spares small packets the look-up. */
#define MTU_FLOOR (MSS_FLOOR + 40)

static void drop(struct pkt *p, enum vfl_drop reason)
{
	p->verdict = VERDICT_DROP;
	p->reason = reason;
}

static bool backend_usable(const struct lb *lb, const struct flow *f)
{
	const struct snap_backend *backends =
		snap_array(lb->snap, backends, struct snap_backend);

	for (unsigned i = 0; i < lb->snap->n_backends; i++)
		if (backends[i].slot == f->backend)
			return backends[i].usable;
	return false;
}

/*
 * The SYN of a client is a new connection although there is a flow: the client
 * uses its port again (RFC 9293 3.6.1), or the server has not answered the
 * first SYN and is out of service now.
 */
static bool is_over(const struct lb *lb, const struct flow *f,
		    const struct pkt *p)
{
	uint32_t state = atomic_load_explicit(&f->state, memory_order_relaxed) &
			 FLOW_WORD_STATE;

	if (p->side != SIDE_CLIENT ||
	    (p->tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
		return false;
	return state == FLOW_TIME_WAIT || state == FLOW_CLOSED ||
	       (state == FLOW_SYN_SENT && !backend_usable(lb, f));
}

/* The connection's state changes. A damaged packet goes on, its receiver will
 * see, but it must not close the flow. */
static void change_state(struct lb *lb, struct flow *f, const struct pkt *p,
			 uint32_t word)
{
	if (!connection_checksum_ok(p))
		return;
	syn_state_changed(lb, f->service,
			  atomic_load_explicit(&f->state, memory_order_relaxed),
			  word);
	atomic_store_explicit(&f->timeout_ms,
			      flow_timeout_ms(word & FLOW_WORD_STATE,
					      connection_service(lb, f)),
			      memory_order_relaxed);
	atomic_store_explicit(&f->state, word, memory_order_release);
}

static bool is_ours(const struct flow *f)
{
	return flow_ends(atomic_load_explicit(&f->state, memory_order_relaxed));
}

/* To the engine's own TCP, which counts what clients say to it: packets of theirs
 * come to it without a flow as well. */
static __attribute__((noinline)) void
end_here(struct lb *lb, const struct flow *f, struct pkt *p)
{
	struct fab_service_stats *stats = &lb->load->services[f->service];

	if (p->flags & PKT_FRAGMENT)
		return drop(p, DROP_no_flow);
	if (p->side == SIDE_SERVER) {
		tally_add(&stats->packets, 1);
		tally_add(&stats->bytes, p->len);
	}
	p->verdict = VERDICT_LOCAL;
}

/* False: the packet goes no further. */
static inline bool track(struct lb *lb, struct flow *f, struct pkt *p)
{
	uint32_t word = atomic_load_explicit(&f->state, memory_order_relaxed);
	uint32_t next, state = word & (FLOW_WORD_STATE | FLOW_SPLICED);

	/* What nearly all packets are: data of an open connection. */
	if (state == FLOW_UDP ||
	    (state == FLOW_ESTABLISHED &&
	     !(p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST))))
		return true;
	if (is_ours(f)) {
		end_here(lb, f, p);
		return false;
	}
	if (word & FLOW_SPLICED) {
		if (!handshake_step(lb, f, p))
			return false;
		word = atomic_load_explicit(&f->state, memory_order_relaxed);
	}
	next = p->protocol == IPPROTO_TCP ?
		       tcp_next(word, p->side, p->tcp_flags) :
		       udp_next(word, p->side);
	if (next != word)
		change_state(lb, f, p, next);
	return true;
}

/* Keep flow and next hop alive, not more often than needed. */
static inline void touch(struct lb *lb, struct flow *f, struct fab_neigh *n)
{
	uint32_t seen_ms =
		atomic_load_explicit(&f->seen_ms, memory_order_relaxed);

	if (lb->now_ms - seen_ms < FLOW_TOUCH_MS)
		return;
	atomic_store_explicit(&f->seen_ms, lb->now_ms, memory_order_relaxed);
	hop_wanted(n, lb->now_s);
}

static inline bool fits(const struct lb *lb, const struct flow *f,
			const struct pkt *p, unsigned out)
{
	unsigned bytes = p->len - p->l3;

	return bytes <= MTU_FLOOR ||
	       bytes <= snapshot_mtu(lb->snap, out, f->vlan[out]);
}

/* Address a rewritten packet to the next hop and count it. */
static inline void send_on(struct lb *lb, const struct flow *f, struct pkt *p,
			   uint64_t mac)
{
	struct fab_service_stats *stats = &lb->load->services[f->service];
	unsigned out = !p->side;

	nat_link(p, mac, lb->mac[out], f->vlan[out]);
	tally_add(&stats->packets, 1);
	tally_add(&stats->bytes, p->len);
	p->out_side = out;
	p->neigh = f->neigh[out];
	p->verdict = mac ? VERDICT_TX : VERDICT_NEIGH;
}

/* A packet of a flow on its way to the other side, which it fits. Inlined into
 * all callers: it is most of the work. */
static inline __attribute__((always_inline)) void
forward_fitting(struct lb *lb, struct flow *f, struct pkt *p)
{
	struct fab_neigh *n = &lb->neighbours[f->neigh[!p->side]];
	uint64_t mac = atomic_load_explicit(&n->mac, memory_order_relaxed);

	if (!track(lb, f, p))
		return;
	touch(lb, f, n);
	nat_rewrite(p, f);
	send_on(lb, f, p, mac);
}

/* A later fragment: neither a state nor ports to look at. */
static void forward_later(struct lb *lb, struct flow *f, struct pkt *p)
{
	struct fab_neigh *n = &lb->neighbours[f->neigh[!p->side]];

	touch(lb, f, n);
	nat_rewrite_later(p, f);
	send_on(lb, f, p, atomic_load_explicit(&n->mac, memory_order_relaxed));
}

/* A packet that does not fit: cut it, or say so to its sender. */
static __attribute__((noinline)) void
forward_large(struct lb *lb, struct flow *f, struct pkt *p)
{
	uint16_t mtu = snapshot_mtu(lb->snap, !p->side, f->vlan[!p->side]);

	if (is_ours(f))
		return end_here(lb, f, p);
	if (!too_big_may_split(p))
		return too_big_answer(lb, p, mtu);
	if (p->flags & PKT_LATER)
		forward_later(lb, f, p);
	else
		forward_fitting(lb, f, p);
	/* Pieces do not wait: the neighbour of a flow is known as a rule. */
	if (p->verdict == VERDICT_NEIGH)
		return drop(p, DROP_neighbour_unresolved);
	p->split = mtu;
	p->verdict = VERDICT_SPLIT;
}

static inline __attribute__((always_inline)) void
forward(struct lb *lb, struct flow *f, struct pkt *p)
{
	if (__builtin_expect(!fits(lb, f, p, !p->side), 0))
		return forward_large(lb, f, p);
	forward_fitting(lb, f, p);
}

/* A fragment: to its flow, or to find out which that is. True when it is a first
 * one of a known flow, which goes on like any packet. */
static bool process_fragment(struct lb *lb, struct pkt *p)
{
	struct flow_key key;
	struct flow *f;

	if (!(p->flags & PKT_TRACKED)) {
		fragment_track(lb, p);
		return false;
	}
	if (!(p->flags & PKT_LATER))
		return true;
	connection_key(p, &key);
	f = flow_find(lb->flows, &key);
	if (!f || is_ours(f))
		drop(p, DROP_no_flow);
	else if (!fits(lb, f, p, !p->side))
		forward_large(lb, f, p);
	else
		forward_later(lb, f, p);
	return false;
}

/* An ICMP error about a flow; it keeps nothing alive. */
static void forward_error(struct lb *lb, struct pkt *p)
{
	struct fab_neigh *n;
	struct flow_key key;
	struct flow *f;

	f = icmp_key(p, &key) ? flow_find(lb->flows, &key) : NULL;
	if (!f)
		return drop(p, DROP_icmp_header);
	if (is_ours(f)) {
		too_big_heard(lb, p, f);
		p->verdict = VERDICT_LOCAL;
		return;
	}
	if (!fits(lb, f, p, !p->side))
		return drop(p, DROP_oversize);
	n = &lb->neighbours[f->neigh[!p->side]];
	too_big_heard(lb, p, f);
	icmp_rewrite(p, f,
		     f->state & FLOW_SPLICED ?
			     flow_splice(lb->flows, p->family, p->slice, f) :
			     NULL);
	send_on(lb, f, p, atomic_load_explicit(&n->mac, memory_order_relaxed));
	if (p->verdict != VERDICT_DROP)
		tally_add(&lb->counters[CNT_icmp_translated], 1);
}

/* A packet that may open a flow: a SYN, or the first of a UDP exchange. */
static inline bool may_open(const struct pkt *p)
{
	return !(p->flags & (PKT_ICMP_ERROR | PKT_FRAGMENT)) &&
	       p->side == SIDE_CLIENT &&
	       (p->protocol == IPPROTO_UDP || p->tcp_flags & TCP_SYN);
}

/* A SYN or SYN-ACK of a flow there is; false: dropped. The server's answer to a
 * SYN of ours ends here as the SYN it is: its MSS is of no use to the client. So
 * does a client's SYN to the engine itself. */
static bool admit_again(struct lb *lb, const struct flow *f, struct pkt *p)
{
	uint32_t word = atomic_load_explicit(&f->state, memory_order_relaxed);

	if (is_ours(f) || (p->side == SIDE_SERVER && word & FLOW_SPLICED))
		return true;
	if ((word & FLOW_WORD_STATE) == FLOW_SYN_PROXY) {
		drop(p, DROP_syn_wait);
		return false;
	}
	return clamp_later(lb, p, f);
}

/* The set opens no flow any more, and another one may have the ports: the
 * connection begins again as it was, to the same backend. */
static void reopen(struct lb *lb, struct flow *f, struct pkt *p)
{
	uint32_t word = atomic_load_explicit(&f->state, memory_order_relaxed);

	if (!backend_usable(lb, f))
		return drop(p, DROP_no_backend);
	word &= FLOW_WORD_GENERATION | 0xffu << FLOW_WORD_PROTOCOL_SHIFT;
	change_state(lb, f, p, word | FLOW_SYN_SENT);
	if (clamp_later(lb, p, f))
		forward(lb, f, p);
}

/* First packets, SYNs, errors: whatever is not data of a flow just found.
 * `plan` may be NULL; it is made then, when it is needed. */
static void process_other(struct lb *lb, struct pkt *p,
			  struct connection_plan *plan)
{
	struct connection_plan late;
	struct flow_key key;
	struct flow *f;

	if (p->flags & PKT_ICMP_ERROR)
		return forward_error(lb, p);
	if (p->flags & PKT_FRAGMENT && !process_fragment(lb, p))
		return;
	connection_key(p, &key);
	f = flow_find(lb->flows, &key);
	if (lb->closed && (!f || is_over(lb, f, p)))
		return f ? reopen(lb, f, p) : drop(p, DROP_mirror_reject);
	if (f && is_over(lb, f, p)) {
		connection_close(lb, p->family, p->slice, f);
		f = NULL;
	}
	if (f) {
		if (!(p->tcp_flags & TCP_SYN) || admit_again(lb, f, p))
			forward(lb, f, p);
		return;
	}
	if (!plan) {
		plan = &late;
		connection_plan(lb, p, plan);
	}
	f = connection_open(lb, p, plan);
	if (plan == &late)
		connection_plan_end(lb, plan);
	if (f)
		forward(lb, f, p);
}

/* The packet's own fields are those of the flow: what the index can only guess,
 * because packets of the same vector may have changed it. */
static inline bool is_of(const struct pkt *p, const struct flow *f)
{
	const uint8_t *l3 = p->frame + p->l3;
	uint32_t word = atomic_load_explicit(&f->state, memory_order_relaxed);
	uint32_t ports;
	uint64_t addrs;

	memcpy(&ports, p->frame + p->l4, 4);
	if (!(word & FLOW_WORD_STATE) ||
	    (uint8_t)(word >> FLOW_WORD_PROTOCOL_SHIFT) != p->protocol ||
	    f->ports[p->side] != ports || f->vlan[p->side] != p->vlan)
		return false;
	if (p->family == 6)
		return flow_same6(f->addrs.v6[p->side], l3 + 8);
	memcpy(&addrs, l3 + 12, 8);
	return f->addrs.v4[p->side] == addrs;
}

/* Drop, forward or set aside what needs more. */
static inline void process_one(struct lb *lb, struct pkt *p, struct flow *guess,
			       struct connection_plan *plan)
{
	if (p->frame[p->l3 + (p->family == 4 ? 8 : 7)] <= 1)
		return drop(p, DROP_ip_ttl);
	if (guess && !(p->flags & (PKT_ICMP_ERROR | PKT_FRAGMENT)) &&
	    !(p->tcp_flags & TCP_SYN) && is_of(p, guess))
		return forward(lb, guess, p);
	process_other(lb, p, plan);
}

void lb_process(struct lb *lb, struct pkt **pkts, unsigned n)
{
	struct connection_plan plans[VECTOR];
	struct flow_aim aims[VECTOR];
	struct flow *guesses[VECTOR];
	bool planned[VECTOR];

	for (unsigned i = 0; i < n; i++)
		aims[i] = flow_aim(lb->flows, pkts[i]->family, pkts[i]->slice,
				   pkts[i]->hash, pkts[i]->side);
	for (unsigned i = 0; i < n; i++) {
		guesses[i] = flow_guess(&aims[i]);
		planned[i] = !guesses[i] && !lb->closed && may_open(pkts[i]);
		if (planned[i])
			__builtin_prefetch(aims[i].shard);
	}
	for (unsigned i = 0; i < n; i++)
		if (planned[i])
			connection_plan(lb, pkts[i], &plans[i]);
	for (unsigned i = 0; i < n; i++) {
		process_one(lb, pkts[i], guesses[i],
			    planned[i] ? &plans[i] : NULL);
		if (planned[i])
			connection_plan_end(lb, &plans[i]);
	}
}
