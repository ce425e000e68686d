// SPDX-License-Identifier: BSD-3-Clause
/* snapshot_services.c - compile services and their backends */
#include <netinet/in.h>
#include <string.h>

#include "fabric.h"
#include "scheduler.h"
#include "snapshot_build.h"
#include "snapshot_hash.h"

static bool has_snat(const struct build *b, uint8_t family, uint16_t vlan)
{
	const struct config *c = b->config;

	for (unsigned i = 0; i < c->n_snats; i++) {
		if (c->snats[i].address.family == family &&
		    c->snats[i].vlan == vlan)
			return true;
	}
	return false;
}

static bool check_backend(const struct build *b, const struct snap_service *v,
			  const struct config_backend *n)
{
	char text[ADDRESS_TEXT];

	address_text(&n->address, text);
	if (n->slot >= FAB_BACKENDS)
		return build_refuse(b, "service \"%s\": backend %s has no slot",
				    v->name, text);
	if (n->address.family != v->vip.family)
		return build_refuse(b,
				    "service \"%s\": backend %s is IPv%u, the "
				    "VIP is IPv%u; both must be of one family",
				    v->name, text, n->address.family,
				    v->vip.family);
	if (v->mode != MODE_OUTBOUND &&
	    !snapshot_route(b->snap, SIDE_SERVER, n->vlan, &n->address))
		return build_refuse(
			b,
			"service \"%s\": no subnet or route of the "
			"server side, VLAN %u, leads to backend %s; "
			"add one to network.subnets or network.routes",
			v->name, n->vlan, text);
	if (!has_snat(b, n->address.family, n->vlan))
		return build_refuse(
			b,
			"service \"%s\": network.snat has no IPv%u "
			"address on VLAN %u for backend %s; add one",
			v->name, n->address.family, n->vlan, text);
	return true;
}

static bool build_backend(struct build *b, struct snap_service *v,
			  const struct config_service *s, uint16_t index)
{
	const struct config_backend *n = &b->config->backends[index];
	struct snap_backend *out = build_array(b, b->snap->backends);
	struct mss_result mss;

	if (!check_backend(b, v, n))
		return false;
	mss = build_mss(b, s, SIDE_SERVER, n->vlan);
	if (mss.mss < v->mss_server.mss)
		v->mss_server = mss;
	out[index] = (struct snap_backend){
		.address = n->address,
		.port = n->port,
		.vlan = n->vlan,
		.weight = n->weight,
		.slot = n->slot,
		.service = b->snap->n_services,
		.mss = mss,
		.usable = !n->down && !n->drained && n->weight,
	};
	memcpy(out[index].name, n->name, sizeof(n->name));
	return true;
}

/* Whether clients can be answered at all in the service's VLAN. */
static bool way_back(const struct build *b, const struct snap_service *v)
{
	const struct snap_route *r =
		snap_array(b->snap, routes, struct snap_route);

	for (unsigned i = 0; i < b->snap->n_routes; i++) {
		if (r[i].side == SIDE_CLIENT && r[i].vlan == v->vlan &&
		    r[i].prefix.address.family == v->vip.family)
			return true;
	}
	return false;
}

static bool check_service(const struct build *b, const struct snap_service *v)
{
	const struct snap_service *same = snapshot_service(
		b->snap, &v->vip, v->vlan, v->protocol, v->port);
	char text[ADDRESS_TEXT];

	address_text(&v->vip, text);
	if (v->slot >= FAB_SERVICES)
		return build_refuse(b, "service \"%s\" has no slot", v->name);
	if (same && same->port == v->port)
		return build_refuse(
			b,
			"services \"%s\" and \"%s\" are both %s port "
			"%u of %s, VLAN %u",
			same->name, v->name,
			v->protocol == IPPROTO_UDP ? "UDP" : "TCP", v->port,
			text, v->vlan);
	if (!way_back(b, v))
		return build_refuse(
			b,
			"service \"%s\": the client side has no IPv%u "
			"subnet on VLAN %u, so no answer could be "
			"sent; add it to network.subnets",
			v->name, v->vip.family, v->vlan);
	return true;
}

/* Milliseconds of a timeout in seconds, 0 meaning the default. */
static uint32_t timeout_ms(uint32_t s, uint32_t default_s)
{
	return (s ? s : default_s) * 1000;
}

