// SPDX-License-Identifier: BSD-3-Clause
/* metrics.c - Prometheus text on api.metrics */
#include "metrics.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "fleet.h"
#include "lease.h"
#include "ledger.h"
#include "mss.h"
#include "notice.h"
#include "sampler.h"
#include "syn_state.h"
#include "standby.h"
#include "words.h"

/* Upper bounds of vfleet_scale_pause_seconds. */
static const double pause_bounds[] = { 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03,
				       0.1,    0.3,    1,     3,     10 };
#define PAUSES	 (sizeof(pause_bounds) / sizeof(pause_bounds[0]))
#define OUTCOMES (EVENT_ABORTED + 1)

struct metrics {
	struct evhttp *http; /* NULL: off */
	uint64_t outcomes[OUTCOMES];
	uint64_t pauses[PAUSES + 1]; /* not cumulative; the last is +Inf */
	double pause_sum_s;
};

static void count_event(struct metrics *m, const struct fab_event *event)
{
	double pause_s = event->pause_us / 1e6;
	unsigned i = 0;

	if (event->outcome >= OUTCOMES)
		return;
	m->outcomes[event->outcome]++;
	if (event->outcome != EVENT_DONE)
		return;
	while (i < PAUSES && pause_s > pause_bounds[i])
		i++;
	m->pauses[i]++;
	m->pause_sum_s += pause_s;
}

void metrics_note_event(struct fleet *fleet, const struct fab_event *event)
{
	count_event(fleet->metrics, event);
}

static void head(struct evbuffer *out, const char *name, const char *type,
		 const char *help)
{
	evbuffer_add_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help,
			    name, type);
}

static void put_engines(struct fleet *fleet, struct evbuffer *out)
{
	head(out, "vfleet_engines", "gauge", "Engines that process packets.");
	evbuffer_add_printf(out, "vfleet_engines %u\n",
			    mask_count(fleet_ready(fleet)));
	head(out, "vfleet_standby_engines", "gauge",
	     "Engines started ahead that wait to serve.");
	evbuffer_add_printf(out, "vfleet_standby_engines %u\n",
			    mask_count(standby_asleep(fleet)));
	head(out, "vfleet_engine_busy_ratio", "gauge",
	     "Share of time an engine's loop had packets.");
	FOREACH_ENGINE(slot, fleet_ready(fleet))
		evbuffer_add_printf(
			out, "vfleet_engine_busy_ratio{engine=\"%u\"} %.4f\n",
			slot, sampler_engine(fleet, slot).busy_pct / 100);
}

static void put_packets(struct fleet *fleet, struct evbuffer *out)
{
	head(out, "vfleet_packets_total", "counter",
	     "Packets an engine took from its ports (rx) or sent on them (tx).");
	FOREACH_ENGINE(slot, fleet_used(fleet)) {
		const struct fab_engine *e = &fleet->fabric->engines[slot];

		evbuffer_add_printf(
			out,
			"vfleet_packets_total{engine=\"%u\",dir=\"rx\"} %llu\n"
			"vfleet_packets_total{engine=\"%u\",dir=\"tx\"} %llu\n",
			slot, (unsigned long long)e->counters[CNT_rx_port],
			slot, (unsigned long long)e->counters[CNT_tx]);
	}
	head(out, "vfleet_drops_total", "counter",
	     "Packets dropped, by reason.");
	FOREACH_ENGINE(slot, fleet_used(fleet))
		for (unsigned i = 0; i < DROP_COUNT; i++)
			evbuffer_add_printf(
				out,
				"vfleet_drops_total{engine=\"%u\",reason=\"%s\"} %llu\n",
				slot, vfl_drop_names[i],
				(unsigned long long)fleet->fabric->engines[slot]
					.drops[i]);
}

static void put_services(struct fleet *fleet, struct evbuffer *out)
{
	head(out, "vfleet_connections", "gauge", "Connections of a service.");
	for (unsigned i = 0; i < fleet->config->n_services; i++) {
		const struct config_service *s = &fleet->config->services[i];

		evbuffer_add_printf(
			out, "vfleet_connections{service=\"%s\"} %lld\n",
			s->name,
			(long long)sampler_totals(fleet, s->slot).connections);
	}
}

static void put_mss_of(struct fleet *fleet, struct evbuffer *out,
		       const struct config_service *s)
{
	struct mss_totals t = sampler_mss(fleet, s->slot);

	for (unsigned side = 0; side < FAB_SIDES; side++)
		for (unsigned r = 0; r < MSS_RULES; r++)
			for (unsigned i = 0; i < MSS_CHANGES; i++)
				if (t.seen[side][r][i])
					evbuffer_add_printf(
						out,
						"vfleet_mss_total{service=\"%s\",side=\"%s\","
						"rule=\"%s\",change=\"%s\"} %llu\n",
						s->name, words_side[side],
						mss_rule_names[r],
						mss_change_names[i],
						(unsigned long long)
							t.seen[side][r][i]);
}

