// SPDX-License-Identifier: BSD-3-Clause
/* api_mss.c - mss show: value, rule, why, and what became of SYNs */
#include <errno.h>
#include <string.h>

#include "api.h"
#include "fleet.h"
#include "learn.h"
#include "mss.h"
#include "sampler.h"
#include "snapshot.h"
#include "words.h"

/* null for what is not given: 0 would be a size. */
static json_t *given(uint16_t bytes)
{
	return bytes ? json_integer(bytes) : json_null();
}

static json_t *inputs_json(const struct mss_input *in, uint16_t vlan)
{
	return json_pack("{s:i, s:i, s:o, s:o, s:o, s:o}", "interface_mtu",
			 (int)in->interface_mtu, "vlan", (int)vlan, "vlan_mtu",
			 given(in->vlan_mtu), "vlan_mss", given(in->vlan_mss),
			 "profile_mss", given(in->profile_mss), "learned_mss",
			 given(in->learned_mss));
}

static void add_changes(json_t *to, const uint64_t seen[FAB_MSS_CHANGES])
{
	for (unsigned i = 0; i < MSS_CHANGES; i++)
		json_object_set_new(to, mss_change_names[i],
				    json_integer((json_int_t)seen[i]));
}

/* Sums of a side, and those of each rule that had any. */
static void add_counters(json_t *row, const struct fleet *fleet,
			 const struct config_service *s, enum side side)
{
	struct mss_totals totals = sampler_mss(fleet, s->slot);
	uint64_t sum[FAB_MSS_CHANGES] = { 0 };
	json_t *rules = json_array();

	for (unsigned r = 0; r < MSS_RULES; r++) {
		const uint64_t *seen = totals.seen[side][r];
		uint64_t any = 0;
		json_t *rule;

		for (unsigned i = 0; i < MSS_CHANGES; i++) {
			sum[i] += seen[i];
			any |= seen[i];
		}
		if (!any)
			continue;
		rule = json_pack("{s:s}", "rule", mss_rule_names[r]);
		add_changes(rule, seen);
		json_array_append_new(rules, rule);
	}
	add_changes(row, sum);
	json_object_set_new(row, "by_rule", rules);
}

static json_t *row_json(const struct fleet *fleet,
			const struct config_service *s, enum side side,
			uint16_t vlan)
{
	struct mss_input in = snapshot_mss_input(fleet->config, s, side, vlan);
	struct mss_result mss = mss_compute(&in);

	return json_pack("{s:s, s:s, s:s, s:i, s:s, s:o}", "service", s->name,
			 "side", words_side[side], "family",
			 s->vip.family == 6 ? "ipv6" : "ipv4", "mss",
			 (int)mss.mss, "rule", mss_rule_names[mss.rule],
			 "inputs", inputs_json(&in, vlan));
}

/* How far the servers' majority is known; null when the profile does not ask. */
static json_t *learning_json(const struct fleet *fleet,
			     const struct config_service *s)
{
	const struct config_profile *p = &fleet->config->profiles[s->profile];

	if (!p->learn_interval_s)
		return json_null();
	return json_pack("{s:I, s:I, s:I}", "interval_s",
			 (json_int_t)p->learn_interval_s, "samples",
			 (json_int_t)p->learn_samples, "heard",
			 (json_int_t)learn_heard(fleet, s));
}

static json_t *client_json(const struct fleet *fleet,
			   const struct config_service *s)
{
	json_t *row = row_json(fleet, s, SIDE_CLIENT, s->vlan);

	json_object_set_new(row, "learning", learning_json(fleet, s));
	add_counters(row, fleet, s, SIDE_CLIENT);
	return row;
}

/* The row of the backend with the lowest value, and each backend's own. */
static json_t *server_json(const struct fleet *fleet,
			   const struct config_service *s)
{
	const struct config *c = fleet->config;
	uint16_t lowest = UINT16_MAX, vlan = 0;
	json_t *list = json_array(), *row;

	for (unsigned i = 0; i < s->n_backends; i++) {
		const struct config_backend *b =
			&c->backends[s->first_backend + i];
		struct mss_input in =
			snapshot_mss_input(c, s, SIDE_SERVER, b->vlan);
		struct mss_result mss = mss_compute(&in);

		json_array_append_new(
			list,
			json_pack("{s:s, s:i, s:i, s:s}", "address", b->name,
				  "vlan", (int)b->vlan, "mss", (int)mss.mss,
				  "rule", mss_rule_names[mss.rule]));
		if (mss.mss < lowest) {
			lowest = mss.mss;
			vlan = b->vlan;
		}
	}
	row = row_json(fleet, s, SIDE_SERVER, vlan);
	json_object_set_new(row, "backends", list);
	add_counters(row, fleet, s, SIDE_SERVER);
	return row;
}

static void show(struct api_request *request)
{
	const struct fleet *fleet = request->fleet;
	const char *name = request->args[0];
	json_t *list;

	if (api_wrong_args(request, 0, 1))
		return;
	list = json_array();
	for (unsigned i = 0; i < fleet->config->n_services; i++) {
		const struct config_service *s = &fleet->config->services[i];

		if (name && strcmp(name, s->name))
			continue;
		json_array_append_new(list, client_json(fleet, s));
		json_array_append_new(list, server_json(fleet, s));
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
