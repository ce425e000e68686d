/* SPDX-License-Identifier: BSD-3-Clause */
/* connection.c - open a flow for a first packet, close it, keep the books */
#include <endian.h>
#include <netinet/in.h>

#include "connection.h"
#include "csum.h"
#include "nat.h"
#include "neigh.h"
#include "scheduler.h"
#include "tally.h"
#include "tcp.h"

static struct flow *refuse(struct pkt *p, enum vfl_drop reason)
{
	p->verdict = VERDICT_DROP;
	p->reason = reason;
	return NULL;
}

/* Address number `which` (0 source, 1 destination) of a key. */
static struct address key_address(const struct flow_key *k, unsigned which)
{
	unsigned bytes = k->family == 4 ? 4 : 16;
	struct address a = { .family = k->family };

	memcpy(a.bytes, (const uint8_t *)k->addrs + which * bytes, bytes);
	return a;
}

/* Destination port, host order. */
static uint16_t key_port(const struct flow_key *k)
{
	uint16_t ports[2];

	memcpy(ports, &k->ports, 4);
	return be16toh(ports[1]);
}

/* Why a packet without flow and service is not for us. */
static enum vfl_drop stray_reason(const struct lb *lb, const struct pkt *p,
				  const struct address *to)
{
	if (p->vlan && !snapshot_mtu(lb->snap, p->side, p->vlan))
		return DROP_vlan_unknown;
	if (!snapshot_address(lb->snap, to, p->side, p->vlan))
		return DROP_not_local;
	return p->side == SIDE_CLIENT ? DROP_no_service : DROP_no_flow;
}

bool connection_checksum_ok(const struct pkt *p)
{
	const uint8_t *l3 = p->frame + p->l3, *l4 = p->frame + p->l4;
	size_t bytes = p->len - p->l4;
	uint16_t udp_check;
	uint64_t pseudo;

	if (p->flags & PKT_L4_CKSUM_OK)
		return true;
	if (p->protocol == IPPROTO_UDP) {
		memcpy(&udp_check, l4 + 6, 2);
		/* None computed: allowed by RFC 768, not by RFC 8200 8.1. */
		if (udp_check == 0)
			return p->family == 4;
		bytes = l4[4] << 8 | l4[5];
	}
	pseudo = p->family == 4 ? csum_pseudo(l3 + 12, 8, p->protocol, bytes) :
				  csum_pseudo(l3 + 8, 32, p->protocol, bytes);
	return csum_ok(pseudo, l4, bytes);
}

