/* SPDX-License-Identifier: BSD-3-Clause */
/* sim.c - a fleet of real engines in one thread: ports, wire, supervisor, deaths */
#include "sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "loop.h"
#include "ring.h"
#include "sim_inside.h"

struct sim sim;

uint32_t sim_random(uint32_t below)
{
	/* xorshift64*: the same history from the same seed on every machine */
	sim.random ^= sim.random >> 12;
	sim.random ^= sim.random << 25;
	sim.random ^= sim.random >> 27;
	return (uint32_t)((sim.random * 0x2545f4914f6cdd1dull >> 32) % below);
}

void sim_fail(const char *format, ...)
{
	char text[200];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	fail_msg("seed %llu, step %llu: %s", (unsigned long long)sim.seed,
		 (unsigned long long)sim.steps, text);
}

/* Back to the scheduler. _setjmp() rather than swapcontext(), which makes a
 * system call for the signal mask: there are a hundred million switches. */
void sim_yield(void)
{
	struct sim_task *task = sim.running;

	sim.running = NULL;
	if (!_setjmp(task->place))
		_longjmp(sim.scheduler, 1);
}

/* Called at every atomic access and in every port and core function. */
void sim_point(void)
{
	if (sim.running && sim_random(sim.switch_every) == 0)
		sim_yield();
}

static void run(struct sim_task *task)
{
	bool fresh = task->fresh;

	sim.running = task;
	task->fresh = false;
	if (_setjmp(sim.scheduler))
		return;
	if (fresh)
		setcontext(&task->context);
	_longjmp(task->place, 1);
}

/* A task ends by never being run again. */
void sim_end(void)
{
	sim.running->alive = false;
	sim_yield();
}

void sim_task_start(struct sim_task *task, void (*function)(void))
{
	getcontext(&task->context);
	if (!task->stack)
		task->stack = malloc(SIM_STACK_BYTES);
	task->context.uc_stack.ss_sp = task->stack;
	task->context.uc_stack.ss_size = SIM_STACK_BYTES;
	task->context.uc_link = NULL;
	makecontext(&task->context, function, 0);
	task->alive = task->fresh = true;
}

static uint64_t under_way(void)
{
	return sim.result.sent - sim.finished;
}

/* A packet of a stream arrives at a port that is in use. */
static void source(void)
{
	struct sim_engine *s = &sim.engines[sim_random(SIM_ENGINES)];
	uint8_t slice = sim_random(SIM_SLICES);
	struct sim_frame *f;

	if (!s->fed || s->rx.n == SIM_QUEUE ||
	    under_way() >= sim.spec->in_flight)
		return;
	f = &s->rx.frames[(s->rx.first + s->rx.n++) % SIM_QUEUE];
	f->slice = slice;
	f->receiver = s - sim.engines;
	f->id = ++s->streams[slice].sent;
	sim.result.sent++;
}

/* The NIC of an engine sends some of what it was given. */
void sim_nic(struct sim_engine *s, unsigned n)
{
	for (; n && s->tx.n; n--) {
		struct sim_frame f = s->tx.frames[s->tx.first];
		struct sim_stream *stream =
			&sim.engines[f.receiver].streams[f.slice];

		s->tx.first = (s->tx.first + 1) % SIM_QUEUE;
		s->tx.n--;
		if (f.id <= stream->on_wire)
			sim_fail(
				"engine %d sent packet %u of slice %u after %u",
				(int)(s - sim.engines), f.id, f.slice,
				stream->on_wire);
		stream->on_wire = f.id;
		sim.result.on_wire++;
		sim.finished++;
	}
}

/* The engine's process is gone, in the middle of whatever it did. */
static void kill_one(void)
{
	struct sim_engine *s = &sim.engines[sim_random(SIM_ENGINES)];
	unsigned living = 0;

	for (unsigned i = 0; i < SIM_ENGINES; i++)
		living += sim.engines[i].task.alive &&
			  sim.engines[i].self->state == ENGINE_READY;
	if (!sim.deaths_left || !s->task.alive || living < 2 ||
	    s->self->state == ENGINE_STARTING)
		return;
	sim.deaths_left--;
	s->task.alive = false;
	s->fed = false;
	s->died = true;
	/* A packet that was freed may be in a ring slot not yet published. */
	sim.result.at_risk += s->bufs_used + s->bufs_freed + s->rx.n + s->tx.n;
	s->rx.n = s->tx.n = 0;
	for (unsigned i = 0; i < SIM_SLICES; i++)
		if (sim.processing[i] == s->id + 1)
			sim.processing[i] = 0;
}

static void resolve_one(unsigned slice)
{
	fabric_neighbours(sim.fabric)[slice].mac = 1;
}

