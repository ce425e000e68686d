// SPDX-License-Identifier: BSD-3-Clause
/* noun_service.c - virtual servers and their backends */
#include <stdio.h>

#include "cli.h"
#include "client.h"
#include "noun.h"
#include "table.h"

static const struct column services[] = {
	{ "SERVICE", "name", UNIT_NONE, NULL },
	{ "VIP", "vip", UNIT_NONE, NULL },
	{ "PROTO", "protocol", UNIT_NONE, NULL },
	{ "MODE", "mode", UNIT_NONE, NULL },
	{ "CONNS", "connections", UNIT_COUNT, NULL },
	{ "NEW", "cps", UNIT_PER_SECOND, NULL },
	{ "PACKETS", "pps", UNIT_PPS, NULL },
	{ "BITS", "bps", UNIT_BPS, NULL },
	{ NULL, NULL, UNIT_NONE, NULL },
};

static const struct column backends[] = {
	{ "SERVICE", "service", UNIT_NONE, NULL },
	{ "BACKEND", "address", UNIT_NONE, NULL },
	{ "STATE", "state", UNIT_NONE, NULL },
	{ "WEIGHT", "weight", UNIT_NONE, NULL },
	{ "CONNS", "connections", UNIT_COUNT, NULL },
	{ "SCHEDULER", "scheduler", UNIT_NONE, NULL },
	{ NULL, NULL, UNIT_NONE, NULL },
};

/* One list of the backends of all services, each with the service's name. */
static json_t *all_backends(const json_t *list)
{
	json_t *all = json_array(), *service, *backend;
	size_t i, k;

	json_array_foreach(list, i, service) {
		json_array_foreach(json_object_get(service, "backends"), k,
				   backend) {
			json_t *row = json_copy(backend);

			json_object_set(row, "service",
					json_object_get(service, "name"));
			json_object_set(row, "scheduler",
					json_object_get(service, "scheduler"));
			json_array_append_new(all, row);
		}
	}
	return all;
}

static void service_print(const json_t *list)
{
	table_print(services, list, "no services");
}

static void print(const json_t *list)
{
	json_t *all = all_backends(list);

	service_print(list);
	if (json_array_size(list)) {
		putchar('\n');
		table_print(backends, all, "no backends");
	}
	json_decref(all);
}

static const struct verb verbs[] = {
	{ "show", "[NAME]", "show services", "connections, rates and backends",
	  client_run, print },
	{ "drain", "NAME BACKEND", "drain {BACKEND} of {NAME}",
	  "give a backend no new connections", client_run, NULL },
	{ "enable", "NAME BACKEND", "enable {BACKEND} of {NAME}",
	  "give a drained backend connections again", client_run, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_service = { "service", "virtual servers and backends",
				   verbs };
