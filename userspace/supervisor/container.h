/* SPDX-License-Identifier: BSD-3-Clause */
/* container.h - an engine in a container: from podman's command line to its process
 *
 * podman starts the container and returns. The engine in it introduces itself on a
 * socket (passing.h); only then has it a process here, and gets what it needs. Until
 * then nothing but the socket ties it to us: when we die, it ends by itself.
 */
#ifndef SUPERVISOR_CONTAINER_H
#define SUPERVISOR_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "passing.h"
#include "process.h"

struct arguments;
struct event;
struct fleet;

/* A container on its way; part of struct engine. */
struct container {
	int channel; /* our end of the socket; -1: none is on its way */
	struct event *heard; /* on the channel */
	struct process launcher; /* podman at work; pidfd -1: it is not */
	struct event *launched;
	bool tidies; /* what it is at work on is container_tidy()'s */
	int fds[PASSING_FDS_MAX]; /* copies of what the engine will get */
	unsigned n_fds;
};

/* What stands before the engine's own words: podman run ... IMAGE. Gives the engine's
 * user the VFIO groups of its VFs. Returns 0, or a negative errno with a sentence. */
int container_arguments(const struct fleet *fleet, unsigned slot,
			struct arguments *a, char *err, size_t err_bytes);

/*
 * Starts podman with these words; fds are copied. engine_arrived() or
 * engine_not_started() is called later, once. Returns 0, or a negative errno with a
 * sentence in err.
 */
int container_start(struct fleet *fleet, unsigned slot, char *const *argv,
		    const int *fds, unsigned n_fds, char *err,
		    size_t err_bytes);

/* The engine has ended. podman does this itself unless it, or who keeps the container
 * for it, was killed as well: then the next one could not start. Removes nothing of another
 * fleet or another vfleetd, whatever it is called. */
void container_tidy(struct fleet *fleet, unsigned slot);

/* Ends one that is on its way: engine_not_started() follows. False: none is. */
bool container_give_up(struct fleet *fleet, unsigned slot);

#endif
