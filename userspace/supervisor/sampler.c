// SPDX-License-Identifier: BSD-3-Clause
/* sampler.c - rates from the fabric's counters */
#include "sampler.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "fleet.h"
#include "flow.h"

/* Time over which the load of a slice is smoothed. */
#define SLICE_SMOOTH_S 3.0

struct engine_sample {
	uint64_t busy_us, rx, tx;
	uint64_t queue_us, taken; /* packets from ports and rings */
	uint64_t drops;
};

struct sampler {
	uint64_t taken_us; /* 0: never */
	struct engine_sample engines[FAB_ENGINES];
	struct engine_rates engine_rates[FAB_ENGINES];
	struct service_totals services[FAB_SERVICES];
	struct service_rates service_rates[FAB_SERVICES];
	uint32_t slices[FAB_SLICES]; /* packets received, by slice */
	double slice_pps[FAB_SLICES]; /* smoothed */
	uint32_t slice_load[FAB_SLICES]; /* the same, whole */
	unsigned top_slice_pct;
};

struct sampler *sampler_new(void)
{
	return calloc(1, sizeof(struct sampler));
}

static double rate(uint64_t now, uint64_t before, double seconds)
{
	return (double)(now - before) / seconds;
}

/* Packets that were lost because the engine did not get to them. */
static uint64_t overload_drops(const struct fab_engine *e)
{
	return e->counters[CNT_rx_missed] + e->drops[DROP_ring_full] +
	       e->drops[DROP_hold_full] + e->drops[DROP_tx_full] +
	       e->drops[DROP_no_mbuf];
}

static void sample_engine(struct fleet *fleet, unsigned slot, double seconds)
{
	struct fab_engine *e = &fleet->fabric->engines[slot];
	struct sampler *s = fleet->sampler;
	struct engine_sample *old = &s->engines[slot];
	struct engine_sample new = {
		.busy_us = e->counters[CNT_busy_us],
		.rx = e->counters[CNT_rx_port],
		.tx = e->counters[CNT_tx],
		.queue_us = e->counters[CNT_queue_us],
		.taken = e->counters[CNT_rx_port] + e->counters[CNT_rx_ring],
		.drops = overload_drops(e),
	};
	double waited = rate(new.queue_us, old->queue_us, seconds);
	double taken = rate(new.taken, old->taken, seconds);
	double busy = rate(new.busy_us, old->busy_us, seconds) / 1e4;

	s->engine_rates[slot] = (struct engine_rates){
		.busy_pct = busy > 100 ? 100 : busy,
		.rx_pps = rate(new.rx, old->rx, seconds),
		.tx_pps = rate(new.tx, old->tx, seconds),
		.queue_packets = waited / 1e6,
		/* Little's law: length is rate times time. */
		.queue_delay_us = taken > 0 ? waited / taken : 0,
		.drops_per_s = rate(new.drops, old->drops, seconds),
	};
	*old = new;
}

static void sample_service(struct fleet *fleet, unsigned slot, double seconds)
{
	struct sampler *s = fleet->sampler;
	struct service_totals *old = &s->services[slot];
	struct service_totals new = sampler_totals(fleet, slot);

	s->service_rates[slot] = (struct service_rates){
		.connections_per_s = rate(new.connections_total,
					  old->connections_total, seconds),
		.packets_per_s = rate(new.packets, old->packets, seconds),
		.bits_per_s = 8 * rate(new.bytes, old->bytes, seconds),
	};
	*old = new;
}

static void sample_slices(struct fleet *fleet, double seconds)
{
	struct sampler *s = fleet->sampler;
	double part = seconds / (seconds + SLICE_SMOOTH_S);
	uint64_t all = 0, top = 0;

	for (unsigned slice = 0; slice < FAB_SLICES; slice++) {
		uint32_t sum = 0, delta;

		for (unsigned slot = 0; slot < FAB_ENGINES; slot++)
			sum += fleet->fabric->engines[slot].sent[slice];
		delta = sum - s->slices[slice];
		s->slices[slice] = sum;
		s->slice_pps[slice] +=
			part * (delta / seconds - s->slice_pps[slice]);
		s->slice_load[slice] = (uint32_t)s->slice_pps[slice];
		all += delta;
		if (delta > top)
			top = delta;
	}
	s->top_slice_pct = all ? (unsigned)(100 * top / all) : 0;
}

