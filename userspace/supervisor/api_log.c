// SPDX-License-Identifier: BSD-3-Clause
/* api_log.c - scale log: the ledger, or the part of it that was asked for */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api_scale.h"
#include "event_json.h"
#include "fleet.h"
#include "ledger.h"

struct filter {
	uint64_t last; /* so many of the newest that fit; 0: all of them */
	uint64_t after; /* id */
	const char *outcome, *handover; /* NULL: any */
};

static bool read_number(struct api_request *request, const char *what,
			const char *text, uint64_t *value)
{
	char *end;

	*value = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end)
		return true;
	api_refuse(request->client, EINVAL, "%s is a number, not '%s'", what,
		   text);
	return false;
}

static bool read_outcome(struct api_request *request, const char *text)
{
	for (unsigned i = 0; i <= EVENT_ABORTED; i++)
		if (!strcmp(event_outcome_names[i], text))
			return true;
	api_refuse(
		request->client, EINVAL,
		"expected the outcome running, done, failed or aborted, not '%s'",
		text);
	return false;
}

static bool read_filter(struct api_request *request, struct filter *f,
			const char *what, const char *value)
{
	if (!strcmp(what, "last"))
		return read_number(request, what, value, &f->last);
	if (!strcmp(what, "after"))
		return read_number(request, what, value, &f->after);
	if (!strcmp(what, "outcome")) {
		f->outcome = value;
		return read_outcome(request, value);
	}
	if (!strcmp(what, "handover")) {
		f->handover = value;
		return true;
	}
	api_refuse(request->client, EINVAL,
		   "expected last, after, outcome or handover, not '%s'", what);
	return false;
}

/* False: the request is answered. */
static bool read_filters(struct api_request *request, struct filter *f)
{
	if (request->n_args % 2) {
		api_refuse(request->client, EINVAL, "%s needs a value",
			   request->args[request->n_args - 1]);
		return false;
	}
	for (unsigned i = 0; i < request->n_args; i += 2)
		if (!read_filter(request, f, request->args[i],
				 request->args[i + 1]))
			return false;
	return true;
}

static bool fits(const struct fab_event *e, const struct filter *f)
{
	return e->id > f->after &&
	       (!f->outcome ||
		!strcmp(event_outcome_names[e->outcome], f->outcome)) &&
	       (!f->handover || !strcmp(e->handover, f->handover));
}

void api_log_show(struct api_request *request)
{
	struct fabric *fabric = request->fleet->fabric;
	struct filter f = { 0 };
	struct fab_event *e;
	json_t *list;

	if (!read_filters(request, &f))
		return;
	list = json_array();
	for (e = ledger_first(fabric); e; e = ledger_next(fabric, e)) {
		if (!fits(e, &f))
			continue;
		if (f.last && json_array_size(list) == f.last)
			json_array_remove(list, 0);
		json_array_append_new(list, event_json(fabric, e));
	}
	api_answer(request->client, list);
}
