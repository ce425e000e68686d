// SPDX-License-Identifier: BSD-3-Clause
/* api_flow.c - flow show, count */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "clock.h"
#include "fleet.h"
#include "flow.h"
#include "words.h"

/* More in one answer help nobody, and building it would hold the supervisor up. */
#define FLOWS_SHOWN_MAX 10000

struct listing {
	const _Atomic uint32_t *slices; /* of the bank that is walked */
	const struct config *config;
	const struct config_service *service; /* NULL: all */
	const struct address *client; /* NULL: all */
	json_t *list;
	unsigned n;
};

static json_t *endpoint(const struct address *a, uint16_t port)
{
	char text[ADDRESS_TEXT];

	if (!a->family)
		return json_null();
	return json_sprintf(a->family == 6 ? "[%s]:%u" : "%s:%u",
			    address_text(a, text), port);
}

static const char *service_name(const struct config *c, uint16_t slot)
{
	for (unsigned i = 0; i < c->n_services; i++)
		if (c->services[i].slot == slot)
			return c->services[i].name;
	return "-";
}

static json_t *flow_json(const _Atomic uint32_t *slices, const struct config *c,
			 const struct flow_view *v)
{
	return json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:i, s:i, s:i, s:i}",
		"service", service_name(c, v->service_slot), "protocol",
		words_protocol(v->protocol), "client",
		endpoint(&v->client, v->client_port), "vip",
		endpoint(&v->vip, v->vip_port), "snat",
		endpoint(&v->snat, v->snat_port), "server",
		endpoint(&v->server, v->server_port), "state", v->state,
		"slice", (int)v->slice, "engine",
		(int)slice_owner(slices[v->slice]), "idle_ms", (int)v->idle_ms,
		"timeout_ms", (int)v->timeout_ms);
}

static bool see(const struct flow_view *v, void *arg)
{
	struct listing *l = arg;

	if (l->service && l->service->slot != v->service_slot)
		return true;
	if (l->client && !address_equal(l->client, &v->client))
		return true;
	if (++l->n > FLOWS_SHOWN_MAX)
		return false;
	json_array_append_new(l->list, flow_json(l->slices, l->config, v));
	return true;
}

/* "service NAME", "client ADDR" in any order; true when the listing is made up. */
static bool take_filters(struct api_request *request, struct listing *l,
			 struct address *client)
{
	const struct config *c = l->config;

	if (request->n_args % 2) {
		api_refuse(request->client, EINVAL,
			   "expected service NAME or client ADDR");
		return false;
	}
	for (unsigned i = 0; i < request->n_args; i += 2) {
		const char *what = request->args[i],
			   *value = request->args[i + 1];

		if (!strcmp(what, "client")) {
			if (!address_parse(value, client)) {
				api_refuse(
					request->client, EINVAL,
					"'%s' is not an IPv4 or IPv6 address",
					value);
				return false;
			}
			l->client = client;
			continue;
		}
		if (strcmp(what, "service")) {
			api_refuse(request->client, EINVAL,
				   "expected service or client, not '%s'",
				   what);
			return false;
		}
		for (unsigned k = 0; k < c->n_services; k++)
			if (!strcmp(c->services[k].name, value))
				l->service = &c->services[k];
		if (!l->service) {
			api_refuse(request->client, ENOENT,
				   "there is no service '%s'", value);
			return false;
		}
	}
	return true;
}

static void show(struct api_request *request)
{
	struct fabric *f = request->fleet->fabric;
	struct listing l = { .config = request->fleet->config };
	struct address client;

	if (!take_filters(request, &l, &client))
		return;
	l.list = json_array();
	for (unsigned bank = 0; bank < f->banks; bank++) {
		l.slices = fabric_slices(f, bank);
		flow_walk(fabric_flows(f, bank), (uint32_t)(clock_us() / 1000),
			  see, &l);
	}
	if (l.n <= FLOWS_SHOWN_MAX) {
		api_answer(request->client, l.list);
		return;
	}
	json_decref(l.list);
	api_refuse(request->client, E2BIG,
		   "more than %u flows match; ask for one service or client",
		   FLOWS_SHOWN_MAX);
}

static void count(struct api_request *request)
{
	struct fabric *f = request->fleet->fabric;
	const struct config *c = request->fleet->config;

	json_int_t flows = 0;

	if (api_wrong_args(request, 0, 0))
		return;
	for (unsigned bank = 0; bank < f->banks; bank++)
		flows += flow_count_all(fabric_flows(f, bank));
	api_answer(request->client,
		   json_pack("{s:I, s:I, s:I}", "flows", flows, "room_ipv4",
			     (json_int_t)c->flows4, "room_ipv6",
			     (json_int_t)c->flows6));
}

const struct api_verb api_flow_verbs[] = {
	{ "flow", "show", show },
	{ "flow", "count", count },
	{ NULL, NULL, NULL },
};
