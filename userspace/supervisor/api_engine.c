// SPDX-License-Identifier: BSD-3-Clause
/* api_engine.c - engine show, start, stop */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "api_scale.h"
#include "fleet.h"
#include "flow.h"
#include "sampler.h"
#include "scale.h"
#include "steer.h"
#include "upgrade.h"
#include "words.h"

static json_t *ports_json(const struct fleet *fleet, unsigned slot)
{
	const struct fab_engine *e = &fleet->fabric->engines[slot];
	json_t *ports = json_array();

	for (unsigned side = 0; side < FAB_SIDES; side++) {
		bool vf = fleet->config->ports[side].provider == PROVIDER_VF;
		const uint8_t *m = e->mac[side];

		json_array_append_new(
			ports,
			json_pack("{s:s, s:s, s:o}", vf ? "bdf" : "name",
				  e->device[side], "side", words_side[side],
				  "mac",
				  json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x",
					       m[0], m[1], m[2], m[3], m[4],
					       m[5])));
	}
	return ports;
}

static unsigned addresses_of(const struct fleet *fleet, unsigned slot)
{
	uint16_t slots[FAB_ADDRESSES];
	unsigned n = fleet_addresses(fleet->config, slots), count = 0;

	for (unsigned i = 0; i < n; i++)
		count += fleet->fabric->receivers[slots[i]] == slot;
	return count;
}

static json_t *engine_json(const struct fleet *fleet, unsigned slot,
			   const uint32_t words[FAB_SLICES])
{
	struct fabric *f = fleet->fabric;
	const struct fab_engine *e = &f->engines[slot];
	struct engine_rates rates = sampler_engine(fleet, slot);
	unsigned slices = 0, flows = 0;

	for (unsigned s = 0; s < FAB_SLICES; s++)
		slices += slice_owner(words[s]) == slot;
	/* A set that drains has flows, and no slices that count. */
	for (unsigned bank = 0; bank < f->banks; bank++)
		for (unsigned s = 0; s < FAB_SLICES; s++)
			if (slice_owner(fabric_slices(f, bank)[s]) == slot)
				flows += flow_count(fabric_flows(f, bank),
						    (uint8_t)s);
	return json_pack(
		"{s:i, s:i, s:i, s:s, s:i, s:f, s:f, s:f, s:i, s:o, s:i, s:s, s:i, s:i}",
		"id", (int)slot, "pid", (int)e->pid, "core", (int)e->core,
		"state", engine_state_names[engine_state(fleet, slot)],
		"slices", (int)slices, "busy_pct", rates.busy_pct, "rx_pps",
		rates.rx_pps, "tx_pps", rates.tx_pps, "flows", (int)flows,
		"ports", ports_json(fleet, slot), "addresses",
		(int)addresses_of(fleet, slot), "version", e->version,
		"held_peak", (int)e->held_peak, "generation",
		(int)e->generation);
}

static void engine_show(struct api_request *request)
{
	struct fleet *fleet = request->fleet;
	uint32_t words[FAB_SLICES];
	json_t *list;

	if (api_wrong_args(request, 0, 0))
		return;
	list = json_array();
	steer_words(fleet, words);
	FOREACH_ENGINE(slot, fleet_used(fleet))
		json_array_append_new(list, engine_json(fleet, slot, words));
	api_answer(request->client, list);
}

static void engine_start_one(struct api_request *request)
{
	struct scale_request change = {
		.kind = SCALE_TO,
		.n = request->fleet->fabric->engines_wanted + 1,
		.reason = "operator: start an engine",
	};

	if (!api_wrong_args(request, 0, 0))
		api_scale_submit(request, &change);
}

static void engine_stop(struct api_request *request)
{
	struct scale_request change = { .kind = SCALE_STOP };
	char *end;

	if (api_wrong_args(request, 1, 1))
		return;
	if (!strcmp(request->args[0], "all")) {
		change.kind = SCALE_STOP_ALL;
		snprintf(change.reason, sizeof(change.reason),
			 "operator: stop the fleet");
	} else {
		change.n = (unsigned)strtoul(request->args[0], &end, 10);
		if (*end || !*request->args[0]) {
			api_refuse(request->client, EINVAL,
				   "ID is a number, not '%s'",
				   request->args[0]);
			return;
		}
		snprintf(change.reason, sizeof(change.reason),
			 "operator: stop engine %u", change.n);
	}
	api_scale_submit(request, &change);
}

static void engine_upgrade(struct api_request *request)
{
	if (!api_wrong_args(request, 0, 1))
		upgrade_begin(request->fleet, request->args[0],
			      request->client);
}

const struct api_verb api_engine_verbs[] = {
	{ "engine", "upgrade", engine_upgrade },
	{ "engine", "show", engine_show },
	{ "engine", "start", engine_start_one },
	{ "engine", "stop", engine_stop },
	{ NULL, NULL, NULL },
};
