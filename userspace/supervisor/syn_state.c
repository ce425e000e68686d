// SPDX-License-Identifier: BSD-3-Clause
/* syn_state.c - what the engines do with SYNs of a service, for people */
#include "syn_state.h"

#include <string.h>

#include <event2/buffer.h>

#include "fleet.h"
#include "notice.h"

static const char *const mode_names[] = {
	[SYN_PASS] = "pass",
	[SYN_COOKIE] = "cookie",
	[SYN_PROXY] = "proxy",
};

struct syn_totals {
	int64_t half_open;
	uint64_t sent, valid;
	bool on; /* in one engine at least */
};

static enum syn_mode mode_of(const struct fleet *fleet,
			     const struct config_service *s)
{
	return fleet->config->profiles[s->profile].syn;
}

static struct syn_totals totals(const struct fleet *fleet, unsigned service)
{
	struct syn_totals sum = { 0 };
	uint32_t ready = fleet_ready(fleet);

	for (unsigned slot = 0; slot < FAB_ENGINES; slot++) {
		struct fab_syn_stats *s =
			&fabric_load(fleet->fabric, slot)->syn[service];

		sum.half_open += s->half_open;
		sum.sent += s->cookies_sent;
		sum.valid += s->cookies_valid;
		/* A dead engine's word stays in its slot. */
		sum.on |= mask_has(ready, slot) && s->cookies_on;
	}
	return sum;
}

static bool is_on(const struct fleet *fleet, const struct config_service *s,
		  const struct syn_totals *t)
{
	enum syn_mode mode = mode_of(fleet, s);

	return mode == SYN_PROXY || (mode == SYN_COOKIE && t->on);
}

json_t *syn_state_json(const struct fleet *fleet,
		       const struct config_service *s)
{
	struct syn_totals t = totals(fleet, s->slot);

	return json_pack("{s:s, s:b, s:I, s:I, s:I}", "mode",
			 mode_names[mode_of(fleet, s)], "on",
			 is_on(fleet, s, &t), "half_open",
			 (json_int_t)t.half_open, "cookies_sent",
			 (json_int_t)t.sent, "cookies_valid",
			 (json_int_t)t.valid);
}

static void put_one(struct evbuffer *out, const char *metric,
		    const char *service, long long value)
{
	evbuffer_add_printf(out, "%s{service=\"%s\"} %lld\n", metric, service,
			    value);
}

void syn_state_metrics(struct fleet *fleet, struct evbuffer *out)
{
	static const struct {
		const char *name, *type, *help;
	} metrics[] = {
		{ "vfleet_half_open_connections", "gauge",
		  "Connections of a service whose handshake is not over." },
		{ "vfleet_syn_cookies_on", "gauge",
		  "1 while engines answer the SYNs of a service themselves." },
		{ "vfleet_syn_cookies_sent_total", "counter",
		  "SYNs of a service answered with a cookie." },
		{ "vfleet_syn_cookies_valid_total", "counter",
		  "Cookies of a service that came back and opened a flow." },
	};
	const struct config *c = fleet->config;

	for (unsigned m = 0; m < sizeof(metrics) / sizeof(*metrics); m++) {
		evbuffer_add_printf(out, "# HELP %s %s\n# TYPE %s %s\n",
				    metrics[m].name, metrics[m].help,
				    metrics[m].name, metrics[m].type);
		for (unsigned i = 0; i < c->n_services; i++) {
			const struct config_service *s = &c->services[i];
			struct syn_totals t = totals(fleet, s->slot);
			const long long values[] = { t.half_open,
						     is_on(fleet, s, &t),
						     (long long)t.sent,
						     (long long)t.valid };

			put_one(out, metrics[m].name, s->name, values[m]);
		}
	}
}

void syn_state_turn(struct fleet *fleet)
{
	const struct config *c = fleet->config;

	for (unsigned i = 0; i < c->n_services; i++) {
		const struct config_service *s = &c->services[i];
		struct syn_totals t;
		bool on;

		if (mode_of(fleet, s) != SYN_COOKIE)
			continue;
		t = totals(fleet, s->slot);
		on = is_on(fleet, s, &t);
		if (on == fleet->syn_on[s->slot])
			continue;
		fleet->syn_on[s->slot] = on;
		notice(fleet, on ? "syn_cookies_on" : "syn_cookies_off",
		       json_pack("{s:s, s:I}", "service", s->name, "half_open",
				 (json_int_t)t.half_open),
		       on ? "SYNs of %s are a flood: engines answer them with "
			    "cookies" :
			    "the flood of SYNs for %s is over",
		       s->name);
	}
}
