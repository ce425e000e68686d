/* SPDX-License-Identifier: BSD-3-Clause */
/* too_big.c - packets that do not fit: what routers say of ours */
#include "icmp.h"
#include "pmtu.h"
#include "tally.h"
#include "too_big.h"

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
