// SPDX-License-Identifier: BSD-3-Clause
/* model.c - a fleet on paper: engines of a capacity, a load, and the policy between */
#include "model.h"

#include <math.h>
#include <string.h>

#define WEEK_MIN (7 * 24 * 60)

void model_init(struct model *m, const struct config *config,
		const struct model_limits *limits)
{
	*m = (struct model){
		.config = config,
		.limits = *limits,
		.engines = config->engines_start,
		.target = config->engines_start,
	};
}

/* Busy time per engine that the policy aims at or below. */
static double goal(const struct config_scaling *s)
{
	enum scale_policy_kind kind = s->policy == POLICY_SCHEDULE ? s->inside :
								     s->policy;

	if (kind == POLICY_TARGET)
		return (s->target_busy_pct + s->target_band_pct) / 100.0;
	return s->up[SCALE_busy_pct] / 100.0;
}

unsigned model_ideal(const struct model *m, double demand)
{
	double n = ceil(demand / goal(&m->config->scaling) - 1e-6);

	return (unsigned)fmin(fmax(n, m->config->engines_min),
			      m->config->engines_max);
}

/* Packets that wait at an engine which keeps up: they come at random, it takes the same
 * time for each (M/D/1). */
static double standing_queue(const struct model *m, double busy)
{
	double slots = m->limits.queue_slots;

	return busy < 1 ? fmin(busy * busy / (2 * (1 - busy)), slots) : slots;
}

/* What the sampler would have measured. `done` is the work carried out. */
static struct policy_sample measure(const struct model *m,
				    const struct load *load, double done,
				    double work, double dropped)
{
	double n = m->engines, s = m->config->scaling.sample_ms / 1000.0;
	double capacity = n * m->limits.capacity_pps;
	double busy = done / (capacity * s);
	double queue = fmin(m->backlog / n + standing_queue(m, busy),
			    m->limits.queue_slots);
	double taken = work > 0 ? fmin(done / work, 1) : 1;
	uint64_t minutes = (uint64_t)(m->seconds / 60) + m->week_start_min;
	struct policy_sample p = {
		.now_ms = (uint64_t)(m->seconds * 1000) + 1,
		.week_min = (unsigned)(minutes % WEEK_MIN),
		.engines = m->engines,
		.min = m->config->engines_min,
		.max = m->config->engines_max,
	};

	p.value[SCALE_busy_pct] = (uint32_t)lround(100 * busy);
	p.value[SCALE_queue_packets] = (uint32_t)lround(queue);
	p.value[SCALE_queue_delay_us] =
		(uint32_t)lround(1e6 * queue / m->limits.capacity_pps);
	p.value[SCALE_drops_per_s] = (uint32_t)(dropped / s);
	p.value[SCALE_pps] = (uint32_t)(taken * load->pps / n);
	p.value[SCALE_connections_per_s] =
		(uint32_t)(taken * load->connections_per_s / n);
	p.value[SCALE_connections] = (uint32_t)(load->connections / n);
	p.value[SCALE_flow_table_pct] =
		(uint32_t)fmin(100 * load->connections / m->limits.flows, 100);
	return p;
}

static void begin_change(struct model *m, struct model_step *step,
			 const struct policy_decision *d)
{
	step->up = d->engines > m->engines;
	step->down = d->engines < m->engines;
	memcpy(step->reason, d->reason, sizeof(step->reason));
	m->target = d->engines;
	m->ready_s = m->seconds +
		     (step->up ? m->limits.up_ms : m->limits.down_ms) / 1000.0;
}

struct model_step model_run(struct model *m, const struct load *load)
{
	double s = m->config->scaling.sample_ms / 1000.0;
	double work = s * (load->pps + m->limits.connection_packets *
					       load->connections_per_s);
	double room = m->engines * m->limits.capacity_pps * s;
	double done = fmin(m->backlog + work, room);
	double waits = m->backlog + work - done;
	double dropped = fmax(waits - m->engines * m->limits.queue_slots, 0);
	struct model_step step = {
		.demand = work / s / m->limits.capacity_pps,
		.engines = m->engines,
		.cores = m->target > m->engines ? m->target : m->engines,
		.dropped = dropped,
	};
	struct policy_sample sample;
	struct policy_decision d;

	m->seconds += s;
	m->backlog = waits - dropped;
	sample = measure(m, load, done, work, dropped);
	step.seconds = m->seconds;
	step.ideal = model_ideal(m, step.demand);
	step.busy_pct = sample.value[SCALE_busy_pct];
	step.delay_us = sample.value[SCALE_queue_delay_us];
	if (m->target != m->engines) {
		if (m->seconds >= m->ready_s)
			m->engines = m->target;
		return step;
	}
	d = policy_decide(&m->config->scaling, &sample, &m->policy);
	if (d.engines != m->engines)
		begin_change(m, &step, &d);
	return step;
}
