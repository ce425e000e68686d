/* SPDX-License-Identifier: BSD-3-Clause */
/* upkeep.c - what an engine does beside moving packets */
#include "upkeep.h"

#include <stdatomic.h>
#include <stdio.h>

#include "endpoint.h"
#include "engine.h"
#include "loop.h"
#include "syn.h"

#define ROUND_US      1000
#define SWEEP_SLICES  4 /* per round: all 256 in 64 ms */
#define SWEEP_RECORDS 128 /* per slice and round */
#define QUIET_US      200000 /* no packet this long: nobody sends to us any more */
#define LEAVE_US      2000000 /* who still sends then has not heard, and will not */

static atomic_int leave_signal; /* w: signal handler, loop */

void upkeep_ask_leave(int signal)
{
	atomic_store(&leave_signal, signal);
}

static void add(_Atomic uint64_t *to, uint64_t *from, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!from[i])
			continue;
		atomic_store_explicit(
			&to[i],
			atomic_load_explicit(&to[i], memory_order_relaxed) +
				from[i],
			memory_order_relaxed);
		from[i] = 0;
	}
}

static void set(struct engine *e, enum vfl_counter c, uint64_t value)
{
	atomic_store_explicit(&e->self->counters[c], value,
			      memory_order_relaxed);
}

void upkeep_publish(struct engine *e)
{
	/* rx is among the first: a crash in between leaves packets to explain,
	 * never packets too many. */
	add(e->self->counters, e->counts, CNT_COUNT);
	add(e->self->drops, e->drops, DROP_COUNT);
	set(e, CNT_held,
	    e->hold.n + e->pending.queue.n + e->handoff.stashed +
		    e->pieces.queue.n);
}

/* Expire flows of some of the slices this engine owns. */
static void sweep(struct engine *e)
{
	for (unsigned i = 0; i < SWEEP_SLICES; i++) {
		uint8_t s = e->upkeep.sweep_next++;
		uint32_t word;

		if (e->mirror.on) {
			mirror_sweep(e, s, SWEEP_RECORDS);
			continue;
		}
		word = atomic_load_explicit(&e->fabric->slices[s],
					    memory_order_acquire);

		if (slice_owner(word) == e->id && !(word & SLICE_RECOVER))
			lb_sweep(&e->lb, s, SWEEP_RECORDS);
	}
}

/* True while a slice or an address counts on this engine. */
static bool has_duties(const struct engine *e)
{
	if (e->mirror.on && mirror_has_slices(e))
		return true;
	for (unsigned s = 0; !e->mirror.on && s < FAB_SLICES; s++) {
		uint32_t word = atomic_load(&e->fabric->slices[s]);

		if (slice_owner(word) == e->id || slice_target(word) == e->id)
			return true;
	}
	for (unsigned a = 0; a < FAB_ADDRESSES; a++)
		if (atomic_load(&e->fabric->receivers[a]) == e->id)
			return true;
	return false;
}

/* True when nothing is on its way through this engine. */
static bool is_quiet(struct engine *e)
{
	uint64_t last_us = atomic_load_explicit(&e->self->last_rx_us,
						memory_order_relaxed);

	return ((e->now_us - last_us >= QUIET_US && loop_transmitted(e)) ||
		e->now_us - e->upkeep.leave_since_us >= LEAVE_US) &&
	       !e->hold.n && !e->pending.queue.n && !e->pieces.queue.n &&
	       !e->handoff.stashed && handoff_fenced(e) && handoff_empty(e);
}

static void decide_leave(struct engine *e)
{
	bool told = atomic_load(&e->self->state) == ENGINE_STOPPING;
	int signal = atomic_load(&leave_signal);

	if (!told && !signal)
		return;
	if (has_duties(e)) {
		if (signal && !told)
			fprintf(stderr,
				"vfleet-engine %u: signal %d ignored: "
				"it owns slices or addresses; use 'vfleet engine "
				"stop %u'\n",
				e->id, signal, e->id);
		atomic_store(&leave_signal, 0);
		e->upkeep.leave_since_us = 0;
		return;
	}
	if (!e->upkeep.leave_since_us)
		e->upkeep.leave_since_us = e->now_us;
	e->upkeep.done = is_quiet(e);
}

void upkeep_turn(struct engine *e)
{
	struct upkeep *u = &e->upkeep;

	if (e->now_us - u->last_us < ROUND_US)
		return;
	queue_measure(e, u->last_us ? e->now_us - u->last_us : 0);
	u->last_us = e->now_us;
	set(e, CNT_busy_us, e->idle.busy_ns / 1000);
	set(e, CNT_sleep_us, e->idle.sleep_ns / 1000);
	atomic_store_explicit(&e->self->heartbeat_us, e->now_us,
			      memory_order_relaxed);
	sweep(e);
	loop_send_made(e);
	syn_turn(&e->lb);
	endpoint_turn(e);
	neighbour_turn(e);
	for (unsigned side = 0; side < FAB_SIDES; side++)
		port_watch(&e->ports[side], e->now_us);
	if (port_wanted_back()) {
		snprintf(e->self->error, sizeof(e->self->error),
			 "the kernel wants a port's device back");
		e->upkeep.failed = e->upkeep.done = true;
		return;
	}
	decide_leave(e);
}
