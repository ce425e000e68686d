// SPDX-License-Identifier: BSD-3-Clause
/* api_pmtu.c - pmtu show: path MTUs in the fabric */
#include <errno.h>

#include "api.h"
#include "clock.h"
#include "fleet.h"
#include "pmtu.h"
#include "words.h"

static json_t *path_json(const struct pmtu_view *v)
{
	char text[ADDRESS_TEXT];

	return json_pack("{s:s, s:s, s:i, s:i, s:i, s:i}", "destination",
			 address_text(&v->to, text), "side",
			 words_side[v->side], "vlan", (int)v->vlan, "mtu",
			 (int)v->mtu, "age_s", (int)v->age_s, "expires_s",
			 (int)(PMTU_EXPIRES_S - v->age_s));
}

static void show(struct api_request *request)
{
	struct fabric *f = request->fleet->fabric;
	const struct fab_path *paths = fabric_at(f, f->path_offset);
	uint32_t now_s = clock_us() / 1000000;
	struct address only = { 0 };
	struct pmtu_view v;
	json_t *list;

	if (api_wrong_args(request, 0, 1))
		return;
	if (request->n_args && !address_parse(request->args[0], &only)) {
		api_refuse(request->client, EINVAL,
			   "'%s' is not an IPv4 or IPv6 address",
			   request->args[0]);
		return;
	}
	list = json_array();
	for (unsigned i = 0; i < FAB_PATHS; i++)
		if (pmtu_view(paths, i, now_s, &v) &&
		    (!only.family || address_equal(&only, &v.to)))
			json_array_append_new(list, path_json(&v));
	api_answer(request->client, list);
}

const struct api_verb api_pmtu_verbs[] = {
	{ "pmtu", "show", show },
	{ NULL, NULL, NULL },
};
