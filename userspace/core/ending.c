/* SPDX-License-Identifier: BSD-3-Clause */
/* ending.c - flows of connections that end in the engine */
#include "ending.h"

#include "tally.h"
#include "tcp.h"

struct flow *ending_open(struct lb *lb, const struct flow_key *client,
			 const struct snap_service *service)
{
	struct flow draft = {
		.state = FLOW_SERVED | (uint32_t)client->protocol
					       << FLOW_WORD_PROTOCOL_SHIFT,
		.seen_ms = lb->now_ms,
		.timeout_ms = flow_timeout_ms(FLOW_SERVED, service),
		.hash = { client->hash, client->hash },
		.ports = { [SIDE_CLIENT] = client->ports },
		.vlan = { client->vlan, FLOW_VLAN_HIDDEN },
		.service = service->slot,
		.backend = FAB_BACKENDS, /* none */
	};
	struct flow *f;

	if (client->family == 4)
		draft.addrs.v4[SIDE_CLIENT] = client->addrs[0];
	else
		memcpy(draft.addrs.v6[SIDE_CLIENT], client->addrs,
		       sizeof(client->addrs));
	f = flow_insert(lb->flows, client->family, client->slice, &draft);
	if (f)
		tally_add(&lb->counters[CNT_flows_new], 1);
	return f;
}

void ending_keep(struct lb *lb, struct flow *f)
{
	atomic_store_explicit(&f->seen_ms, lb->now_ms, memory_order_relaxed);
}

void ending_rest(struct lb *lb, struct flow *f)
{
	atomic_store_explicit(&f->timeout_ms, TCP_PROXY_CLOSE_MS,
			      memory_order_relaxed);
	ending_keep(lb, f);
}
