/* SPDX-License-Identifier: BSD-3-Clause */
/* syn.c - SYNs the engine answers itself: when, how, and what follows the ACK */
#include <netinet/in.h>

#include "connection.h"
#include "handshake.h"
#include "nat.h"
#include "segment.h"
#include "syn.h"
#include "tcp.h"

static uint32_t minute(const struct lb *lb)
{
	return lb->now_s / 60;
}

static struct cookie_keys keys_now(const struct lb *lb)
{
	struct cookie_keys k;

	for (unsigned i = 0; i < 2; i++)
		for (unsigned half = 0; half < 2; half++)
			k.keys[i][half] = atomic_load_explicit(
				&lb->syn->keys[i][half], memory_order_relaxed);
	return k;
}

static struct cookie_peer peer_of(const struct flow_key *k, uint32_t isn)
{
	struct cookie_peer peer = {
		.addrs = { k->addrs[0] },
		.ports = k->ports,
		.vlan = k->vlan,
		.family = k->family,
		.isn = isn,
	};

	if (k->family == 6)
		memcpy(peer.addrs, k->addrs, sizeof(peer.addrs));
	return peer;
}

/* What a SYN asks for, as far as a cookie can remember it. */
static struct cookie_request request_of(const struct flow_key *k,
					const struct tcp_options *o)
{
	uint16_t missing = k->family == 4 ? MSS_DEFAULT4 : MSS_DEFAULT6;

	return (struct cookie_request){
		.mss = cookie_mss(o->mss ? o->mss : missing),
		.wscale = o->stamps ? o->wscale : COOKIE_NO_WSCALE,
		.sack = o->stamps && o->sack,
		.stamps = o->stamps,
	};
}

static enum vfl_drop admit_syn(struct lb *lb, const struct pkt *p,
			       const struct flow_key *k,
			       const struct snap_service *v,
			       struct syn_plan *plan)
{
	struct segment s;

	if (!connection_checksum_ok(p))
		return DROP_l4_checksum;
	if (!syn_flooded(lb, v))
		return DROP_COUNT;
	segment_read(p, &s);
	if (!request_of(k, &s.options).mss)
		return DROP_syn_mss;
	plan->step = SYN_ANSWER;
	return DROP_COUNT;
}

/* A cookie of the service that may still be good was made by somebody. */
static bool cookies_about(const struct lb *lb, const struct snap_service *v)
{
	uint32_t sent_s = atomic_load_explicit(&lb->syn->sent_s[v->slot],
					       memory_order_relaxed);

	return sent_s && lb->now_s - sent_s < (COOKIE_AGE_MINUTES + 1) * 60;
}

static enum vfl_drop admit_ack(struct lb *lb, const struct pkt *p,
			       const struct flow_key *k,
			       const struct snap_service *v,
			       struct syn_plan *plan)
{
	struct cookie_keys keys = keys_now(lb);
	struct cookie_peer peer;
	enum cookie_fault fault = COOKIE_INVALID;
	struct cookie cookie;
	struct segment s;

	if (!cookies_about(lb, v))
		return DROP_COUNT;
	if (!connection_checksum_ok(p))
		return DROP_l4_checksum;
	segment_read(p, &s);
	cookie = (struct cookie){ s.ack - 1, s.options.echo };
	plan->request.stamps = s.options.stamps;
	/* When its ACK was lost, the client asks for a window from one below. */
	for (unsigned back = 1; fault == COOKIE_INVALID && back < 2; back--) {
		plan->client_isn = s.seq - back;
		peer = peer_of(k, plan->client_isn);
		fault = cookie_check(&keys, minute(lb), &peer, &cookie,
				     &plan->request);
	}
	if (fault != COOKIE_OK)
		return fault == COOKIE_EXPIRED ? DROP_syn_cookie_expired :
						 DROP_syn_cookie_invalid;
	plan->step = SYN_OPEN;
	return DROP_COUNT;
}

enum vfl_drop syn_admit(struct lb *lb, const struct pkt *p,
			const struct flow_key *k, const struct snap_service *v,
			struct syn_plan *plan)
{
	plan->step = SYN_FORWARD;
	if (v->syn == SYN_PASS || p->protocol != IPPROTO_TCP)
		return DROP_COUNT;
	switch (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) {
	case TCP_SYN:
		return admit_syn(lb, p, k, v, plan);
	case TCP_ACK:
		return admit_ack(lb, p, k, v, plan);
	}
	return DROP_COUNT;
}

/* Source and destination of a key the other way round. */
static void turn_round(const struct flow_key *k, uint64_t addrs[4],
		       uint32_t *ports)
{
	if (k->family == 4) {
		addrs[0] = k->addrs[0] << 32 | k->addrs[0] >> 32;
	} else {
		memcpy(addrs, k->addrs + 2, 16);
		memcpy(addrs + 2, k->addrs, 16);
	}
	*ports = k->ports << 16 | k->ports >> 16;
}

void syn_answer(struct lb *lb, struct pkt *p, const struct flow_key *k,
		const struct snap_service *v)
{
	struct cookie_keys keys = keys_now(lb);
	struct cookie_request request;
	struct cookie_peer peer;
	struct segment s, answer;
	struct cookie cookie;
	uint64_t addrs[4], mac = 0;
	uint32_t ports;

	segment_read(p, &s);
	request = request_of(k, &s.options);
	peer = peer_of(k, s.seq);
	cookie = cookie_make(&keys, minute(lb), &peer, &request);
	answer = (struct segment){
		.seq = cookie.seq,
		.ack = s.seq + 1,
		.flags = TCP_SYN | TCP_ACK,
		.options = {
			.mss = v->mss_client.mss,
			.wscale = request.wscale == COOKIE_NO_WSCALE ?
					  TCP_NO_WSCALE : SYN_WSCALE,
			.sack = request.sack,
			.stamps = request.stamps,
			.stamp = cookie.stamp,
			.echo = s.options.stamp,
		},
	};
	/* Back to whoever brought it: a flood makes no neighbour wanted. */
	memcpy(&mac, p->frame + 6, 6);
	turn_round(k, addrs, &ports);
	segment_write(p, addrs, ports, &answer);
	nat_link(p, le64toh(mac), lb->mac[p->side], k->vlan);
	p->out_side = p->side;
	p->verdict = VERDICT_REPLY;
	syn_cookie_counted(lb, v, 1);
}

void syn_open(struct lb *lb, struct pkt *p, const struct flow_key *k,
	      const struct snap_service *v, const struct syn_plan *plan,
	      struct splice *s)
{
	struct segment ack, syn;

	segment_read(p, &ack);
	*s = (struct splice){
		.our_isn = ack.ack - 1,
		.our_stamp = ack.options.echo,
		.client_isn = plan->client_isn,
		.client_stamp = ack.options.stamp,
		.window = ack.window,
		.mss = plan->request.mss,
		.wscale = plan->request.wscale,
		.flags = (plan->request.sack ? SPLICE_SACK : 0) |
			 (plan->request.stamps ? SPLICE_STAMPS : 0),
		.due_ms = lb->now_ms + SYN_RETRY_MS,
		.tries = 1,
	};
	syn = handshake_syn(s, s->mss);
	segment_write(p, k->addrs, k->ports, &syn);
	syn_cookie_counted(lb, v, -1);
}
