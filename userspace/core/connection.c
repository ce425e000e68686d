/* SPDX-License-Identifier: BSD-3-Clause */
/* connection.c - open a flow for a first packet, close it, keep the books */
#include <endian.h>
#include <netinet/in.h>

#include "clamp.h"
#include "connection.h"
#include "csum.h"
#include "nat.h"
#include "neigh.h"
#include "scheduler.h"
#include "tally.h"
#include "tcp.h"
#include "too_big.h"

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

	/* A fragment's covers what is not here. */
	if (p->flags & (PKT_L4_CKSUM_OK | PKT_FRAGMENT))
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
	return DROP_COUNT;
}

void connection_key(const struct pkt *p, struct flow_key *k)
{
	const uint8_t *l3 = p->frame + p->l3;

	k->hash = p->hash;
	k->vlan = p->vlan;
	k->family = p->family;
	k->protocol = p->protocol;
	k->side = p->side;
	k->slice = p->slice;
	if (p->flags & PKT_LATER)
		k->ports = p->ports;
	else
		memcpy(&k->ports, p->frame + p->l4, 4);
	if (p->family == 4)
		memcpy(k->addrs, l3 + 12, 8);
	else
		memcpy(k->addrs, l3 + 8, 32);
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

static enum flow_state first_state(const struct connection_plan *plan)
{
	if (plan->key.vlan & FLOW_VLAN_HIDDEN)
		return FLOW_PROXY;
	if (plan->key.protocol != IPPROTO_TCP)
		return FLOW_UDP_NEW;
	return plan->syn.step == SYN_OPEN ? FLOW_SYN_PROXY : FLOW_SYN_SENT;
}

static void make_draft(const struct lb *lb, const struct connection_plan *plan,
		       struct flow *f)
{
	enum flow_state state = first_state(plan);

	f->state = state | plan->key.protocol << FLOW_WORD_PROTOCOL_SHIFT |
		   (state == FLOW_SYN_PROXY ? FLOW_SPLICED : 0);
	f->seen_ms = lb->now_ms;
	f->timeout_ms = flow_timeout_ms(state, plan->service);
	f->service = plan->service->slot;
	f->backend = plan->request.backend->slot;
	for (unsigned side = 0; side < FAB_SIDES; side++)
		f->mss[side] = mss_pack(plan->mss[side]);
	memcpy(f->neigh, plan->neigh, sizeof(f->neigh));
	set_key(f, &plan->key);
	set_key(f, &plan->reply);
	nat_prepare(f, plan->key.family);
}

static void count_backend(struct lb *lb, uint16_t slot, int change)
{
	tally_add(&lb->load->backend_connections[slot], change);
}

/* Who answers clients himself counts them as he takes them. */
static void count(struct lb *lb, const struct flow *f, int change)
{
	if ((f->state & FLOW_WORD_STATE) == FLOW_SERVED)
		return;
	tally_add(&lb->load->services[f->service].connections, change);
	count_backend(lb, f->backend, change);
}

const struct snap_service *connection_service(const struct lb *lb,
					      const struct flow *f)
{
	const struct snap_service *services =
		snap_array(lb->snap, services, struct snap_service);

	for (unsigned i = 0; i < lb->snap->n_services; i++)
		if (services[i].slot == f->service)
			return &services[i];
	return NULL;
}

static struct flow_shard *shard_of(const struct lb *lb,
				   const struct flow_key *k)
{
	return flow_shard(lb->flows, flow_shape(lb->flows, k->family),
			  k->slice);
}

/* Next hops of both sides. */
static enum vfl_drop plan_hops(struct lb *lb, const struct address *client,
			       struct connection_plan *plan)
{
	struct hop_request r = { lb->snap, lb->neighbours, lb->now_s };
	enum vfl_drop reason = DROP_COUNT;

	if (plan->service->mode == MODE_OUTBOUND)
		plan->neigh[SIDE_SERVER] =
			hop_to(&lb->hops, &r, SIDE_SERVER, plan->anybody.vlan,
			       &plan->anybody.address, &reason);
	else
		plan->neigh[SIDE_SERVER] = hop_to_backend(
			&lb->hops, &r, plan->request.backend, &reason);
	if (reason == DROP_COUNT)
		plan->neigh[SIDE_CLIENT] = hop_to(&lb->hops, &r, SIDE_CLIENT,
						  plan->key.vlan, client,
						  &reason);
	return reason;
}

/* First candidate for the key of the answers; fetch what it will need. */
static enum vfl_drop plan_reply(struct lb *lb, struct connection_plan *plan)
{
	const struct flow_key *k = &plan->key;
	const struct snap_backend *backend = plan->request.backend;
	struct flow_shard *shard = shard_of(lb, k);

	plan->request = (struct snat_request){
		.snap = lb->snap,
		.ports = lb->ports,
		.hash = lb->hash,
		.backend = backend,
		.server_port = backend->port ? backend->port : key_port(k),
		.turn = shard->turn++,
	};
	plan->reply.family = k->family;
	plan->reply.protocol = k->protocol;
	plan->reply.slice = k->slice;
	snat_start(&plan->search, &plan->request, &plan->reply);
	if (!snat_next(&plan->search, &plan->reply))
		return DROP_no_snat_port;
	/* Not left to flow_aim(): GCC takes a call for its prefetch alone to be
	 * without effect and deletes it. */
	__builtin_prefetch(flow_aim(lb->flows, k->family, k->slice,
				    plan->reply.hash, SIDE_SERVER)
				   .home);
	flow_fetch_free(lb->flows, k->family, k->slice);
	return DROP_COUNT;
}

/* Whom the packet is for: nobody of ours is a service of the link's. */
static const struct snap_service *plan_service(const struct lb *lb,
					       const struct pkt *p,
					       const struct flow_key *k,
					       const struct address *to)
{
	if (p->side != SIDE_CLIENT)
		return NULL;
	if (p->vlan != CONFIG_LINK_VLAN)
		return snapshot_service(lb->snap, to, p->vlan, p->protocol,
					key_port(k));
	return snapshot_address(lb->snap, to, SIDE_CLIENT, p->vlan) ?
		       NULL :
		       snapshot_outbound(lb->snap, p->family);
}

/* Where to, of the service's backends; NULL: none takes connections. */
static const struct snap_backend *plan_backend(struct lb *lb,
					       struct connection_plan *plan)
{
	const struct snap_service *service = plan->service;
	const struct snap_backend *backend =
		scheduler_pick(lb->snap, service, plan->key.hash, lb->loads,
			       &lb->wrr_cursor[service->slot]);

	if (!backend || service->mode != MODE_OUTBOUND)
		return backend;
	plan->anybody = *backend;
	plan->anybody.address = key_address(&plan->key, 1);
	return &plan->anybody;
}

static enum vfl_drop make_plan(struct lb *lb, const struct pkt *p,
			       struct connection_plan *plan)
{
	const struct flow_key *k = &plan->key;
	struct address to = key_address(k, 1), client;
	enum vfl_drop fault;

	plan->syn.step = SYN_FORWARD;
	plan->service = plan_service(lb, p, k, &to);
	if (!plan->service)
		return stray_reason(lb, p, &to);
	if (plan->service->serve)
		return DROP_no_backend;
	fault = syn_admit(lb, p, k, plan->service, &plan->syn);
	if (fault == DROP_COUNT && plan->syn.step == SYN_FORWARD)
		fault = first_packet_fault(p);
	if (fault != DROP_COUNT || plan->syn.step == SYN_ANSWER)
		return fault;
	plan->request.backend = plan_backend(lb, plan);
	if (!plan->request.backend)
		return DROP_no_backend;
	client = key_address(k, 0);
	too_big_plan(lb, &client, plan);
	clamp_plan(plan);
	fault = plan_hops(lb, &client, plan);
	return fault != DROP_COUNT ? fault : plan_reply(lb, plan);
}

void connection_plan(struct lb *lb, const struct pkt *p,
		     struct connection_plan *plan)
{
	connection_key(p, &plan->key);
	plan->request.backend = NULL;
	memset(plan->path_mtu, 0, sizeof(plan->path_mtu));
	plan->fault = make_plan(lb, p, plan);
	if (plan->request.backend)
		count_backend(lb, plan->request.backend->slot, 1);
}

void connection_plan_end(struct lb *lb, const struct connection_plan *plan)
{
	if (plan->request.backend)
		count_backend(lb, plan->request.backend->slot, -1);
}

/* What a plan with a fault becomes. A server that is in this engine opens no flow of
 * ours, and gets whole packets only. */
static struct flow *not_opened(struct pkt *p,
			       const struct connection_plan *plan)
{
	if (!plan->service || !plan->service->serve || p->flags & PKT_FRAGMENT)
		return refuse(p, plan->fault);
	p->verdict = VERDICT_LOCAL;
	return NULL;
}

/* Go on to a SNAT address and port that no flow has; false: there is none. */
static bool settle(const struct lb *lb, struct connection_plan *plan)
{
	return lb->reserved ?
		       snat_settle_beside(&plan->search, lb->flows,
					  lb->reserved, lb->now_ms,
					  &plan->reply) :
		       snat_settle(&plan->search, lb->flows, &plan->reply);
}

/*
 * The other set of engines has entered a flow with this address and port at the same
 * moment. Both sets look once more when their own flow is in its store, so that one
 * of the two sees the other's at least.
 */
static bool is_contested(const struct lb *lb, const struct flow_key *reply)
{
	if (!lb->reserved)
		return false;
	atomic_thread_fence(memory_order_seq_cst);
	return flow_peek(lb->reserved, reply, lb->now_ms) != SIGHT_NONE;
}

/* Put a flow with an address and port of its own into the store; DROP_COUNT: *f is it. */
static enum vfl_drop insert(struct lb *lb, struct connection_plan *plan,
			    const struct splice *splice, struct flow **f)
{
	uint8_t family = plan->key.family, slice = plan->key.slice;
	struct flow draft;

	while (settle(lb, plan)) {
		make_draft(lb, plan, &draft);
		*f = flow_insert_spliced(lb->flows, family, slice, &draft,
					 splice);
		if (!*f)
			return DROP_flow_table_full;
		if (!is_contested(lb, &plan->reply))
			return DROP_COUNT;
		flow_remove(lb->flows, family, slice, *f);
		if (!snat_next(&plan->search, &plan->reply))
			break;
	}
	return DROP_no_snat_port;
}

/* The same, and count it in. */
static enum vfl_drop enter(struct lb *lb, struct connection_plan *plan,
			   const struct splice *splice, struct flow **f)
{
	enum vfl_drop fault = insert(lb, plan, splice, f);

	if (fault != DROP_COUNT)
		return fault;
	tally_add(&lb->counters[CNT_flows_new], 1);
	tally_add(&lb->load->services[(*f)->service].connections_total, 1);
	count(lb, *f, 1);
	syn_state_changed(lb, (*f)->service, 0,
			  atomic_load_explicit(&(*f)->state,
					       memory_order_relaxed));
	return DROP_COUNT;
}

struct flow *connection_open(struct lb *lb, struct pkt *p,
			     struct connection_plan *plan)
{
	bool spliced = plan->syn.step == SYN_OPEN;
	struct splice splice;
	enum vfl_drop fault;
	struct flow *f;

	if (plan->fault != DROP_COUNT)
		return not_opened(p, plan);
	if (plan->syn.step == SYN_ANSWER) {
		syn_answer(lb, p, &plan->key, plan->service);
		return NULL;
	}
	if (spliced)
		syn_open(lb, p, &plan->key, plan->service, &plan->syn, &splice);
	if (p->protocol == IPPROTO_TCP && !clamp_first(lb, p, plan))
		return NULL;
	fault = enter(lb, plan, spliced ? &splice : NULL, &f);
	return fault == DROP_COUNT ? f : refuse(p, fault);
}

enum vfl_drop connection_dial(struct lb *lb, const struct flow_key *client,
			      const struct snap_service *service,
			      const struct snap_backend *backend,
			      struct flow_key *reply, uint16_t *mss)
{
	struct connection_plan plan = { .service = service,
					.key = *client,
					.request.backend = backend,
					.syn.step = SYN_FORWARD };
	struct address from = key_address(client, 0);
	enum vfl_drop fault;
	struct flow *f;

	too_big_plan(lb, &from, &plan);
	clamp_plan(&plan);
	fault = plan_hops(lb, &from, &plan);
	if (fault == DROP_COUNT)
		fault = plan_reply(lb, &plan);
	if (fault != DROP_COUNT)
		return fault;
	plan.key.vlan |= FLOW_VLAN_HIDDEN;
	fault = enter(lb, &plan, NULL, &f);
	if (fault != DROP_COUNT)
		return fault;
	*reply = plan.reply;
	*mss = plan.mss[SIDE_SERVER].mss;
	return DROP_COUNT;
}

void connection_close(struct lb *lb, uint8_t family, uint8_t slice,
		      struct flow *f)
{
	count(lb, f, -1);
	syn_state_changed(lb, f->service,
			  atomic_load_explicit(&f->state, memory_order_relaxed),
			  0);
	tally_add(&lb->counters[CNT_flows_expired], 1);
	flow_remove(lb->flows, family, slice, f);
}