/* DROP_COUNT: nothing speaks against a connection that starts with `p`. */
static enum vfl_drop first_packet_fault(const struct pkt *p)
{
	if (p->protocol == IPPROTO_TCP &&
	    (p->tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
		return DROP_no_flow;
	if (!connection_checksum_ok(p))
		return DROP_l4_checksum;
	if (p->protocol == IPPROTO_TCP && !tcp_options_valid(p))
		return DROP_tcp_options;
	return DROP_COUNT;
}

/* Neighbour towards `to`; false with a reason when there is no way. */
static bool next_hop(struct lb *lb, uint8_t side, uint16_t vlan,
		     const struct address *to, uint16_t *neigh,
		     enum vfl_drop *reason)
{
	const struct snap_route *route =
		snapshot_route(lb->snap, side, vlan, to);

	if (!route) {
		*reason = DROP_no_route;
		return false;
	}
	*neigh = neigh_want(lb->neighbours, side, vlan,
			    route->via.family ? &route->via : to, lb->now_s);
	*reason = DROP_neighbour_unresolved;
	return *neigh != NEIGH_NONE;
}

static void set_key(struct flow *f, const struct flow_key *k)
{
	f->hash[k->side] = k->hash;
	f->ports[k->side] = k->ports;
	f->vlan[k->side] = k->vlan;
	if (k->family == 4)
		f->addrs.v4[k->side] = k->addrs[0];
	else
		memcpy(f->addrs.v6[k->side], k->addrs, sizeof(k->addrs));
}

static struct flow make_draft(const struct lb *lb, const struct flow_key *key,
			      const struct flow_key *reply,
			      const struct snap_service *service,
			      const struct snap_backend *backend)
{
	enum flow_state state = key->protocol == IPPROTO_TCP ? FLOW_SYN_SENT :
							       FLOW_UDP_NEW;
	struct flow f = {
		.state = state | key->protocol << FLOW_WORD_PROTOCOL_SHIFT,
		.seen_ms = lb->now_ms,
		.timeout_ms = flow_timeout_ms(state, service),
		.service = service->slot,
		.backend = backend->slot,
		.mss[SIDE_CLIENT] = service->mss_client.mss,
		.mss[SIDE_SERVER] = backend->mss,
	};

	set_key(&f, key);
	set_key(&f, reply);
	nat_prepare(&f, key->family);
	return f;
}

static void count(struct lb *lb, const struct flow *f, int change)
{
	tally_add(&lb->load->services[f->service].connections, change);
	tally_add(&lb->load->backend_connections[f->backend], change);
}

/* With service and backend known: ports, hops, record. */
static struct flow *establish(struct lb *lb, struct pkt *p,
			      const struct flow_key *key,
			      const struct snap_service *service,
			      const struct snap_backend *backend)
{
	struct flow_shard *shard = flow_shard(
		lb->flows, flow_shape(lb->flows, key->family), key->slice);
	struct flow_key reply = { .family = key->family,
				  .protocol = key->protocol,
				  .slice = key->slice };
	struct snat_request request = {
		.snap = lb->snap,
		.ports = lb->ports,
		.hash = lb->hash,
		.flows = lb->flows,
		.backend = backend,
		.server_port = backend->port ? backend->port : key_port(key),
		.turn = shard->turn++,
	};
	struct address client = key_address(key, 0);
	enum vfl_drop reason;
	struct flow draft, *f;
	uint16_t to_server, to_client;

	if (!next_hop(lb, SIDE_SERVER, backend->vlan, &backend->address,
		      &to_server, &reason) ||
	    !next_hop(lb, SIDE_CLIENT, key->vlan, &client, &to_client, &reason))
		return refuse(p, reason);
	if (!snat_choose(&request, &reply))
		return refuse(p, DROP_no_snat_port);
	draft = make_draft(lb, key, &reply, service, backend);
	draft.neigh[SIDE_CLIENT] = to_client;
	draft.neigh[SIDE_SERVER] = to_server;
	f = flow_insert(lb->flows, key->family, key->slice, &draft);
	if (!f)
		return refuse(p, DROP_flow_table_full);
	tally_add(&lb->counters[CNT_flows_new], 1);
	tally_add(&lb->load->services[f->service].connections_total, 1);
	count(lb, f, 1);
	return f;
}

struct flow *connection_open(struct lb *lb, struct pkt *p,
			     const struct flow_key *key)
{
	struct address to = key_address(key, 1);
	const struct snap_service *service = NULL;
	const struct snap_backend *backend;
	enum vfl_drop fault;

	if (p->side == SIDE_CLIENT)
		service = snapshot_service(lb->snap, &to, p->vlan, p->protocol,
					   key_port(key));
	if (!service)
		return refuse(p, stray_reason(lb, p, &to));
	fault = first_packet_fault(p);
	if (fault != DROP_COUNT)
		return refuse(p, fault);
	backend = scheduler_pick(lb->snap, service, key->hash, lb->loads,
				 &lb->wrr_cursor[service->slot]);
	if (!backend)
		return refuse(p, DROP_no_backend);
	return establish(lb, p, key, service, backend);
}

void connection_close(struct lb *lb, uint8_t family, uint8_t slice,
		      struct flow *f)
{
	count(lb, f, -1);
	tally_add(&lb->counters[CNT_flows_expired], 1);
	flow_remove(lb->flows, family, slice, f);
}
