/* SPDX-License-Identifier: BSD-3-Clause */
/* sampler.h - rates from the fabric's counters */
#ifndef SUPERVISOR_SAMPLER_H
#define SUPERVISOR_SAMPLER_H

#include <stdint.h>

#include "fabric.h"
#include "policy.h"

struct fleet;

struct engine_rates {
	double busy_pct, rx_pps, tx_pps;
	double queue_packets; /* that wait, on average */
	double queue_delay_us; /* that one waits, on average */
	double drops_per_s; /* for want of room or time */
};

struct service_rates {
	double connections_per_s, packets_per_s, bits_per_s;
};

/* Sums over all engines since the fabric exists. */
struct service_totals {
	int64_t connections;
	uint64_t connections_total, packets, bytes;
};

struct sampler *sampler_new(void);

/* Takes a sample; rates are those since the one before. */
void sampler_take(struct fleet *fleet);

/* Of the last sample. */
struct engine_rates sampler_engine(const struct fleet *fleet, unsigned slot);
struct service_rates sampler_service(const struct fleet *fleet,
				     unsigned service_slot);

/* The whole fleet, as policies see it. */
struct policy_sample sampler_fleet(const struct fleet *fleet);

/* Packets per second of each slice, over the last moments: what engines are evened out
 * by. Valid until the next sample. */
const uint32_t *sampler_slices(const struct fleet *fleet);

/* As of now. */
struct service_totals sampler_totals(const struct fleet *fleet,
				     unsigned service_slot);
/* SYNs by side, rule and outcome, over all engines. */
struct mss_totals {
	uint64_t seen[FAB_SIDES][FAB_MSS_RULES][FAB_MSS_CHANGES];
};
struct mss_totals sampler_mss(const struct fleet *fleet, unsigned service_slot);

int64_t sampler_backend_connections(const struct fleet *fleet,
				    unsigned backend_slot);

#endif
