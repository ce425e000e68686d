// SPDX-License-Identifier: BSD-3-Clause
/* network.c - section network: VLANs, subnets, routes, SNAT addresses */
#include "mss.h"
#include "sections.h"

#define VLAN_ID	    .what = "a VLAN id", .max = 4094
#define VLAN(field) offsetof(struct config_vlan, field)

static const struct key vlan_keys[] = {
	{ "side", read_side, .offset = VLAN(side), .required = true },
	{ "id", read_u16, .offset = VLAN(id), .required = true, VLAN_ID,
	  .min = 1 },
	{ "mtu", read_u16, .offset = VLAN(mtu), .what = "bytes",
	  .min = MTU_MIN4, .max = MTU_MAX },
	{ "mss", read_u16, .offset = VLAN(mss), .what = "bytes",
	  .min = MSS_FLOOR, .max = MTU_MAX },
	KEYS_END
};

static bool read_vlan(struct reader *r, yaml_node_t *node,
		      const struct key *key, void *target)
{
	struct config *c = r->config;
	struct config_vlan *v = &c->vlans[c->n_vlans];

	if (!reader_map(r, node, vlan_keys, v))
		return false;
	for (unsigned i = 0; i < c->n_vlans; i++) {
		if (c->vlans[i].side == v->side && c->vlans[i].id == v->id)
			return reader_refuse(r, node,
					     "VLAN %u of this side is item %u "
					     "already",
					     v->id, i);
	}
	c->n_vlans++;
	return true;
}

#define SUBNET(field) offsetof(struct config_subnet, field)

static const struct key subnet_keys[] = {
	{ "side", read_side, .offset = SUBNET(side), .required = true },
	{ "prefix", read_prefix, .offset = SUBNET(prefix), .required = true },
	{ "vlan", read_u16, .offset = SUBNET(vlan), VLAN_ID },
	KEYS_END
};

static bool read_subnet(struct reader *r, yaml_node_t *node,
			const struct key *key, void *target)
{
	struct config *c = r->config;

	return reader_map(r, node, subnet_keys, &c->subnets[c->n_subnets++]);
}

#define ROUTE(field) offsetof(struct config_route, field)

static const struct key route_keys[] = {
	{ "prefix", read_prefix, .offset = ROUTE(prefix), .required = true },
	{ "via", read_address, .offset = ROUTE(via), .required = true },
	{ "side", read_side, .offset = ROUTE(side), .required = true },
	{ "vlan", read_u16, .offset = ROUTE(vlan), VLAN_ID },
	KEYS_END
};

static bool read_route(struct reader *r, yaml_node_t *node,
		       const struct key *key, void *target)
{
	struct config *c = r->config;
	struct config_route *v = &c->routes[c->n_routes++];

	if (!reader_map(r, node, route_keys, v))
		return false;
	if (v->via.family != v->prefix.address.family) {
		reader_enter(r, "via");
		return reader_refuse(r, reader_child(r, node, "via"),
				     "expected an IPv%u address, as the prefix "
				     "is",
				     v->prefix.address.family);
	}
	return true;
}

#define SNAT(field) offsetof(struct config_snat, field)

static const struct key snat_keys[] = {
	{ "address", read_address, .offset = SNAT(address), .required = true },
	{ "vlan", read_u16, .offset = SNAT(vlan), VLAN_ID },
	KEYS_END
};

/* 10.2.0.2 or {address: 10.2.0.2, vlan: 7} */
static bool read_snat(struct reader *r, yaml_node_t *node,
		      const struct key *key, void *target)
{
	struct config *c = r->config;
	struct config_snat *v = &c->snats[c->n_snats];

	if (node->type == YAML_SCALAR_NODE ?
		    !read_address(r, node, NULL, &v->address) :
		    !reader_map(r, node, snat_keys, v))
		return false;
	for (unsigned i = 0; i < c->n_snats; i++) {
		if (c->snats[i].vlan == v->vlan &&
		    address_equal(&c->snats[i].address, &v->address))
			return reader_refuse(
				r, node, "the address is item %u already", i);
	}
	c->n_snats++;
	return true;
}

static const struct key network_keys[] = {
	{ "vlans", read_list, .item = read_vlan, .max = CONFIG_VLANS },
	{ "subnets", read_list, .required = true, .item = read_subnet,
	  .max = CONFIG_SUBNETS },
	{ "routes", read_list, .item = read_route, .max = CONFIG_ROUTES },
	{ "snat", read_list, .item = read_snat, .max = CONFIG_SNATS },
	KEYS_END
};

bool read_network(struct reader *r, yaml_node_t *node, const struct key *key,
		  void *target)
{
	return reader_map(r, node, network_keys, r->config);
}