static void put_mss(struct fleet *fleet, struct evbuffer *out)
{
	head(out, "vfleet_mss_total", "counter",
	     "SYNs and SYN-ACKs that left on a side, by what became of their MSS.");
	for (unsigned i = 0; i < fleet->config->n_services; i++)
		put_mss_of(fleet, out, &fleet->config->services[i]);
}

static void put_events(struct fleet *fleet, struct evbuffer *out)
{
	const struct metrics *m = fleet->metrics;
	uint64_t sum = 0;

	head(out, "vfleet_scale_events_total", "counter",
	     "Changes of the fleet that ended, by outcome.");
	for (unsigned i = EVENT_DONE; i < OUTCOMES; i++)
		evbuffer_add_printf(
			out, "vfleet_scale_events_total{outcome=\"%s\"} %llu\n",
			event_outcome_names[i],
			(unsigned long long)m->outcomes[i]);
	head(out, "vfleet_scale_pause_seconds", "histogram",
	     "Longest wait of a slice in each change of the fleet.");
	for (unsigned i = 0; i < PAUSES; i++) {
		sum += m->pauses[i];
		evbuffer_add_printf(
			out,
			"vfleet_scale_pause_seconds_bucket{le=\"%g\"} %llu\n",
			pause_bounds[i], (unsigned long long)sum);
	}
	sum += m->pauses[PAUSES];
	evbuffer_add_printf(
		out,
		"vfleet_scale_pause_seconds_bucket{le=\"+Inf\"} %llu\n"
		"vfleet_scale_pause_seconds_sum %.6f\n"
		"vfleet_scale_pause_seconds_count %llu\n",
		(unsigned long long)sum, m->pause_sum_s,
		(unsigned long long)sum);
}

static void put_leases(struct fleet *fleet, struct evbuffer *out)
{
	const struct config_port *ports = fleet->config->ports;
	bool same =
		!strcmp(ports[SIDE_CLIENT].device, ports[SIDE_SERVER].device);

	head(out, "vfleet_vf_leases", "gauge", "Leased VFs of a PF.");
	for (unsigned side = 0; side < FAB_SIDES; side++) {
		int n;

		if (ports[side].provider != PROVIDER_VF || (side && same))
			continue;
		n = lease_count(fleet, ports[side].device);
		if (n >= 0)
			evbuffer_add_printf(out,
					    "vfleet_vf_leases{pf=\"%s\"} %d\n",
					    ports[side].device, n);
	}
}

static void on_request(struct evhttp_request *request, void *arg)
{
	struct evbuffer *out = evbuffer_new();
	struct fleet *fleet = arg;

	if (!out) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	put_engines(fleet, out);
	put_packets(fleet, out);
	put_services(fleet, out);
	syn_state_metrics(fleet, out);
	put_mss(fleet, out);
	put_events(fleet, out);
	put_leases(fleet, out);
	evhttp_add_header(evhttp_request_get_output_headers(request),
			  "Content-Type",
			  "text/plain; version=0.0.4; charset=utf-8");
	evhttp_send_reply(request, HTTP_OK, "OK", out);
	evbuffer_free(out);
}

/* "127.0.0.1:9108" or "[::1]:9108", checked when the configuration was read. */
static bool listen_at(struct evhttp *http, const char *endpoint)
{
	const char *colon = strrchr(endpoint, ':');
	bool bracketed = *endpoint == '[';
	char host[64];

	snprintf(host, sizeof(host), "%.*s",
		 (int)(colon - endpoint) - 2 * bracketed, endpoint + bracketed);
	return evhttp_bind_socket(http, host, (uint16_t)atoi(colon + 1)) == 0;
}

/* What the ledger has from before a takeover. */
static void count_past(struct metrics *m, struct fabric *f)
{
	const struct fab_event *e;

	for (e = ledger_first(f); e; e = ledger_next(f, e))
		if (e->outcome != EVENT_RUNNING)
			count_event(m, e);
}

struct metrics *metrics_new(struct fleet *fleet, char *err, size_t err_bytes)
{
	struct metrics *m = calloc(1, sizeof(*m));
	const char *endpoint = fleet->config->api_metrics;

	if (!m) {
		snprintf(err, err_bytes, "out of memory");
		return NULL;
	}
	count_past(m, fleet->fabric);
	if (!*endpoint)
		return m;
	m->http = evhttp_new(fleet->base);
	if (m->http) {
		evhttp_set_allowed_methods(m->http,
					   EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
		evhttp_set_cb(m->http, "/metrics", on_request, fleet);
		errno = 0;
		if (listen_at(m->http, endpoint))
			return m;
	}
	snprintf(err, err_bytes, "cannot listen on %s (api.metrics): %s",
		 endpoint, errno ? strerror(errno) : "out of memory");
	if (m->http)
		evhttp_free(m->http);
	free(m);
	return NULL;
}
