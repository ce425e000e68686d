/* SPDX-License-Identifier: BSD-3-Clause */
/* engine.c - an engine takes its slot */
#include "engine.h"

#include <string.h>

#include "clock.h"
#include "ring.h"

static uint64_t counter(const struct engine *e, enum vfl_counter c)
{
	return atomic_load_explicit(&e->self->counters[c],
				    memory_order_relaxed);
}

/*
 * Counters go on where the slot's last process left them, so that sums never
 * step back. What it had in its hands when it died is lost: name it, and the
 * conservation law holds from the first turn.
 */
static void inherit_counters(struct engine *e)
{
	_Atomic uint64_t *drops = e->self->drops;
	uint64_t in = counter(e, CNT_rx_port) + counter(e, CNT_rx_ring);
	uint64_t out = counter(e, CNT_tx) + counter(e, CNT_handed_off) +
		       counter(e, CNT_punted);

	for (unsigned i = 0; i < DROP_COUNT; i++)
		out += drops[i];
	if (in > out)
		drops[DROP_engine_died] += in - out;
	e->self->counters[CNT_held] = 0;
}

/* The packets of another life are not ours: their flows have another owner. */
static void skip_rings(struct engine *e)
{
	struct fabric *f = e->fabric;

	for (unsigned from = 0; from < f->engines_max; from++) {
		struct fab_ring *r = fabric_ring(f, from, e->id);

		atomic_store(&r->tail, atomic_load(&r->head));
	}
}

void engine_init(struct engine *e, struct fabric *fabric, uint8_t id,
		 const struct toeplitz *hash, const struct snat_ports *ports)
{
	memset(e, 0, sizeof(*e));
	e->fabric = fabric;
	e->self = &fabric->engines[id];
	e->id = id;
	e->lb.flows = fabric_at(fabric, fabric->flow_offset);
	e->lb.neighbours = fabric_neighbours(fabric);
	e->lb.paths = fabric_at(fabric, fabric->path_offset);
	e->lb.datagrams = fabric_at(fabric, fabric->datagram_offset);
	e->lb.load = fabric_load(fabric, id);
	e->lb.loads = fabric_load(fabric, 0);
	e->lb.syn = &fabric->syn;
	e->lb.counters = e->self->counters;
	e->lb.hash = hash;
	e->lb.ports = ports;
	e->now_ns = clock_now_ns();
	e->now_us = e->now_ns / 1000;
	/* Whoever starts as a receiver makes itself known. */
	e->neighbour.announce = atomic_load(&fabric->announce) - 1;
	e->mirror.on = fabric->banks == FAB_BANKS;
	e->mirror.round_us = e->now_us;
	e->mirror.read_ms = e->now_us / 1000;
	e->steer.served = e->mirror.on;
	atomic_store(&e->self->cut_held, UINT32_MAX);
	atomic_store(&e->self->cut_closed, UINT32_MAX);
	inherit_counters(e);
	for (unsigned i = 0; i < FAB_SERVICES; i++)
		atomic_store(&e->lb.load->syn[i].cookies_on, 0);
	skip_rings(e);
	atomic_store(&e->self->epoch_seen, 0);
	atomic_store(&e->self->last_rx_us, e->now_us);
	atomic_store(&e->self->heartbeat_us, e->now_us);
}
