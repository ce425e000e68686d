/* SPDX-License-Identifier: BSD-3-Clause */
/* process.h - start a process, watch it by pidfd, find it again after our restart */
#ifndef SUPERVISOR_PROCESS_H
#define SUPERVISOR_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid;
	int pidfd; /* readable when it has ended; -1: no process */
	uint64_t start_ticks; /* field 22 of /proc/PID/stat, tells a reused pid */
	bool child; /* ours to reap; false after a takeover */
};

struct spawn {
	char *const *argv; /* argv[0] is the path */
	const int *
		keep; /* descriptors the process inherits under the same number */
	size_t n_keep;
	int core; /* the only CPU it may run on; -1: any */
	const char *log; /* gets its stdout and stderr; NULL: ours */
	const char *netns; /* file of the network namespace it gets; NULL: ours */
	const char *directory; /* where it works; NULL: where we do */
	int channel; /* unless 0, a descriptor that it gets as number 3 */
	int output; /* unless 0, a descriptor that gets its stdout */
	/* Whether the process may have this pid; if not, another one is made. NULL: any. */
	bool (*pid_fits)(pid_t pid, const void *arg);
	const void *pid_arg;
	/* Called when the process is there, before it becomes the program: if we die
	 * without having come back from here, it never does. NULL: nobody. */
	void (*born)(const struct process *process, void *arg);
	void *born_arg;
};

/* Starts a process in a session of its own, so that a signal to our terminal does not
 * reach it. Returns 0, or a negative errno with a sentence in err. */
int process_spawn(const struct spawn *what, struct process *out, char *err,
		  size_t err_bytes);

/* Takes over a process that runs: -ESRCH when pid is gone or somebody else by now. */
int process_attach(pid_t pid, uint64_t start_ticks, struct process *out);

/* After pidfd became readable: says how it ended ("killed by signal 9", "exit status
 * 1"), reaps a child, closes the pidfd. */
void process_end(struct process *p, char *how, size_t how_bytes);

/* Sends a signal; nothing happens when the process has ended. */
void process_signal(const struct process *p, int signal);

/* Field 22 of /proc/PID/stat; 0 when there is no such process. */
uint64_t process_start_ticks(pid_t pid);

#endif
