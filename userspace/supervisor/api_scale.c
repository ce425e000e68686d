// SPDX-License-Identifier: BSD-3-Clause
/* api_scale.c - scale show, to, auto, log */
#include "api_scale.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller.h"
#include "event_json.h"
#include "fleet.h"
#include "standby.h"
#include "words.h"

static json_t *scale_json(struct fleet *fleet)
{
	const struct config *c = fleet->config;
	char status[160];

	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:b, s:s, s:s, s:s, s:s}",
			 "engines", (int)mask_count(fleet_ready(fleet)),
			 "wanted", (int)fleet->fabric->engines_wanted,
			 "standby", (int)mask_count(standby_asleep(fleet)),
			 "min", (int)c->engines_min, "max", (int)c->engines_max,
			 "auto", (int)controller_is_auto(fleet), "policy",
			 words_policy[c->scaling.policy], "steering",
			 words_steering[c->steering], "handover",
			 words_handover[c->handover], "status",
			 scale_status(fleet, status, sizeof(status)));
}

static void show(struct api_request *request)
{
	if (!api_wrong_args(request, 0, 0))
		api_answer(request->client, scale_json(request->fleet));
}

static void on_progress(void *arg, const char *sentence)
{
	api_progress(arg, sentence);
}

static void on_done(void *arg, const struct scale_result *result)
{
	if (result->err)
		api_refuse(arg, result->err, "%s", result->text);
	else
		api_answer(arg, result->event ? event_json(result->fabric,
							   result->event) :
						json_null());
}

void api_scale_submit(struct api_request *request, struct scale_request *change)
{
	change->by_hand = true;
	change->done = on_done;
	change->progress = on_progress;
	change->arg = request->client;
	scale_submit(request->fleet, change);
}

static void to(struct api_request *request)
{
	struct scale_request change = { .kind = SCALE_TO };
	char *end;

	if (api_wrong_args(request, 1, 1))
		return;
	change.n = (unsigned)strtoul(request->args[0], &end, 10);
	if (*end || !*request->args[0]) {
		api_refuse(request->client, EINVAL, "N is a number, not '%s'",
			   request->args[0]);
		return;
	}
	snprintf(change.reason, sizeof(change.reason), "operator: scale to %u",
		 change.n);
	api_scale_submit(request, &change);
}

static void set_auto(struct api_request *request)
{
	bool on;

	if (api_wrong_args(request, 1, 1))
		return;
	on = !strcmp(request->args[0], "on");
	if (!on && strcmp(request->args[0], "off")) {
		api_refuse(request->client, EINVAL,
			   "expected on or off, not '%s'", request->args[0]);
		return;
	}
	if (on && request->fleet->config->scaling.policy == POLICY_MANUAL) {
		api_refuse(
			request->client, EINVAL,
			"scaling.policy is manual: there is no policy that could "
			"decide; configure policy: threshold, schedule or target "
			"first");
		return;
	}
	controller_set_auto(request->fleet, on);
	api_answer(request->client, scale_json(request->fleet));
}

const struct api_verb api_scale_verbs[] = {
	{ "scale", "show", show },     { "scale", "to", to },
	{ "scale", "auto", set_auto }, { "scale", "log", api_log_show },
	{ NULL, NULL, NULL },
};
