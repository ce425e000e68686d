// SPDX-License-Identifier: BSD-3-Clause
/* api_nat.c - nat show, add, remove */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "fleet.h"
#include "nat.h"
#include "words.h"

/* Those of one table, or all. Takes over the reference. */
static json_t *only(json_t *list, const char *table)
{
	json_t *some = json_array(), *rule;
	size_t i;

	json_array_foreach(list, i, rule) {
		const char *of =
			json_string_value(json_object_get(rule, "table"));

		if (!table || !strcmp(of, table))
			json_array_append(some, rule);
	}
	json_decref(list);
	return some;
}

static void show(struct api_request *request)
{
	const char *table = request->args[0];

	if (api_wrong_args(request, 0, 1))
		return;
	if (table && strcmp(table, "host") && strcmp(table, "engine"))
		api_refuse(request->client, EINVAL,
			   "'%s' is neither host nor engine", table);
	else
		api_answer(request->client,
			   only(nat_list(request->fleet), table));
}

/* The endpoint in an argument; false: refused. */
static bool take_endpoint(struct api_request *request, unsigned arg,
			  struct endpoint *out)
{
	if (endpoint_parse(request->args[arg], out))
		return true;
	api_refuse(request->client, EINVAL,
		   "'%s' is not ADDRESS:PORT, like 192.0.2.1:80 or "
		   "[2001:db8::1]:80",
		   request->args[arg]);
	return false;
}

/* "tcp 192.0.2.1:80" */
static bool take_host(struct api_request *request, struct config_inbound *v)
{
	if (words_protocol_of(request->args[0], &v->protocol))
		return take_endpoint(request, 1, &v->host);
	api_refuse(request->client, EINVAL, "'%s' is neither tcp nor udp",
		   request->args[0]);
	return false;
}

static void answer(struct api_request *request, int ret, const char *err)
{
	if (ret < 0)
		api_refuse(request->client, -ret, "%s", err);
	else
		api_answer(request->client, nat_list(request->fleet));
}

static void add(struct api_request *request)
{
	struct config_inbound v = { 0 };
	char err[512];

	/* PROTOCOL HOST to CONTAINER */
	if (api_wrong_args(request, 4, 4) || !take_host(request, &v) ||
	    !take_endpoint(request, 3, &v.container))
		return;
	answer(request, nat_add(request->fleet, &v, err, sizeof(err)), err);
}

static void remove_rule(struct api_request *request)
{
	struct config_inbound v = { 0 };
	char err[512];

	if (api_wrong_args(request, 2, 2) || !take_host(request, &v))
		return;
	answer(request, nat_remove(request->fleet, &v, err, sizeof(err)), err);
}

const struct api_verb api_nat_verbs[] = {
	{ "nat", "show", show },
	{ "nat", "add", add },
	{ "nat", "remove", remove_rule },
	{ NULL, NULL, NULL },
};
