// SPDX-License-Identifier: BSD-3-Clause
/* outbound.c - key nat.outbound: the link that applications beside an engine send through
 *
 * For the packet path the link is one more VLAN of the client side, whose frames never see
 * that wire, and all that is sent through it belongs to one service per family, whose VIP
 * is the engine's address on the link and whose backend is anybody.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "fabric.h"
#include "sections.h"

#define DEFAULT_DEVICE "app0"

static bool read_device(struct reader *r, yaml_node_t *node,
			const struct key *key, void *target)
{
	const struct key text = { .what = "the name of a netdev",
				  .max = CONFIG_LINK_DEVICE };

	return read_text(r, node, &text, target) &&
	       (!strpbrk(target, "/%") ||
		reader_refuse(r, node,
			      "expected the name of a netdev without / and %%"));
}

#define END(field) offsetof(struct config_link_end, field)

static const struct key end_keys[] = {
	{ "prefix", read_prefix, .offset = END(prefix), .required = true },
	{ "application", read_address, .offset = END(application),
	  .required = true },
	{ "engine", read_address, .offset = END(engine), .required = true },
	KEYS_END
};

static bool has_room(struct reader *r, yaml_node_t *node)
{
	const struct config *c = r->config;

	if (c->n_subnets < CONFIG_SUBNETS && c->n_services < CONFIG_SERVICES &&
	    c->n_backends < CONFIG_BACKENDS)
		return true;
	return reader_refuse(r, node,
			     "expected one subnet, service and backend less "
			     "than there are at most, for the link");
}

/* What the packet path knows of one family of the link. */
static bool add_service(struct reader *r, yaml_node_t *node,
			const struct config_link_end *end)
{
	struct config *c = r->config;
	struct config_service *v;
	unsigned family = end->prefix.address.family;

	if (!has_room(r, node))
		return false;
	c->subnets[c->n_subnets++] =
		(struct config_subnet){ .prefix = end->prefix,
					.side = SIDE_CLIENT,
					.vlan = CONFIG_LINK_VLAN };
	v = &c->services[c->n_services++];
	*v = (struct config_service){ .vip = end->engine,
				      .vlan = CONFIG_LINK_VLAN,
				      .protocol = IPPROTO_TCP,
				      .mode = MODE_OUTBOUND,
				      .scheduler = SCHEDULER_WRR,
				      .first_backend = c->n_backends,
				      .n_backends = 1 };
	snprintf(v->name, sizeof(v->name), "outbound-ipv%u", family);
	c->backends[c->n_backends] =
		(struct config_backend){ .address = { .family = family },
					 .weight = 1 };
	strcpy(c->backends[c->n_backends++].name, "any");
	for (unsigned i = 0; i + 1 < c->n_services; i++)
		if (!strcmp(c->services[i].name, v->name))
			return reader_refuse(
				r, node,
				"a service is called \"%s\", which "
				"is the name of what the link needs",
				v->name);
	return true;
}

static bool read_end(struct reader *r, yaml_node_t *node, const struct key *key,
		     void *target)
{
	struct config_link *link = target;
	struct config_link_end *end = &link->ends[link->n_ends];

	if (!reader_map(r, node, end_keys, end))
		return false;
	if (!prefix_contains(&end->prefix, &end->application) ||
	    !prefix_contains(&end->prefix, &end->engine) ||
	    address_equal(&end->application, &end->engine))
		return reader_refuse(r, node,
				     "expected two different addresses of the "
				     "prefix, the application's and the "
				     "engine's");
	if (link->n_ends &&
	    link->ends[0].prefix.address.family == end->prefix.address.family)
		return reader_refuse(r, node,
				     "expected one subnet of a family at most");
	link->n_ends++;
	return add_service(r, node, end);
}

#define LINK(field) offsetof(struct config_link, field)

static const struct key outbound_keys[] = {
	{ "device", read_device, .offset = LINK(device) },
	{ "subnets", read_list, .required = true, .item = read_end, .max = 2 },
	KEYS_END
};

/* The link is made in the engine's namespace with a default route, for one engine. */
static bool check_fleet(struct reader *r, yaml_node_t *node)
{
	const struct config *c = r->config;

	if (!*c->netns)
		return reader_refuse(r, node,
				     "needs fleet.netns, the namespace of the "
				     "applications");
	if (c->engines_max + c->standby > 1)
		return reader_refuse(r, node,
				     "needs fleet.max 1 and no standby: the "
				     "link has one other end");
	return c->steering == STEERING_DISPATCH ||
	       reader_refuse(r, node, "needs fleet.steering dispatch");
}

bool read_outbound(struct reader *r, yaml_node_t *node, const struct key *key,
		   void *target)
{
	size_t length = strlen(r->err->key);
	struct config_link *link = &r->config->link;

	strcpy(link->device, DEFAULT_DEVICE);
	if (!check_fleet(r, node) || !reader_map(r, node, outbound_keys, link))
		return false;
	reader_leave(r, length);
	return link->n_ends || reader_refuse(r, node, "expected a subnet");
}
