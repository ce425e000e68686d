/* SPDX-License-Identifier: BSD-3-Clause */
/* sim_supervisor.c - a supervisor that changes its mind all the time */
#include <string.h>

#include "loop.h"
#include "ring.h"
#include "sim_inside.h"

static _Atomic uint32_t *word_of(unsigned slice)
{
	return &sim.fabric->slices[slice];
}

static bool is_ready(unsigned id)
{
	return id < SIM_ENGINES && sim.engines[id].self->state == ENGINE_READY;
}

static uint8_t any_ready(void)
{
	unsigned id = sim_random(SIM_ENGINES);

	while (!is_ready(id))
		id = (id + 1) % SIM_ENGINES;
	return id;
}

static void tell_engines(void)
{
	uint32_t members = 0;

	for (unsigned i = 0; i < SIM_ENGINES; i++)
		members |= (uint32_t)is_ready(i) << i;
	sim_point();
	sim.fabric->epoch_members = members;
	sim_point();
	sim.fabric->steer_epoch++;
}

uint64_t sim_ring_packets(unsigned to)
{
	uint64_t packets = 0;

	for (unsigned from = 0; from < SIM_ENGINES; from++) {
		struct fab_ring *r = fabric_ring(sim.fabric, from, to);

		for (uint32_t i = r->tail; i != r->head; i++)
			packets += ring_slot(sim.fabric, r, i)->kind ==
				   SLOT_PACKET;
	}
	return packets;
}

static void engine_main(void)
{
	struct sim_task *task = sim.running;
	struct sim_engine *s = (struct sim_engine *)task;
	struct engine *e = &s->engine;
	unsigned id = s->id;

	engine_init(e, sim.fabric, id, NULL, NULL);
	e->pool = (struct buf_pool *)s;
	for (unsigned side = 0; side < FAB_SIDES; side++) {
		e->ports[side].ethdev = id;
		e->ports[side].side = side;
		memset(e->ports[side].mac, 2 + 2 * id, 6);
	}
	sim_point();
	s->self->state = ENGINE_READY;
	while (loop_turn(e))
		;
	s->self->state = ENGINE_STOPPED;
	sim_end();
}

static void start_engine(unsigned id)
{
	struct sim_engine *s = &sim.engines[id];

	/* Its packets in the rings of the last one are skipped by the new one. */
	sim.result.at_risk += sim_ring_packets(id);
	sim_free_bufs(s);
	s->free_bufs = NULL;
	s->bufs_used = s->bufs_freed = 0;
	sim.result.starts++;
	s->self->state = ENGINE_STARTING;
	sim_task_start(&s->task, engine_main);
}

/* What the pidfd tells, some time later: give the slices of the dead away. */
static void reap(void)
{
	for (unsigned i = 0; i < SIM_ENGINES; i++) {
		struct sim_engine *s = &sim.engines[i];

		if (!s->died || sim_random(4))
			continue;
		s->died = false;
		s->self->state = ENGINE_DEAD;
		sim.result.adoptions++;
	}
	for (unsigned s = 0, told = 0; s <= SIM_SLICES; s++) {
		uint32_t word = s < SIM_SLICES ? *word_of(s) : 0;
		uint8_t to = slice_target(word);

		if (s == SIM_SLICES) {
			if (told)
				tell_engines();
			break;
		}
		if (sim.engines[slice_owner(word)].self->state != ENGINE_DEAD)
			continue;
		to = is_ready(to) ? to : any_ready();
		sim_point();
		sim.torn[s] = true;
		*word_of(s) = slice_word(to, to, SLICE_RECOVER);
		told++;
	}
}

/* Let the others run, look after the dead. */
static void wait_a_little(const char *what)
{
	sim.doing = what;
	sim_yield();
	reap();
}

static bool at_rest(void)
{
	for (unsigned s = 0; s < SIM_SLICES; s++)
		if (*word_of(s) & (SLICE_MOVING | SLICE_RECOVER))
			return false;
	for (unsigned i = 0; i < SIM_ENGINES; i++) {
		if (sim.engines[i].died)
			return false;
		if (is_ready(i) &&
		    sim.engines[i].self->epoch_seen != sim.fabric->steer_epoch)
			return false;
	}
	return true;
}