void sampler_take(struct fleet *fleet)
{
	struct sampler *s = fleet->sampler;
	uint64_t now_us = clock_us();
	double seconds = (double)(now_us - s->taken_us) / 1e6;
	bool first = !s->taken_us;

	s->taken_us = now_us;
	for (unsigned slot = 0; slot < FAB_ENGINES; slot++)
		sample_engine(fleet, slot, seconds);
	for (unsigned i = 0; i < fleet->config->n_services; i++)
		sample_service(fleet, fleet->config->services[i].slot, seconds);
	sample_slices(fleet, seconds);
	if (!first)
		return;
	/* There was nothing to compare with. */
	memset(s->engine_rates, 0, sizeof(s->engine_rates));
	memset(s->service_rates, 0, sizeof(s->service_rates));
	s->top_slice_pct = 0;
	memset(s->slice_pps, 0, sizeof(s->slice_pps));
	memset(s->slice_load, 0, sizeof(s->slice_load));
}

const uint32_t *sampler_slices(const struct fleet *fleet)
{
	return fleet->sampler->slice_load;
}

struct engine_rates sampler_engine(const struct fleet *fleet, unsigned slot)
{
	return fleet->sampler->engine_rates[slot];
}

struct service_rates sampler_service(const struct fleet *fleet,
				     unsigned service_slot)
{
	return fleet->sampler->service_rates[service_slot];
}

static uint32_t whole(double value)
{
	return value > UINT32_MAX ? UINT32_MAX :
	       value > 0	  ? (uint32_t)(value + 0.5) :
				    0;
}

static uint32_t most(uint32_t a, double b)
{
	return b > a ? whole(b) : a;
}

/* Minute of the week, local time, from Monday on. */
static unsigned minute_of_week(void)
{
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm tm;

	localtime_r(&now, &tm);
	return (unsigned)((tm.tm_wday + 6) % 7 * 24 + tm.tm_hour) * 60 +
	       (unsigned)tm.tm_min;
}

struct policy_sample sampler_fleet(const struct fleet *fleet)
{
	const struct sampler *s = fleet->sampler;
	uint32_t ready = fleet_ready(fleet);
	struct policy_sample p = {
		.now_ms = clock_us() / 1000,
		.week_min = minute_of_week(),
		.engines = mask_count(ready),
		.min = fleet->config->engines_min,
		.max = fleet->config->engines_max,
		.top_slice_pct = s->top_slice_pct,
	};
	double busy = 0, pps = 0, drops = 0, opened = 0, open = 0;

	FOREACH_ENGINE(slot, ready) {
		const struct engine_rates *r = &s->engine_rates[slot];

		busy += r->busy_pct;
		pps += r->rx_pps;
		drops += r->drops_per_s;
		p.value[SCALE_queue_packets] =
			most(p.value[SCALE_queue_packets], r->queue_packets);
		p.value[SCALE_queue_delay_us] =
			most(p.value[SCALE_queue_delay_us], r->queue_delay_us);
	}
	for (unsigned i = 0; i < fleet->config->n_services; i++) {
		unsigned slot = fleet->config->services[i].slot;

		opened += s->service_rates[slot].connections_per_s;
		open += (double)s->services[slot].connections;
	}
	if (!p.engines)
		return p;
	p.value[SCALE_busy_pct] = whole(busy / p.engines);
	p.value[SCALE_pps] = whole(pps / p.engines);
	p.value[SCALE_drops_per_s] = whole(drops);
	p.value[SCALE_connections_per_s] = whole(opened / p.engines);
	p.value[SCALE_connections] = whole(open / p.engines);
	p.value[SCALE_flow_table_pct] = flow_fill_pct(
		fabric_at(fleet->fabric, fleet->fabric->flow_offset));
	return p;
}

struct service_totals sampler_totals(const struct fleet *fleet,
				     unsigned service_slot)
{
	struct service_totals sum = { 0 };

	for (unsigned slot = 0; slot < FAB_ENGINES; slot++) {
		struct fab_service_stats *s = &fabric_load(fleet->fabric, slot)
						       ->services[service_slot];

		sum.connections += s->connections;
		sum.connections_total += s->connections_total;
		sum.packets += s->packets;
		sum.bytes += s->bytes;
	}
	return sum;
}

int64_t sampler_backend_connections(const struct fleet *fleet,
				    unsigned backend_slot)
{
	int64_t sum = 0;

	for (unsigned slot = 0; slot < FAB_ENGINES; slot++)
		sum += fabric_load(fleet->fabric, slot)
			       ->backend_connections[backend_slot];
	return sum;
}

struct mss_totals sampler_mss(const struct fleet *fleet, unsigned service_slot)
{
	struct mss_totals sum = { 0 };

	for (unsigned slot = 0; slot < FAB_ENGINES; slot++) {
		const struct fab_mss_stats *s =
			&fabric_load(fleet->fabric, slot)->mss[service_slot];

		for (unsigned side = 0; side < FAB_SIDES; side++)
			for (unsigned r = 0; r < FAB_MSS_RULES; r++)
				for (unsigned i = 0; i < FAB_MSS_CHANGES; i++)
					sum.seen[side][r][i] +=
						s->seen[side][r][i];
	}
	return sum;
}
