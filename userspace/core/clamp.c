// SPDX-License-Identifier: BSD-3-Clause
/* clamp.c - the MSS of SYNs that pass: set, counted, learned from */
#include "clamp.h"

#include "heard.h"
#include "tally.h"
#include "tcp.h"
#include "toeplitz.h"

_Static_assert(MSS_RULES <= FAB_MSS_RULES && MSS_CHANGES <= FAB_MSS_CHANGES,
	       "every rule and change has its counter");

/* Who a SYN belongs to and what it may say where it leaves. */
struct bound {
	uint16_t service, vlan;
	struct mss_result mss;
};

static void count(struct lb *lb, const struct pkt *p, const struct bound *b,
		  enum mss_change change)
{
	static const enum vfl_counter counters[MSS_CHANGES] = {
		[MSS_KEPT] = CNT_mss_untouched,
		[MSS_CLAMPED] = CNT_mss_clamped,
		[MSS_INSERTED] = CNT_mss_inserted,
		[MSS_BROKEN] = CNT_mss_malformed,
	};

	tally_add(
		&lb->load->mss[b->service].seen[!p->side][b->mss.rule][change],
		1);
	tally_add(&lb->counters[counters[change]], 1);
}

static bool clamp(struct lb *lb, struct pkt *p, const struct bound *b,
		  uint16_t *said)
{
	uint16_t mtu = snapshot_mtu(lb->snap, !p->side, b->vlan);
	enum mss_change change = tcp_clamp_mss(p, b->mss.mss, mtu, said);

	count(lb, p, b, change);
	if (change != MSS_BROKEN)
		return true;
	p->verdict = VERDICT_DROP;
	p->reason = DROP_tcp_options;
	return false;
}

void clamp_plan(struct connection_plan *plan)
{
	uint8_t family = plan->key.family;

	plan->mss[SIDE_CLIENT] = mss_lower_to_path(plan->service->mss_client,
						   plan->path_mtu[SIDE_CLIENT],
						   0, family);
	plan->mss[SIDE_SERVER] = mss_lower_to_path(plan->request.backend->mss,
						   plan->path_mtu[SIDE_SERVER],
						   0, family);
}

bool clamp_first(struct lb *lb, struct pkt *p,
		 const struct connection_plan *plan)
{
	const struct bound b = { plan->service->slot,
				 plan->request.backend->vlan,
				 plan->mss[SIDE_SERVER] };
	uint16_t said;

	return clamp(lb, p, &b, &said);
}

/* The first answer of the server: one look per connection. */
static bool is_answer(const struct pkt *p, const struct flow *f)
{
	uint32_t word = atomic_load_explicit(&f->state, memory_order_relaxed);

	return p->side == SIDE_SERVER && p->tcp_flags & TCP_ACK &&
	       (word & FLOW_WORD_STATE) == FLOW_SYN_SENT;
}

bool clamp_later(struct lb *lb, struct pkt *p, const struct flow *f)
{
	const struct bound b = { f->service, f->vlan[!p->side],
				 mss_unpack(f->mss[!p->side]) };
	uint16_t said;

	if (!clamp(lb, p, &b, &said))
		return false;
	if (said && is_answer(p, f))
		heard_note(&lb->load->heard[f->service], said);
	return true;
}

/* Key of the answers to a packet that leaves on the server side. */
void clamp_own_key(const struct lb *lb, const struct pkt *p, struct flow_key *k)
{
	const uint8_t *l3 = p->frame + p->l3, *l4 = p->frame + p->l4;
	unsigned one = p->family == 4 ? 4 : 16;
	const uint8_t *addrs = l3 + (p->family == 4 ? 12 : 8);
	uint8_t ports[4] = { l4[2], l4[3], l4[0], l4[1] };

	*k = (struct flow_key){ .vlan = p->vlan,
				.family = p->family,
				.protocol = p->protocol,
				.side = SIDE_SERVER };
	memcpy(k->addrs, addrs + one, one);
	memcpy((uint8_t *)k->addrs + one, addrs, one);
	memcpy(&k->ports, ports, sizeof(ports));
	k->hash = p->family == 4 ? toeplitz_v4(lb->hash, k->addrs, ports) :
				   toeplitz_v6(lb->hash, k->addrs, ports);
	k->slice = k->hash & (FAB_SLICES - 1);
}

void clamp_own(struct lb *lb, struct pkt *p, const struct flow *f)
{
	p->side = SIDE_CLIENT; /* so to speak: it leaves on the other */
	clamp_later(lb, p, f);
}