static void wait_for_rest(void)
{
	while (!at_rest())
		wait_a_little("a move to end");
}

/* Move slices: those of `from`, or any, to other engines. */
static void move(int from)
{
	unsigned n = 0;

	wait_for_rest();
	for (unsigned s = 0; s < SIM_SLICES; s++) {
		uint8_t owner = slice_owner(*word_of(s)), to = any_ready();

		if (to == owner || to == from ||
		    (from >= 0 ? owner != from : sim_random(2)))
			continue;
		sim_point();
		*word_of(s) = slice_word(owner, to, SLICE_MOVING);
		n++;
	}
	sim_point();
	if (n) {
		tell_engines();
		sim.result.moves += n;
	}
}

static bool owns(unsigned id)
{
	for (unsigned s = 0; s < SIM_SLICES; s++)
		if (slice_owner(*word_of(s)) == id ||
		    slice_target(*word_of(s)) == id)
			return true;
	return false;
}

static void stop_engine(unsigned id)
{
	struct sim_engine *s = &sim.engines[id];
	unsigned ready = 0;

	for (unsigned i = 0; i < SIM_ENGINES; i++)
		ready += is_ready(i);
	if (!is_ready(id) || ready < 3)
		return;
	s->fed = false;
	/* Somebody may die meanwhile and give it something. */
	while (is_ready(id) && (owns(id) || s->rx.n || !at_rest())) {
		unsigned others = 0;

		for (unsigned i = 0; i < SIM_ENGINES; i++)
			others += i != id && is_ready(i);
		if (!others)
			return;
		if (owns(id) && at_rest())
			move(id);
		wait_a_little("slices to leave");
	}
	if (!is_ready(id))
		return;
	s->self->state = ENGINE_STOPPING;
	sim.result.stops++;
	while (s->self->state == ENGINE_STOPPING) {
		sim_let_time_pass(5000);
		wait_a_little("an engine to stop");
		if (s->died)
			s->self->state = ENGINE_DEAD;
	}
	s->died = false;
}

static void start_some_engine(void)
{
	unsigned id = sim_random(SIM_ENGINES);
	uint32_t state = sim.engines[id].self->state;

	if (state != ENGINE_EMPTY && state != ENGINE_STOPPED &&
	    state != ENGINE_DEAD)
		return;
	/* Its predecessor's slices have another owner first. */
	wait_for_rest();
	start_engine(id);
}

static void change_something(void)
{
	unsigned id = sim_random(SIM_ENGINES);

	switch (sim_random(sim.spec->starts_stops ? 6 : 4)) {
	case 0:
		/* A receiver's role moves: the epoch, but no slice. */
		wait_for_rest();
		tell_engines();
		break;
	case 1:
		sim.engines[id].fed = is_ready(id) &&
				      sim.engines[id].task.alive;
		break;
	case 4:
		start_some_engine();
		break;
	case 5:
		stop_engine(id);
		break;
	default:
		move(-1);
	}
}

static void supervisor_main(void)
{
	for (unsigned i = 0; i < sim.spec->engines; i++)
		while (!is_ready(i))
			sim_yield();
	for (unsigned i = 0; i < sim.spec->changes; i++) {
		change_something();
		for (unsigned pause = sim_random(8); pause; pause--)
			wait_a_little("the next change");
	}
	wait_for_rest();
	sim_end();
}

void sim_supervisor_start(void)
{
	struct fabric *f = sim.fabric;

	for (unsigned i = 0; i < sim.spec->engines; i++) {
		start_engine(i);
		sim.engines[i].fed = true;
	}
	for (unsigned s = 0; s < SIM_SLICES; s++) {
		uint8_t owner = s % sim.spec->engines;

		*word_of(s) = slice_word(owner, owner, 0);
	}
	for (unsigned n = 0; n < SIM_SLICES; n++) {
		fabric_neighbours(f)[n].state = NEIGH_READY;
		fabric_neighbours(f)[n].mac = sim_random(2);
	}
	f->steer_epoch = sim_random(2) ? 1 : UINT32_MAX - 1; /* it may wrap */
	sim_task_start(&sim.supervisor, supervisor_main);
}
