// SPDX-License-Identifier: BSD-3-Clause
/* snapshot_network.c - compile VLANs, routes and the fleet's addresses */
#include <string.h>
#include <stdio.h>

#include "fabric.h"
#include "snapshot_build.h"
#include "snapshot_hash.h"

const struct config_vlan *build_find_vlan(const struct config *c, uint8_t side,
					  uint16_t id)
{
	for (unsigned i = 0; i < c->n_vlans; i++) {
		if (c->vlans[i].side == side && c->vlans[i].id == id)
			return &c->vlans[i];
	}
	return NULL;
}

static void add_vlan(struct build *b, uint8_t side, uint16_t id)
{
	const struct config_vlan *v = build_find_vlan(b->config, side, id);
	struct snap_vlan *vlans = build_array(b, b->snap->vlans);
	uint16_t mtu = b->config->ports[side].mtu;

	if (!id || snapshot_mtu(b->snap, side, id))
		return;
	if (v && v->mtu && v->mtu < mtu)
		mtu = v->mtu;
	vlans[b->snap->n_vlans++] = (struct snap_vlan){ side, id, mtu };
}

bool build_vlans(struct build *b)
{
	const struct config *c = b->config;

	for (unsigned side = 0; side < FAB_SIDES; side++)
		b->snap->sides[side].mtu = c->ports[side].mtu;
	for (unsigned i = 0; i < c->n_vlans; i++) {
		const struct config_vlan *v = &c->vlans[i];

		if (build_find_vlan(c, v->side, v->id) != v)
			return build_refuse(b,
					    "VLAN %u of the %s side is listed "
					    "twice in network.vlans",
					    v->id, build_side_names[v->side]);
		add_vlan(b, v->side, v->id);
	}
	for (unsigned i = 0; i < c->n_subnets; i++)
		add_vlan(b, c->subnets[i].side, c->subnets[i].vlan);
	return true;
}

static const char *prefix_text(const struct prefix *p, char *buf, size_t bytes)
{
	char address[ADDRESS_TEXT];

	snprintf(buf, bytes, "%s/%u", address_text(&p->address, address),
		 p->length);
	return buf;
}

/* Keeps the routes sorted, longest prefix first. */
static bool add_route(struct build *b, const struct snap_route *r)
{
	struct snap_route *routes = build_array(b, b->snap->routes);
	unsigned i = b->snap->n_routes;
	char text[64];

	for (unsigned k = 0; k < i; k++) {
		if (routes[k].side == r->side && routes[k].vlan == r->vlan &&
		    routes[k].prefix.length == r->prefix.length &&
		    address_equal(&routes[k].prefix.address,
				  &r->prefix.address))
			return build_refuse(
				b,
				"%s on the %s side, VLAN %u, is "
				"listed twice in network.subnets and "
				"network.routes",
				prefix_text(&r->prefix, text, sizeof(text)),
				build_side_names[r->side], r->vlan);
	}
	for (; i > 0 && routes[i - 1].prefix.length < r->prefix.length; i--)
		routes[i] = routes[i - 1];
	routes[i] = *r;
	b->snap->n_routes++;
	return true;
}

/* Whether the address is on a subnet of the side and VLAN. */
static bool on_link(const struct build *b, uint8_t side, uint16_t vlan,
		    const struct address *a)
{
	const struct config *c = b->config;

	for (unsigned i = 0; i < c->n_subnets; i++) {
		const struct config_subnet *n = &c->subnets[i];

		if (n->side == side && n->vlan == vlan &&
		    prefix_contains(&n->prefix, a))
			return true;
	}
	return false;
}

bool build_routes(struct build *b)
{
	const struct config *c = b->config;
	char prefix[64], via[ADDRESS_TEXT];

	for (unsigned i = 0; i < c->n_subnets; i++) {
		const struct config_subnet *n = &c->subnets[i];
		struct snap_route r = { .prefix = n->prefix,
					.side = n->side,
					.vlan = n->vlan };

		if (!add_route(b, &r))
			return false;
	}
	for (unsigned i = 0; i < c->n_routes; i++) {
		const struct config_route *n = &c->routes[i];
		struct snap_route r = { n->prefix, n->via, n->side, n->vlan };

		if (!on_link(b, n->side, n->vlan, &n->via))
			return build_refuse(
				b,
				"route %s: next hop %s is on no "
				"subnet of the %s side, VLAN %u; add "
				"its subnet to network.subnets",
				prefix_text(&n->prefix, prefix, sizeof(prefix)),
				address_text(&n->via, via),
				build_side_names[n->side], n->vlan);
		if (!add_route(b, &r))
			return false;
	}
	return true;
}

bool build_address(struct build *b, const struct snap_address *a)
{
	struct snap_address *addresses = build_array(b, b->snap->addresses);
	uint16_t *table = build_array(b, b->snap->address_hash);
	uint32_t mask = b->snap->address_hash_size - 1;
	uint32_t at = snap_address_hash(&a->address, a->side, a->vlan) & mask;
	char text[ADDRESS_TEXT];

	if (a->slot >= FAB_ADDRESSES)
		return build_refuse(b,
				    "%s: VIPs and SNAT addresses together are "
				    "more than %u",
				    address_text(&a->address, text),
				    FAB_ADDRESSES);
	if (snapshot_address(b->snap, &a->address, a->side, a->vlan))
		return true;
	while (table[at] != SNAP_HASH_EMPTY)
		at = (at + 1) & mask;
	addresses[b->snap->n_addresses] = *a;
	table[at] = b->snap->n_addresses++;
	return true;
}

bool build_snats(struct build *b)
{
	struct snap_snat *snats = build_array(b, b->snap->snats);
	const struct config *c = b->config;
	char text[ADDRESS_TEXT];

	for (unsigned i = 0; i < c->n_snats; i++) {
		const struct config_snat *n = &c->snats[i];
		struct snap_address a = { n->address, n->vlan, n->slot,
					  SIDE_SERVER, ADDRESS_SNAT };

		address_text(&n->address, text);
		if (!on_link(b, SIDE_SERVER, n->vlan, &n->address))
			return build_refuse(
				b,
				"SNAT address %s is on no subnet of "
				"the server side, VLAN %u, so that "
				"servers cannot answer it; add the "
				"subnet to network.subnets",
				text, n->vlan);
		if (snapshot_address(b->snap, &n->address, SIDE_SERVER,
				     n->vlan))
			return build_refuse(
				b,
				"SNAT address %s is listed twice in "
				"network.snat",
				text);
		if (!build_address(b, &a))
			return false;
		snats[b->snap->n_snats++] =
			(struct snap_snat){ n->address, n->vlan, n->slot };
	}
	return true;
}
