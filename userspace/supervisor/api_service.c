// SPDX-License-Identifier: BSD-3-Clause
/* api_service.c - service show, drain, enable */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "fleet.h"
#include "notice.h"
#include "publish.h"
#include "sampler.h"
#include "state.h"
#include "syn_state.h"
#include "words.h"

static const char *backend_state(const struct config_backend *b)
{
	if (b->drained)
		return "drained";
	return b->down ? "down" : "up";
}

static json_t *backends_json(const struct fleet *fleet,
			     const struct config_service *s)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < s->n_backends; i++) {
		const struct config_backend *b =
			&fleet->config->backends[s->first_backend + i];

		json_array_append_new(
			list, json_pack("{s:s, s:s, s:i, s:I}", "address",
					b->name, "state", backend_state(b),
					"weight", (int)b->weight, "connections",
					(json_int_t)sampler_backend_connections(
						fleet, b->slot)));
	}
	return list;
}

static json_t *vip_json(const struct config_service *s)
{
	char text[ADDRESS_TEXT];
	const char *form = s->vip.family == 6 ? "[%s]:%u" : "%s:%u";

	return json_sprintf(form, address_text(&s->vip, text), s->port);
}

static json_t *service_json(const struct fleet *fleet,
			    const struct config_service *s)
{
	struct service_totals totals = sampler_totals(fleet, s->slot);
	struct service_rates rates = sampler_service(fleet, s->slot);

	return json_pack(
		"{s:s, s:o, s:i, s:s, s:s, s:s, s:I, s:I, s:f, s:f, s:f, s:o, s:o}",
		"name", s->name, "vip", vip_json(s), "vlan", (int)s->vlan,
		"protocol", words_protocol(s->protocol), "mode",
		words_mode[s->mode], "scheduler", words_scheduler[s->scheduler],
		"connections", (json_int_t)totals.connections,
		"connections_total", (json_int_t)totals.connections_total,
		"cps", rates.connections_per_s, "pps", rates.packets_per_s,
		"bps", rates.bits_per_s, "syn", syn_state_json(fleet, s),
		"backends", backends_json(fleet, s));
}

static struct config_service *find_service(struct api_request *request,
					   const char *name)
{
	struct config *c = request->fleet->config;

	for (unsigned i = 0; i < c->n_services; i++)
		if (!strcmp(c->services[i].name, name))
			return &c->services[i];
	api_refuse(request->client, ENOENT, "there is no service '%s'", name);
	return NULL;
}

static void show(struct api_request *request)
{
	const struct config *c = request->fleet->config;
	const struct config_service *one = NULL;
	json_t *list;

	if (api_wrong_args(request, 0, 1))
		return;
	if (request->n_args) {
		one = find_service(request, request->args[0]);
		if (!one)
			return;
	}
	list = json_array();
	for (unsigned i = 0; i < c->n_services; i++)
		if (!one || one == &c->services[i])
			json_array_append_new(list,
					      service_json(request->fleet,
							   &c->services[i]));
	api_answer(request->client, list);
}

static struct config_backend *find_backend(struct api_request *request,
					   const struct config_service *s,
					   const char *name)
{
	for (unsigned i = 0; i < s->n_backends; i++) {
		struct config_backend *b =
			&request->fleet->config->backends[s->first_backend + i];

		if (!strcmp(b->name, name))
			return b;
	}
	api_refuse(request->client, ENOENT, "service '%s' has no backend '%s'",
		   s->name, name);
	return NULL;
}

static void set_drained(struct api_request *request, bool drained)
{
	struct config_service *s;
	struct config_backend *b;

	if (api_wrong_args(request, 2, 2))
		return;
	s = find_service(request, request->args[0]);
	b = s ? find_backend(request, s, request->args[1]) : NULL;
	if (!b)
		return;
	if (b->drained != drained) {
		b->drained = drained;
		publish_want(request->fleet);
		state_save(request->fleet);
		notice(request->fleet,
		       drained ? "backend_drained" : "backend_enabled",
		       json_pack("{s:s, s:s}", "service", s->name, "backend",
				 b->name),
		       "backend %s of %s %s", b->name, s->name,
		       drained ? "gets no new connections" :
				 "gets connections again");
	}
	api_answer(request->client,
		   json_pack("{s:s, s:s, s:s}", "service", s->name, "backend",
			     b->name, "state", backend_state(b)));
}

static void drain(struct api_request *request)
{
	set_drained(request, true);
}

static void enable(struct api_request *request)
{
	set_drained(request, false);
}

const struct api_verb api_service_verbs[] = {
	{ "service", "show", show },
	{ "service", "drain", drain },
	{ "service", "enable", enable },
	{ NULL, NULL, NULL },
};
