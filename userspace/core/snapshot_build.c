// SPDX-License-Identifier: BSD-3-Clause
/* snapshot_build.c - compile a configuration into a snapshot, or say why not */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fabric.h"
#include "scheduler.h"
#include "snapshot_build.h"
#include "snapshot_hash.h"

static_assert(CONFIG_SERVICES <= FAB_SERVICES, "each service has a slot");
static_assert(CONFIG_BACKENDS <= FAB_BACKENDS, "each backend has a slot");

const char *const build_side_names[FAB_SIDES] = { "client", "server" };

bool build_refuse(const struct build *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(b->err, b->err_bytes, format, args);
	va_end(args);
	return false;
}

static uint32_t reserve(size_t *used, size_t count, size_t size)
{
	size_t at = (*used + 7) & ~(size_t)7;

	*used = at + count * size;
	return at;
}

static uint32_t table_entries(const struct config *c,
			      const struct config_service *v)
{
	uint32_t weights = 0;

	for (unsigned i = 0; i < v->n_backends; i++)
		weights += c->backends[v->first_backend + i].weight;
	return scheduler_entries(v->scheduler, v->n_backends, weights);
}

/* Give every array its place; the room each may need at most. Services' tables
 * come last and one after the other. Returns the bytes of it all. */
static size_t lay_out(const struct config *c, struct snapshot *s)
{
	size_t used = sizeof(*s);
	uint32_t addresses = c->n_services + c->n_snats;

	s->vlans = reserve(&used, c->n_vlans + c->n_subnets,
			   sizeof(struct snap_vlan));
	s->addresses = reserve(&used, addresses, sizeof(struct snap_address));
	s->routes = reserve(&used, c->n_subnets + c->n_routes,
			    sizeof(struct snap_route));
	s->services =
		reserve(&used, c->n_services, sizeof(struct snap_service));
	s->backends =
		reserve(&used, c->n_backends, sizeof(struct snap_backend));
	s->snats = reserve(&used, c->n_snats, sizeof(struct snap_snat));
	s->service_hash_size = snap_hash_size(c->n_services);
	s->service_hash =
		reserve(&used, s->service_hash_size, sizeof(uint16_t));
	s->address_hash_size = snap_hash_size(addresses);
	s->address_hash =
		reserve(&used, s->address_hash_size, sizeof(uint16_t));
	s->bytes = used;
	for (unsigned i = 0; i < c->n_services; i++)
		reserve(&used, table_entries(c, &c->services[i]),
			sizeof(uint16_t));
	for (unsigned i = 0; i < c->n_services; i++)
		used += strlen(c->services[i].directory) + 1;
	return used;
}

size_t snapshot_bytes(const struct config *config)
{
	struct snapshot s = { 0 };

	return lay_out(config, &s);
}

static void empty_tables(const struct build *b)
{
	memset(build_array(b, b->snap->service_hash), 0xff,
	       b->snap->service_hash_size * sizeof(uint16_t));
	memset(build_array(b, b->snap->address_hash), 0xff,
	       b->snap->address_hash_size * sizeof(uint16_t));
}

bool snapshot_build(const struct config *config, uint32_t generation,
		    void *block, size_t bytes, char *err, size_t err_bytes)
{
	struct build b = { config, block, err, err_bytes };
	struct snapshot head = { .generation = generation,
				 .revision = config->revision };
	size_t needed = lay_out(config, &head);

	if (needed > bytes)
		return build_refuse(&b,
				    "the configuration needs %zu bytes of "
				    "shared memory, there are %zu",
				    needed, bytes);
	memset(block, 0, head.bytes);
	*b.snap = head;
	empty_tables(&b);
	return build_vlans(&b) && build_check_mtus(&b) && build_routes(&b) &&
	       build_snats(&b) && build_services(&b);
}
