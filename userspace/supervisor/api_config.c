// SPDX-License-Identifier: BSD-3-Clause
/* api_config.c - config check, apply, show */
#include <errno.h>
#include <stdlib.h>

#include "api.h"
#include "config_load.h"
#include "fleet.h"
#include "reload.h"

static void show(struct api_request *request)
{
	struct fabric *f = request->fleet->fabric;

	if (!api_wrong_args(request, 0, 0))
		api_answer(request->client,
			   json_string(fabric_at(f, f->config_offset)));
}

static void add_warning(void *arg, const char *text)
{
	json_array_append_new(arg, json_string(text));
}

/* Of a text that has been accepted. */
static json_t *warnings(const struct reload_text *what)
{
	char err[CONFIG_ERROR_TEXT];
	struct config *config = reload_parse(what, err, sizeof(err));
	json_t *list = json_array();

	if (config)
		config_warnings(config, add_warning, list);
	free(config);
	return list;
}

static void take(struct api_request *request, bool apply)
{
	const json_t *text = json_object_get(request->object, "text");
	const char *file =
		json_string_value(json_object_get(request->object, "file"));
	char err[CONFIG_ERROR_TEXT];
	struct reload_text what = {
		.file = file ? file : "-",
		.text = json_string_value(text),
		.bytes = json_string_length(text),
	};

	if (!what.text) {
		api_refuse(request->client, EINVAL, "the request has no text");
		return;
	}
	if (reload(request->fleet, &what, apply, err, sizeof(err)) < 0)
		api_refuse(request->client, EINVAL, "%s", err);
	else
		api_answer(request->client,
			   json_pack("{s:s, s:b, s:o}", "file", what.file,
				     "applied", (int)apply, "warnings",
				     warnings(&what)));
}

static void check(struct api_request *request)
{
	take(request, false);
}

static void apply(struct api_request *request)
{
	take(request, true);
}

const struct api_verb api_config_verbs[] = {
	{ "config", "show", show },
	{ "config", "check", check },
	{ "config", "apply", apply },
	{ NULL, NULL, NULL },
};
