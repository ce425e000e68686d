/* SPDX-License-Identifier: BSD-3-Clause */
/* sim_inside.h - what the parts of the simulated fleet share */
#ifndef UNIT_SIM_INSIDE_H
#define UNIT_SIM_INSIDE_H

#include <setjmp.h>
#include <ucontext.h>
#include <unistd.h>

#include "sim.h"

#define SIM_QUEUE	256 /* frames in a port's queue */
#define SIM_BUFS	1024 /* of one engine */
#define SIM_FRAME_BYTES 64
#define SIM_STACK_BYTES 65536
#define SIM_STILL	4000 /* steps without a change after which nothing comes */
#define SIM_STEPS	2000000 /* a history that takes longer is stuck */

struct sim_task {
	ucontext_t context; /* where it starts */
	jmp_buf place; /* where it goes on */
	void *stack;
	bool alive, fresh;
};

/* What identifies a packet: its place in the stream of a slice at a port. */
struct sim_frame {
	uint32_t id;
	uint8_t slice, receiver;
};

struct sim_queue {
	struct sim_frame frames[SIM_QUEUE];
	unsigned first, n;
};

struct sim_stream {
	uint32_t sent, processed, on_wire; /* last id */
};

struct sim_buf;

struct sim_engine {
	struct sim_task task; /* first: a task finds its engine */
	struct engine engine;
	struct fab_engine *self;
	uint8_t id;
	bool fed; /* its port gets packets */
	bool died; /* and the supervisor does not know yet */
	struct sim_queue rx, tx;
	struct sim_stream streams[SIM_SLICES];
	struct sim_buf *free_bufs, *all_bufs;
	unsigned bufs_used;
	unsigned bufs_freed; /* in this turn */
};

struct sim {
	const struct sim_spec *spec;
	uint64_t seed, random, steps, now_us, finished;
	uint32_t switch_every; /* one switch in so many accesses */
	struct fabric *fabric;
	int fd;
	struct sim_engine engines[SIM_ENGINES];
	int8_t processing[SIM_SLICES]; /* engine + 1 that is at it */
	bool torn[SIM_SLICES]; /* the owner died, nobody has recovered it */
	struct sim_task supervisor, *running;
	jmp_buf scheduler;
	unsigned deaths_left;
	const char *doing;
	struct sim_result result;
};

extern struct sim sim;

uint32_t sim_random(uint32_t below);
__attribute__((format(printf, 1, 2))) void sim_fail(const char *format, ...);
void sim_point(void);
void sim_yield(void);
void sim_end(void);
void sim_task_start(struct sim_task *task, void (*function)(void));
void sim_nic(struct sim_engine *s, unsigned n);
void sim_let_time_pass(uint64_t us);

/* sim_supervisor.c */
void sim_supervisor_start(void);
uint64_t sim_ring_packets(unsigned to);

/* sim_ports.c */
void sim_free_bufs(struct sim_engine *s);

#endif