/* Time goes on, and what does not depend on engines happens. */
void sim_let_time_pass(uint64_t us)
{
	for (unsigned s = 0; s < SIM_SLICES; s++)
		resolve_one(s);
	for (unsigned i = 0; i < SIM_ENGINES; i++)
		sim_nic(&sim.engines[i], SIM_QUEUE);
	sim.now_us += us;
}

static void step(void)
{
	uint32_t what = sim_random(64);

	sim.steps++;
	sim.now_us += sim_random(2);
	if (what < 12)
		source();
	else if (what < 20)
		sim_nic(&sim.engines[sim_random(SIM_ENGINES)],
			1 + sim_random(8));
	else if (what == 20)
		resolve_one(sim_random(SIM_SLICES));
	else if (what == 21 && sim_random(16) == 0)
		kill_one();
	else if (what < 26 && sim.supervisor.alive)
		run(&sim.supervisor);
	else if (sim.engines[what % SIM_ENGINES].task.alive)
		run(&sim.engines[what % SIM_ENGINES].task);
}

static void set_up(uint64_t seed, const struct sim_spec *spec)
{
	struct fabric_limits limits = {
		.engines_max = SIM_ENGINES,
		.ring_slots = spec->ring_slots,
		.frame_bytes_max = SIM_FRAME_BYTES,
		.hold_slots = spec->hold_slots,
		.snapshot_bytes = sizeof(struct snapshot),
	};
	static const uint8_t key[FAB_HASH_KEY_BYTES];
	struct snapshot *snap;
	char err[100];
	int fd;

	sim.seed = seed;
	sim.random = (seed + 1) * 0x9e3779b97f4a7c15ull;
	sim.spec = spec;
	sim.deaths_left = spec->deaths;
	sim.switch_every = 1u << (1 + sim_random(7));
	sim.now_us = 1000000;
	sim.fabric = fabric_create(&limits, key, &fd, err, sizeof(err));
	assert_non_null(sim.fabric);
	sim.fd = fd;
	snap = fabric_at(sim.fabric, sim.fabric->snapshots[1].offset);
	snap->generation = 1;
	sim.fabric->snapshot_generation = 1;
	for (unsigned i = 0; i < SIM_ENGINES; i++) {
		sim.engines[i].self = &sim.fabric->engines[i];
		sim.engines[i].id = i;
	}
}

static void tear_down(void)
{
	fabric_detach(sim.fabric);
	close(sim.fd);
	for (unsigned i = 0; i < SIM_ENGINES; i++) {
		free(sim.engines[i].task.stack);
		sim_free_bufs(&sim.engines[i]);
	}
	free(sim.supervisor.stack);
}

static bool everything_arrived(void)
{
	for (unsigned i = 0; i < SIM_ENGINES; i++) {
		struct sim_engine *s = &sim.engines[i];

		if (s->task.alive &&
		    (s->rx.n || s->tx.n || s->bufs_used || sim_ring_packets(i)))
			return false;
	}
	return true;
}

/* A packet can be between two places for a moment: look for longer. */
static void drain(void)
{
	uint64_t end = sim.steps + SIM_STEPS;

	for (unsigned still = 0; still < SIM_STILL; still++) {
		step();
		if (!everything_arrived())
			still = 0;
		if (sim.steps > end)
			sim_fail("packets do not arrive");
	}
}

static void collect(struct sim_result *r)
{
	for (unsigned i = 0; i < SIM_ENGINES; i++) {
		struct fab_engine *self = sim.engines[i].self;

		r->seq_lost += self->counters[CNT_seq_lost];
		r->seq_reordered += self->counters[CNT_seq_reordered];
		for (unsigned d = 0; d < DROP_COUNT; d++) {
			if (d == DROP_engine_died || !self->drops[d])
				continue;
			r->dropped += self->drops[d];
			r->drop = vfl_drop_names[d];
		}
		r->at_risk += sim_ring_packets(i);
	}
}

struct sim_result sim_run(uint64_t seed, const struct sim_spec *spec)
{
	struct sim_result result;

	memset(&sim, 0, sizeof(sim)); /* a failed history was left as it was */
	set_up(seed, spec);
	sim_supervisor_start();
	while (sim.supervisor.alive) {
		step();
		if (sim.steps > SIM_STEPS)
			sim_fail("the supervisor waits for ever: %s",
				 sim.doing);
	}
	for (unsigned i = 0; i < SIM_ENGINES; i++)
		sim.engines[i].fed = false;
	sim.deaths_left = 0;
	sim.doing = "packets to arrive";
	drain();
	sim.result.seed = seed;
	collect(&sim.result);
	result = sim.result;
	tear_down();
	return result;
}
