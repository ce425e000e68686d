/* SPDX-License-Identifier: BSD-3-Clause */
/* engine.h - one engine process as the supervisor sees it */
#ifndef SUPERVISOR_ENGINE_H
#define SUPERVISOR_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "container.h"
#include "process.h"

struct event;
struct fleet;

struct engine {
	struct fleet *fleet;
	unsigned slot;
	struct process process; /* pidfd -1: none */
	struct container container; /* while it is on its way */
	int fabric_fd; /* under which number it has the fabric; -1: not known */
	struct event *exit_event;
	bool ready_told; /* that it is ready */
	bool outdated; /* of another program than those started now */
	uint64_t ready_us; /* since when; 0: since before we were there */
};

extern const char *const engine_state_names[];

/*
 * Starts an engine in an empty slot: leases its VFs, runs the program, watches it.
 * Its state is STARTING on return; the engine itself says READY, or STANDBY if it is
 * to be one. Returns 0, -EAGAIN
 * when no VF is free at the moment, or another negative errno; a sentence in err.
 */
int engine_start(struct fleet *fleet, unsigned slot, bool standby, char *err,
		 size_t err_bytes);

/* The engine of a container that was started is this process: watch it. It is to get
 * its descriptors afterwards. -ESRCH: it is gone already. */
int engine_arrived(struct fleet *fleet, unsigned slot, pid_t pid);

/* An engine ended before it was ready: its slot is free again, who waits for it knows. */
void engine_not_started(struct fleet *fleet, unsigned slot, const char *why);

/* Where the output of a slot's engine goes. */
void engine_log_path(const struct fleet *fleet, unsigned slot, char *path,
		     size_t bytes);

/* Watches the engine that runs in a slot already. -ESRCH: it is gone. */
int engine_attach(struct fleet *fleet, unsigned slot);

/* A standby serves from now on. */
void engine_promote(struct fleet *fleet, unsigned slot);

/* Ends a sleep of the engine. */
void engine_wake(const struct fleet *fleet, unsigned slot);

/* Tells once that an engine has become ready. */
void engine_tell_ready(struct fleet *fleet, unsigned slot);

/* Tells an engine that owns nothing to leave in order. */
void engine_leave(struct fleet *fleet, unsigned slot);

void engine_kill(struct fleet *fleet, unsigned slot);

/* The process of a slot is gone and nothing refers to it any more. */
void engine_release(struct fleet *fleet, unsigned slot);

#endif
