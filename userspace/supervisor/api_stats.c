// SPDX-License-Identifier: BSD-3-Clause
/* api_stats.c - stats show: every counter and drop, and the conservation law */
#include "api.h"
#include "fleet.h"

/* rx less everything that can have become of it; 0 between two turns of the engine,
 * a few packets while it is in one. */
static int64_t balance(const struct fab_engine *e)
{
	int64_t rest =
		(int64_t)(e->counters[CNT_rx_port] + e->counters[CNT_rx_ring]);

	rest -= (int64_t)(e->counters[CNT_tx] + e->counters[CNT_handed_off] +
			  e->counters[CNT_punted] + e->counters[CNT_held]);
	for (unsigned i = 0; i < DROP_COUNT; i++)
		rest -= (int64_t)e->drops[i];
	return rest;
}

static json_t *counters_json(const struct fab_engine *e)
{
	json_t *counters = json_object(), *drops = json_object();

	json_object_set_new(
		counters, "rx",
		json_integer((json_int_t)(e->counters[CNT_rx_port] +
					  e->counters[CNT_rx_ring])));
	for (unsigned i = 0; i < CNT_COUNT; i++)
		json_object_set_new(counters, vfl_counter_names[i],
				    json_integer((json_int_t)e->counters[i]));
	json_object_set_new(counters, "balance", json_integer(balance(e)));
	for (unsigned i = 0; i < DROP_COUNT; i++)
		json_object_set_new(drops, vfl_drop_names[i],
				    json_integer((json_int_t)e->drops[i]));
	json_object_set_new(counters, "drops", drops);
	return counters;
}

static void show(struct api_request *request)
{
	struct fleet *fleet = request->fleet;
	json_t *list;

	if (api_wrong_args(request, 0, 0))
		return;
	list = json_array();
	FOREACH_ENGINE(slot, fleet_used(fleet))
		json_array_append_new(
			list,
			json_pack("{s:i, s:o}", "id", (int)slot, "counters",
				  counters_json(&fleet->fabric->engines[slot])));
	api_answer(request->client, json_pack("{s:o}", "engines", list));
}

const struct api_verb api_stats_verbs[] = {
	{ "stats", "show", show },
	{ NULL, NULL, NULL },
};
