/* SPDX-License-Identifier: BSD-3-Clause */
/* world.c - a small fleet in memory: configuration, flow store, one engine */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "neigh.h"
#include "world.h"

static void *zeroed(size_t bytes)
{
	size_t whole = (bytes + 127) & ~(size_t)127;
	void *at = aligned_alloc(128, whole);

	if (!at)
		abort();
	return memset(at, 0, whole);
}

static struct address address(const char *format, unsigned n)
{
	struct address a;
	char text[ADDRESS_TEXT];

	snprintf(text, sizeof(text), format, n);
	if (!address_parse(text, &a))
		abort();
	return a;
}

static struct prefix prefix(const char *text)
{
	struct prefix p;

	if (!prefix_parse(text, &p))
		abort();
	return p;
}

static void add_network(struct config *c, const struct world_spec *s)
{
	static const struct {
		const char *text;
		uint8_t side;
	} subnets[] = { { "10.0.0.0/16", SIDE_CLIENT },
			{ "fd00::/64", SIDE_CLIENT },
			{ "10.1.0.0/16", SIDE_SERVER },
			{ "fd01::/64", SIDE_SERVER } };
	const uint16_t vlans[FAB_SIDES] = { s->client_vlan, s->server_vlan };
	const uint16_t mss[FAB_SIDES] = { s->client_mss, s->server_mss };

	c->ports[SIDE_CLIENT].mtu = s->client_mtu ? s->client_mtu : 1500;
	c->ports[SIDE_SERVER].mtu = s->server_mtu ? s->server_mtu : 1500;
	for (unsigned side = 0; side < FAB_SIDES; side++)
		if (vlans[side])
			c->vlans[c->n_vlans++] = (struct config_vlan){
				.side = side,
				.id = vlans[side],
				.mss = mss[side],
			};
	for (unsigned i = 0; i < 4; i++)
		c->subnets[c->n_subnets++] = (struct config_subnet){
			.prefix = prefix(subnets[i].text),
			.side = subnets[i].side,
			.vlan = vlans[subnets[i].side],
		};
	for (unsigned i = 0; i < 2; i++)
		c->routes[c->n_routes++] = (struct config_route){
			.prefix = prefix(i ? "::/0" : "0.0.0.0/0"),
			.via = address(i ? "fd00::%u" : "10.0.0.%u", 1),
			.side = SIDE_CLIENT,
			.vlan = s->client_vlan,
		};
	for (unsigned i = 0; i < 2 * s->snats; i++)
		c->snats[c->n_snats++] = (struct config_snat){
			.address = address(i & 1 ? "fd01::2:%u" : "10.1.2.%u",
					   1 + i / 2),
			.vlan = s->server_vlan,
			.slot = 100 + i,
		};
}

static void add_service(struct config *c, const struct world_spec *s,
			const char *vip, const char *backend, uint8_t protocol)
{
	bool tcp = protocol == IPPROTO_TCP;
	struct config_service *v = &c->services[c->n_services];

	*v = (struct config_service){
		.vip = address(vip, 100),
		.port = tcp ? 80 : 53,
		.vlan = s->client_vlan,
		.protocol = protocol,
		.slot = 10 + c->n_services,
		.first_backend = c->n_backends,
		.n_backends = s->backends,
	};
	snprintf(v->name, sizeof(v->name), "service%u", c->n_services++);
	for (unsigned i = 0; i < s->backends; i++, c->n_backends++)
		c->backends[c->n_backends] = (struct config_backend){
			.address = address(backend, 1 + i),
			.port = tcp ? 8080 : 5353,
			.vlan = s->server_vlan,
			.weight = 1,
			.slot = c->n_backends,
		};
}

void world_reload(struct world *w)
{
	size_t bytes = snapshot_bytes(&w->config);
	uint32_t generation = w->snap ? w->snap->generation + 1 : 1;
	char err[256];

	free(w->snap);
	w->snap = zeroed(bytes);
	if (!snapshot_build(&w->config, generation, w->snap, bytes, err,
			    sizeof(err))) {
		fprintf(stderr, "world: %s\n", err);
		abort();
	}
	w->lb.snap = w->snap;
}

void world_init(struct world *w, const struct world_spec *s)
{
	struct flow_limits limits = { .flows4 = s->flows4,
				      .flows6 = s->flows6 };
	struct flow_store *store = w->store;

	memset(w, 0, sizeof(*w));
	add_network(&w->config, s);
	add_service(&w->config, s, "10.0.0.%u", "10.1.1.%u", IPPROTO_TCP);
	add_service(&w->config, s, "10.0.0.%u", "10.1.1.%u", IPPROTO_UDP);
	add_service(&w->config, s, "fd00::%u", "fd01::1:%u", IPPROTO_TCP);
	add_service(&w->config, s, "fd00::%u", "fd01::1:%u", IPPROTO_UDP);
	world_reload(w);
	w->store_bytes = flow_store_bytes(&limits);
	w->store = store ? store : zeroed(w->store_bytes);
	flow_store_format(w->store, &limits);
	w->neighbours = zeroed(FAB_NEIGHBOURS * sizeof(struct fab_neigh));
	w->paths = zeroed(FAB_PATHS * sizeof(struct fab_path));
	w->datagrams = zeroed(FAB_SLICES * FAB_DATAGRAMS *
			      sizeof(struct fab_datagram));
	w->loads = zeroed(FAB_ENGINES * sizeof(struct fab_load));
	toeplitz_init(&w->hash, toeplitz_default_key);
	if (!snat_ports_init(&w->ports, &w->hash))
		abort();
	w->lb = (struct lb){
		.snap = w->snap,
		.flows = w->store,
		.neighbours = w->neighbours,
		.paths = w->paths,
		.datagrams = w->datagrams,
		.load = &w->loads[0],
		.loads = w->loads,
		.counters = w->counters,
		.hash = &w->hash,
		.ports = &w->ports,
		.syn = &w->syn,
		.mac = { { 0x02, 0, 0, 0, 0xc1, 0 },
			 { 0x02, 0, 0, 0, 0x5e, 0 } },
		.now_ms = 1000,
		.now_s = 1,
	};
}

void world_free(struct world *w)
{
	free(w->snap);
	free(w->store);
	free(w->neighbours);
	free(w->datagrams);
	free(w->paths);
	free(w->loads);
}

void world_resolve(struct world *w)
{
	for (unsigned i = 0; i < FAB_NEIGHBOURS; i++) {
		uint8_t mac[6] = { WORLD_MAC_BYTE, 0, 0, 0, i >> 8, i };

		if (w->neighbours[i].state == NEIGH_READY)
			neigh_learn(w->neighbours, i, mac, w->lb.now_s);
	}
}
