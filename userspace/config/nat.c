// SPDX-License-Identifier: BSD-3-Clause
/* nat.c - section nat: ports of the host that lead into a container */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "nat_rules.h"
#include "sections.h"

static const char *protocol_word(uint8_t protocol)
{
	return protocol == IPPROTO_UDP ? "udp" : "tcp";
}

static bool has_service(const struct config *c, const struct config_inbound *v)
{
	for (unsigned i = 0; i < c->n_services; i++) {
		const struct config_service *s = &c->services[i];

		if (s->protocol == v->protocol &&
		    (s->port == v->container.port || s->port == 0) &&
		    s->vlan == 0 &&
		    address_equal(&s->vip, &v->container.address))
			return true;
	}
	return false;
}

bool nat_rule_check(const struct config *c, const struct config_inbound *v,
		    char *err, size_t err_bytes)
{
	char host[ENDPOINT_TEXT], container[ENDPOINT_TEXT];

	endpoint_text(&v->host, host);
	endpoint_text(&v->container, container);
	if (v->host.address.family != v->container.address.family) {
		snprintf(err, err_bytes,
			 "%s and %s are of different families; a rule "
			 "translates within one",
			 host, container);
		return false;
	}
	if (v->host.address.family == 4 && v->host.address.bytes[0] == 127) {
		snprintf(err, err_bytes,
			 "%s is a loopback address, which nobody outside "
			 "reaches; take an address of the host",
			 host);
		return false;
	}
	if (has_service(c, v))
		return true;
	snprintf(err, err_bytes,
		 "no service takes %s on %s (untagged); add it to section "
		 "services",
		 protocol_word(v->protocol), container);
	return false;
}

bool nat_rules_meet(const struct config_inbound *a,
		    const struct config_inbound *b)
{
	return a->protocol == b->protocol &&
	       endpoint_overlaps(&a->host, &b->host);
}

static bool read_endpoint(struct reader *r, yaml_node_t *node,
			  const struct key *key, void *target)
{
	const char *text = reader_scalar(node);

	return (text && endpoint_parse(text, target)) ||
	       reader_unexpected(r, node,
				 "ADDRESS:PORT, like 192.0.2.1:80 or "
				 "[2001:db8::1]:80");
}

#define INBOUND(field) offsetof(struct config_inbound, field)

static const struct key inbound_keys[] = {
	{ "protocol", read_protocol, .offset = INBOUND(protocol) },
	{ "host", read_endpoint, .offset = INBOUND(host), .required = true },
	{ "container", read_endpoint, .offset = INBOUND(container),
	  .required = true },
	KEYS_END
};

static bool read_inbound(struct reader *r, yaml_node_t *node,
			 const struct key *key, void *target)
{
	struct config *c = r->config;
	struct config_inbound *v = &c->inbound[c->n_inbound];
	char why[256], host[ENDPOINT_TEXT];

	v->protocol = IPPROTO_TCP;
	if (!reader_map(r, node, inbound_keys, v))
		return false;
	if (!nat_rule_check(c, v, why, sizeof(why)))
		return reader_refuse(r, node, "%s", why);
	for (unsigned i = 0; i < c->n_inbound; i++)
		if (nat_rules_meet(&c->inbound[i], v))
			return reader_refuse(
				r, node, "item %u has %s %s already", i,
				protocol_word(v->protocol),
				endpoint_text(&c->inbound[i].host, host));
	c->n_inbound++;
	return true;
}

static const struct key nat_keys[] = {
	{ "inbound", read_list, .item = read_inbound, .max = CONFIG_INBOUND },
	{ "outbound", read_outbound, .offset = 0 },
	KEYS_END
};

bool read_nat(struct reader *r, yaml_node_t *node, const struct key *key,
	      void *target)
{
	return reader_map(r, node, nat_keys, r->config);
}