static struct snap_service start_service(const struct build *b,
					 const struct config_service *n,
					 const struct config_profile *p)
{
	struct snap_service v = {
		.vip = n->vip,
		.port = n->port,
		.vlan = n->vlan,
		.protocol = n->protocol,
		.mode = n->mode,
		.scheduler = n->scheduler,
		.path_mtu = p->path_mtu,
		.slot = n->slot,
		.first_backend = n->first_backend,
		.n_backends = n->n_backends,
		.mss_client = build_mss(b, n, SIDE_CLIENT, n->vlan),
		.mss_server = build_mss(b, n, SIDE_SERVER, 0),
		.tcp_syn_ms = timeout_ms(p->tcp_syn_s, CONFIG_TCP_SYN_S),
		.tcp_established_ms = timeout_ms(p->tcp_established_s,
						 CONFIG_TCP_ESTABLISHED_S),
		.tcp_close_ms = timeout_ms(p->tcp_close_s, CONFIG_TCP_CLOSE_S),
		.udp_ms = timeout_ms(p->udp_s, CONFIG_UDP_S),
		.syn = p->syn,
		.serve = n->mode == MODE_PROXY ? SERVE_PROXY : n->serve,
		.syn_half_open = p->syn_half_open ? p->syn_half_open :
						    CONFIG_SYN_HALF_OPEN,
		.syn_rate = p->syn_rate ? p->syn_rate : CONFIG_SYN_RATE,
	};

	if (v.serve || v.mode == MODE_OUTBOUND)
		v.syn = SYN_PASS;
	memcpy(v.name, n->name, sizeof(n->name));
	return v;
}

/* Append the scheduler's table; lay_out() has counted its room. */
static void build_table(struct build *b, struct snap_service *v)
{
	uint32_t offset = (b->snap->bytes + 7) & ~7u;

	v->table_offset = offset;
	v->table_entries = scheduler_fill(
		v->scheduler,
		snap_array(b->snap, backends, struct snap_backend),
		v->first_backend, v->n_backends, build_array(b, offset));
	b->snap->bytes = offset + v->table_entries * sizeof(uint16_t);
}

/* Likewise the path of the files it serves. */
static void build_directory(struct build *b, struct snap_service *v,
			    const struct config_service *n)
{
	size_t bytes = strlen(n->directory) + 1;

	if (bytes == 1)
		return;
	v->directory = b->snap->bytes;
	memcpy(build_array(b, v->directory), n->directory, bytes);
	b->snap->bytes += bytes;
}

static void enter_service(struct build *b, const struct snap_service *v)
{
	struct snap_service *services = build_array(b, b->snap->services);
	uint16_t *table = build_array(b, b->snap->service_hash);
	uint32_t mask = b->snap->service_hash_size - 1;
	uint32_t at =
		snap_service_hash(&v->vip, v->vlan, v->protocol, v->port) &
		mask;

	while (table[at] != SNAP_HASH_EMPTY)
		at = (at + 1) & mask;
	services[b->snap->n_services] = *v;
	table[at] = b->snap->n_services++;
	if (v->mode == MODE_OUTBOUND)
		b->snap->outbound[v->vip.family == 6] = b->snap->n_services;
}

static bool build_service(struct build *b, const struct config_service *n)
{
	static const struct config_profile defaults;
	const struct config_profile *p =
		n->profile < b->config->n_profiles ?
			&b->config->profiles[n->profile] :
			&defaults;
	struct snap_service v = start_service(b, n, p);
	struct snap_address a = { n->vip, n->vlan, n->address_slot, SIDE_CLIENT,
				  ADDRESS_VIP };

	if (!check_service(b, &v) ||
	    !build_mss_allowed(b, v.name, SIDE_CLIENT, v.mss_client))
		return false;
	for (unsigned i = 0; i < n->n_backends; i++) {
		/* The lowest of the backends, not of VLANs nobody is on. */
		if (i == 0)
			v.mss_server.mss = UINT16_MAX;
		if (!build_backend(b, &v, n, n->first_backend + i))
			return false;
	}
	if (!build_mss_allowed(b, v.name, SIDE_SERVER, v.mss_server) ||
	    !build_address(b, &a))
		return false;
	build_table(b, &v);
	build_directory(b, &v, n);
	enter_service(b, &v);
	return true;
}

bool build_services(struct build *b)
{
	const struct config *c = b->config;

	b->snap->n_backends = c->n_backends;
	for (unsigned i = 0; i < c->n_services; i++) {
		if (!build_service(b, &c->services[i]))
			return false;
	}
	return true;
}
