// SPDX-License-Identifier: BSD-3-Clause
/* service.c - section services: virtual servers and their backends */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "sections.h"

#define VLAN_ID	     .what = "a VLAN id", .max = 4094
#define PORT_NUMBER  .what = "a port number", .min = 1, .max = 65535
#define MILLISECONDS .what = "milliseconds", .min = 10, .max = 3600000
#define CHECKS	     .what = "checks in a row", .min = 1, .max = 100

static const char *const modes[] = { "fullnat", "proxy", "l2dsr",
				     "ipip",	"gue",	 NULL };
static const char *const serves[] = { "nothing", "http", NULL };
static const char *const schedulers[] = { "maglev", "wrr", "lc", NULL };

static bool read_health_type(struct reader *r, yaml_node_t *node,
			     const struct key *key, void *target)
{
	static const char *const names[] = { "tcp", "http", NULL };
	const struct key choice = { .choices = names, .max = 0 };
	unsigned value;

	return read_choice(r, node, &choice, &value);
}

#define HEALTH(field) offsetof(struct config_health, field)

static const struct key health_keys[] = {
	{ "type", read_health_type, .offset = 0 },
	{ "interval_ms", read_u32, .offset = HEALTH(interval_ms),
	  MILLISECONDS },
	{ "timeout_ms", read_u32, .offset = HEALTH(timeout_ms), MILLISECONDS },
	{ "rise", read_u32, .offset = HEALTH(rise), CHECKS },
	{ "fall", read_u32, .offset = HEALTH(fall), CHECKS },
	KEYS_END
};

static bool read_health(struct reader *r, yaml_node_t *node,
			const struct key *key, void *target)
{
	struct config_health *h = target;

	*h = (struct config_health){ true, 2000, 1000, 2, 3 };
	if (!reader_map(r, node, health_keys, h))
		return false;
	if (h->timeout_ms > h->interval_ms) {
		reader_enter(r, "timeout_ms");
		return reader_refuse(r, reader_child(r, node, "timeout_ms"),
				     "expected at most interval_ms, which is "
				     "%u",
				     h->interval_ms);
	}
	return true;
}

/* Into an uint8_t. */
bool read_protocol(struct reader *r, yaml_node_t *node, const struct key *key,
		   void *target)
{
	static const char *const names[] = { "tcp", "udp", NULL };
	const struct key choice = { .choices = names, .max = 1 };
	unsigned value;

	if (!read_choice(r, node, &choice, &value))
		return false;
	*(uint8_t *)target = value ? IPPROTO_UDP : IPPROTO_TCP;
	return true;
}

/* Name of a profile, its index into an uint16_t. The section is read by now. */
static bool read_profile_name(struct reader *r, yaml_node_t *node,
			      const struct key *key, void *target)
{
	const struct config *c = r->config;
	char name[CONFIG_NAME];

	if (!read_name(r, node, key, name))
		return false;
	for (unsigned i = 0; i < c->n_profiles; i++) {
		if (!strcmp(c->profiles[i].name, name)) {
			*(uint16_t *)target = i;
			return true;
		}
	}
	return reader_unexpected(r, node, "the name of an item of profiles");
}

#define BACKEND(field) offsetof(struct config_backend, field)

static const struct key backend_keys[] = {
	{ "address", read_address, .offset = BACKEND(address),
	  .required = true },
	{ "port", read_u16, .offset = BACKEND(port), PORT_NUMBER },
	{ "weight", read_u16, .offset = BACKEND(weight), .what = "a weight",
	  .max = 256 },
	{ "vlan", read_u16, .offset = BACKEND(vlan), VLAN_ID },
	KEYS_END
};

static void name_backend(struct config_backend *b)
{
	char text[ADDRESS_TEXT];
	bool v6 = b->address.family == 6;

	snprintf(b->name, sizeof(b->name), "%s%s%s:%u", v6 ? "[" : "",
		 address_text(&b->address, text), v6 ? "]" : "", b->port);
}

/* target is the service; its backends are the last of the configuration. */
static bool read_backend(struct reader *r, yaml_node_t *node,
			 const struct key *key, void *target)
{
	struct config *c = r->config;
	struct config_service *v = target;
	struct config_backend *b = &c->backends[c->n_backends];

	if (c->n_backends == CONFIG_BACKENDS)
		return reader_refuse(r, node,
				     "expected at most %u backends in all",
				     CONFIG_BACKENDS);
	b->port = v->port;
	b->weight = 1;
	if (!reader_map(r, node, backend_keys, b))
		return false;
	if (b->address.family != v->vip.family)
		return reader_refuse(r, node,
				     "expected an IPv%u address, as the VIP is",
				     v->vip.family);
	for (unsigned i = 0; i < v->n_backends; i++) {
		const struct config_backend *o =
			&c->backends[v->first_backend + i];

		if (o->port == b->port && o->vlan == b->vlan &&
		    address_equal(&o->address, &b->address))
			return reader_refuse(
				r, node, "the backend is item %u already", i);
	}
	name_backend(b);
	c->n_backends++;
	v->n_backends++;
	return true;
}

static bool read_directory(struct reader *r, yaml_node_t *node,
			   const struct key *key, void *target)
{
	const char *text = reader_scalar(node);

	if (!text || text[0] != '/' || strlen(text) >= CONFIG_PATH_BYTES)
		return reader_unexpected(r, node,
					 "an absolute path of up to 199 bytes");
	strcpy(target, text);
	return true;
}

