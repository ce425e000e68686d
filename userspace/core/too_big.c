/* SPDX-License-Identifier: BSD-3-Clause */
/* too_big.c - packets that do not fit: what routers say of ours, what we say */
#include "icmp.h"
#include "nat.h"
#include "pmtu.h"
#include "tally.h"
#include "too_big.h"

#define IP4_DF 0x40

/* The end of a flow on a side. */
static struct address end_of(const struct flow *f, uint8_t family,
			     unsigned side)
{
	struct address a = { .family = family };

	if (family == 4)
		memcpy(a.bytes, &f->addrs.v4[side], 4);
	else
		memcpy(a.bytes, f->addrs.v6[side], 16);
	return a;
}

void too_big_heard(struct lb *lb, const struct pkt *p, const struct flow *f)
{
	struct icmp_too_big said;
	struct address to;

	if (!icmp_too_big(p, &said))
		return;
	to = end_of(f, p->family, p->side);
	if (said.mtu && said.mtu < said.quoted_bytes &&
	    said.mtu < snapshot_mtu(lb->snap, p->side, f->vlan[p->side]) &&
	    pmtu_learn(lb->paths, p->side, f->vlan[p->side], &to, said.mtu,
		       lb->now_s))
		tally_add(&lb->counters[CNT_pmtu_learned], 1);
	else
		tally_add(&lb->counters[CNT_pmtu_ignored], 1);
}

void too_big_plan(const struct lb *lb, const struct address *client,
		  struct connection_plan *plan)
{
	const struct snap_backend *backend = plan->request.backend;
	uint16_t near, far;

	if (!plan->service->path_mtu)
		return;
	near = pmtu_find(lb->paths, SIDE_CLIENT, plan->key.vlan, client,
			 lb->now_s);
	far = pmtu_find(lb->paths, SIDE_SERVER, backend->vlan,
			&backend->address, lb->now_s);
	/* A segment goes all the way, whoever sends it. */
	if (!near || (far && far < near))
		near = far;
	for (unsigned side = 0; side < FAB_SIDES; side++)
		plan->path_mtu[side] = near;
}

bool too_big_may_split(const struct pkt *p)
{
	return p->family == 4 && !(p->frame[p->l3 + 6] & IP4_DF);
}

static bool take_token(struct lb *lb)
{
	uint32_t passed_ms = lb->now_ms - lb->too_big_ms;

	lb->too_big_ms = lb->now_ms;
	if (passed_ms > TOO_BIG_BURST - lb->too_big_tokens)
		lb->too_big_tokens = TOO_BIG_BURST;
	else
		lb->too_big_tokens += passed_ms;
	if (!lb->too_big_tokens)
		return false;
	lb->too_big_tokens--;
	return true;
}

void too_big_answer(struct lb *lb, struct pkt *p, uint16_t mtu)
{
	uint64_t sender = 0;

	p->verdict = VERDICT_DROP;
	p->reason = DROP_oversize;
	/* RFC 1122 3.2.2: not about a broadcast, not about a later fragment. */
	if (p->frame[0] & 1 || p->flags & PKT_LATER || !take_token(lb))
		return;
	for (unsigned i = 0; i < 6; i++)
		sender |= (uint64_t)p->frame[6 + i] << 8 * i;
	icmp_make_too_big(p, mtu);
	nat_link(p, sender, lb->mac[p->side], p->vlan);
	p->out_side = p->side;
	p->verdict = VERDICT_ANSWER;
	tally_add(&lb->counters[CNT_pmtu_sent], 1);
}
