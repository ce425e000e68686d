// SPDX-License-Identifier: BSD-3-Clause
/* api_mss.c - mss show: what the compiled configuration says */
#include <errno.h>
#include <string.h>

#include "api.h"
#include "fleet.h"
#include "publish.h"
#include "snapshot.h"
#include "words.h"

static json_t *side_json(const struct snap_service *s, enum side side,
			 const struct mss_result *mss)
{
	return json_pack("{s:s, s:s, s:s, s:i, s:s}", "service", s->name,
			 "side", words_side[side], "family",
			 s->vip.family == 6 ? "ipv6" : "ipv4", "mss",
			 (int)mss->mss, "rule", mss_rule_names[mss->rule]);
}

static void show(struct api_request *request)
{
	const struct snapshot *snap = publish_current(request->fleet->fabric);
	const struct snap_service *services;
	const char *name = request->args[0];
	json_t *list;

	if (api_wrong_args(request, 0, 1))
		return;
	list = json_array();
	services = snap ? snap_array(snap, services, struct snap_service) :
			  NULL;
	for (unsigned i = 0; snap && i < snap->n_services; i++) {
		const struct snap_service *s = &services[i];

		if (name && strcmp(name, s->name))
			continue;
		json_array_append_new(list, side_json(s, SIDE_CLIENT,
						      &s->mss_client));
		json_array_append_new(list, side_json(s, SIDE_SERVER,
						      &s->mss_server));
	}
	if (name && !json_array_size(list)) {
		json_decref(list);
		api_refuse(request->client, ENOENT, "there is no service '%s'",
			   name);
		return;
	}
	api_answer(request->client, list);
}

const struct api_verb api_mss_verbs[] = {
	{ "mss", "show", show },
	{ NULL, NULL, NULL },
};