#define SERVICE(field) offsetof(struct config_service, field)

/* backends comes last: it needs the VIP and the port. */
static const struct key service_keys[] = {
	{ "name", read_name, .offset = SERVICE(name), .required = true },
	{ "vip", read_address, .offset = SERVICE(vip), .required = true },
	{ "protocol", read_protocol, .offset = SERVICE(protocol) },
	{ "port", read_u16, .offset = SERVICE(port), .required = true,
	  PORT_NUMBER },
	{ "vlan", read_u16, .offset = SERVICE(vlan), VLAN_ID },
	{ "mode", read_choice, .offset = SERVICE(mode), .choices = modes,
	  .max = MODE_PROXY },
	{ "scheduler", read_choice, .offset = SERVICE(scheduler),
	  .choices = schedulers, .max = SCHEDULER_LC },
	{ "profile", read_profile_name, .offset = SERVICE(profile) },
	{ "health", read_health, .offset = SERVICE(health) },
	{ "serve", read_choice, .offset = SERVICE(serve), .choices = serves,
	  .max = SERVE_HTTP },
	{ "directory", read_directory, .offset = SERVICE(directory) },
	{ "backends", read_list, .item = read_backend, .max = CONFIG_BACKENDS },
	KEYS_END
};

static bool check_unique(struct reader *r, yaml_node_t *node,
			 const struct config_service *v)
{
	const struct config *c = r->config;

	for (const struct config_service *o = c->services; o < v; o++) {
		if (!strcmp(o->name, v->name)) {
			reader_enter(r, "name");
			return reader_refuse(r, reader_child(r, node, "name"),
					     "another service is called \"%s\"",
					     v->name);
		}
		if (o->port == v->port && o->vlan == v->vlan &&
		    o->protocol == v->protocol &&
		    address_equal(&o->vip, &v->vip)) {
			reader_enter(r, "port");
			return reader_refuse(r, reader_child(r, node, "port"),
					     "service \"%s\" has this VIP, "
					     "VLAN, protocol and port already",
					     o->name);
		}
	}
	return true;
}

static bool refuse_key(struct reader *r, yaml_node_t *node, const char *key,
		       const char *sentence)
{
	reader_enter(r, key);
	return reader_refuse(r, reader_child(r, node, key), "%s", sentence);
}

/* Its connections end in an engine. */
static bool ends(const struct config_service *v)
{
	return v->serve || v->mode == MODE_PROXY;
}

/* Connections that end in an engine cannot move to another: the fleet stays as it is, or
 * whole sets of engines take turns. `key` is what makes them end there. */
static bool check_ends(struct reader *r, yaml_node_t *node, const char *key,
		       const struct config_service *v)
{
	const struct config *c = r->config;
	unsigned n = 0;

	if (v->protocol != IPPROTO_TCP)
		return refuse_key(r, node, "protocol",
				  v->serve ? "expected tcp with serve: http" :
					     "expected tcp with mode: proxy");
	for (const struct config_service *o = c->services; o < v; o++) {
		n += ends(o);
		if (ends(o) && o->port == v->port &&
		    address_equal(&o->vip, &v->vip))
			return refuse_key(r, node, key,
					  "another service that ends in the "
					  "engine has this VIP and port; "
					  "engines keep VLANs apart only by "
					  "these");
	}
	if (n == CONFIG_SERVED)
		return refuse_key(r, node, key,
				  "expected at most 16 services with serve or "
				  "mode: proxy");
	if (c->steering == STEERING_MIRROR || c->engines_max == 1)
		return true;
	return refuse_key(r, node, key,
			  "needs fleet.max: 1, or steering: mirror with "
			  "handover: generations; connections that end in an "
			  "engine cannot move to another");
}

/* A server in the engine, or servers behind it. */
static bool check_server(struct reader *r, yaml_node_t *node,
			 const struct config_service *v)
{
	if (!v->serve) {
		if (reader_child(r, node, "backends") == node)
			return refuse_key(r, node, "backends",
					  "the key is missing");
		if (v->directory[0])
			return refuse_key(r, node, "directory",
					  "needs serve: http");
		return v->mode != MODE_PROXY || check_ends(r, node, "mode", v);
	}
	if (v->mode == MODE_PROXY)
		return refuse_key(
			r, node, "mode",
			"not with serve: http; a proxy needs backends");
	if (reader_child(r, node, "backends") != node)
		return refuse_key(r, node, "backends",
				  "not with serve: http; the engine is the "
				  "server");
	if (v->health.enabled)
		return refuse_key(r, node, "health",
				  "not with serve: http; there are no "
				  "backends to check");
	return check_ends(r, node, "serve", v);
}

bool read_service(struct reader *r, yaml_node_t *node, const struct key *key,
		  void *target)
{
	struct config *c = r->config;
	struct config_service *v = &c->services[c->n_services];

	v->protocol = IPPROTO_TCP;
	v->first_backend = c->n_backends;
	if (!reader_map(r, node, service_keys, v) ||
	    !check_unique(r, node, v) || !check_server(r, node, v))
		return false;
	c->n_services++;
	return true;
}
