// SPDX-License-Identifier: BSD-3-Clause
/* process.c - start a process, watch it by pidfd, find it again after our restart */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FORK_TRIES 32 /* for a pid that fits; then with any */

/* What the child tells us when it cannot become the program. */
struct child_error {
	int err;
	char step[16];
};

static int pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

uint64_t process_start_ticks(pid_t pid)
{
	char path[32], text[1024];
	unsigned long long ticks = 0;
	const char *at;
	size_t n;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	/* The name, field 2, may hold anything but ends at the last ')'. */
	at = strrchr(text, ')');
	if (!at ||
	    sscanf(at + 1,
		   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d"
		   " %*d %*d %*d %*d %*d %llu",
		   &ticks) != 1)
		return 0;
	return ticks;
}

static int redirect_output(const struct spawn *what)
{
	int in = open("/dev/null", O_RDONLY);
	int out;

	if (in < 0 || dup2(in, 0) < 0 ||
	    (what->output && dup2(what->output, 1) < 0))
		return -1;
	if (!what->log)
		return 0;
	out = open(what->log, O_WRONLY | O_CREAT | O_APPEND, 0644);
	return out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ? -1 : 0;
}

static int pin(int core)
{
	cpu_set_t set;

	if (core < 0)
		return 0;
	CPU_ZERO(&set);
	CPU_SET((unsigned)core, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

static int enter_netns(const char *path)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	return !path || (fd >= 0 && setns(fd, CLONE_NEWNET) == 0) ? 0 : -1;
}

static int keep_open(const struct spawn *what)
{
	for (size_t i = 0; i < what->n_keep; i++)
		if (fcntl(what->keep[i], F_SETFD, 0) < 0)
			return -1;
	return 0;
}

#define CHANNEL 3

/* Makes room for the number that the channel is to have. */
static int give_channel(const struct spawn *what, int *report)
{
	if (!what->channel)
		return 0;
	*report = fcntl(*report, F_DUPFD_CLOEXEC, CHANNEL + 1);
	if (what->channel == CHANNEL)
		return fcntl(CHANNEL, F_SETFD, 0);
	return *report < 0 ? -1 : dup2(what->channel, CHANNEL);
}

/* In the child. Never returns. `go`: a byte comes when it may, its end when not. */
static _Noreturn void become(const struct spawn *what, int report, int go)
{
	struct child_error e = { 0 };
	sigset_t none;
	char byte;

	if (read(go, &byte, 1) != 1)
		_exit(0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	if (redirect_output(what) < 0) {
		strcpy(e.step, "open its log");
	} else if (what->directory && chdir(what->directory) < 0) {
		strcpy(e.step, "enter its place");
	} else if (enter_netns(what->netns) < 0) {
		strcpy(e.step, "enter its netns");
	} else if (keep_open(what) < 0 || give_channel(what, &report) < 0) {
		strcpy(e.step, "inherit");
	} else if (pin(what->core) < 0) {
		strcpy(e.step, "pin it");
	} else {
		execv(what->argv[0], what->argv);
		strcpy(e.step, "execute it");
	}
	e.err = errno;
	if (write(report, &e, sizeof(e)) < 0)
		_exit(126);
	_exit(127);
}

static void note_birth(const struct spawn *what, pid_t pid, struct process *out)
{
	*out = (struct process){
		.pid = pid,
		.pidfd = pidfd_open(pid),
		.start_ticks = process_start_ticks(pid),
		.child = true,
	};
	if (what->born)
		what->born(out, what->born_arg);
}

/* A child with a pid that fits, on its way to become the program; -1 with errno. Pids
 * count up, so the next one is another. */
static pid_t fork_one(const struct spawn *what, int report, struct process *out)
{
	for (unsigned try = 0;; try++) {
		int go[2];
		bool fits;
		pid_t pid;

		if (pipe2(go, O_CLOEXEC) < 0)
			return -1;
		pid = fork();
		if (!pid) {
			close(go[1]);
			become(what, report, go[0]);
		}
		fits = pid < 0 || try == FORK_TRIES || !what->pid_fits ||
		       what->pid_fits(pid, what->pid_arg);
		if (pid > 0 && fits) {
			note_birth(what, pid, out);
			if (write(go[1], "", 1) != 1)
				kill(pid, SIGKILL);
		}
		close(go[0]);
		close(go[1]);
		if (fits)
			return pid;
		waitpid(pid, NULL, 0);
	}
}

int process_spawn(const struct spawn *what, struct process *out, char *err,
		  size_t err_bytes)
{
	struct child_error e = { 0 };
	int report[2];

	if (pipe2(report, O_CLOEXEC) < 0 ||
	    fork_one(what, report[1], out) < 0) {
		int code = -errno;

		snprintf(err, err_bytes, "cannot start a process: %s",
			 strerror(errno));
		return code;
	}
	close(report[1]);
	/* End of file: the exec went well and closed the pipe. */
	if (read(report[0], &e, sizeof(e)) != (ssize_t)sizeof(e))
		e.err = 0;
	close(report[0]);
	if (e.err) {
		char how[64];

		process_end(out, how, sizeof(how));
		snprintf(err, err_bytes, "cannot start %s: cannot %s: %s",
			 what->argv[0], e.step, strerror(e.err));
		return -e.err;
	}
	return 0;
}

int process_attach(pid_t pid, uint64_t start_ticks, struct process *out)
{
	int fd = pid > 0 ? pidfd_open(pid) : -1;

	if (fd < 0)
		return -ESRCH;
	/* Asked after the pidfd is there: the answer is about the same process. */
	if (process_start_ticks(pid) != start_ticks) {
		close(fd);
		return -ESRCH;
	}
	*out = (struct process){
		.pid = pid,
		.pidfd = fd,
		.start_ticks = start_ticks,
	};
	return 0;
}

void process_end(struct process *p, char *how, size_t how_bytes)
{
	siginfo_t info = { 0 };

	snprintf(how, how_bytes, "ended");
	if (p->child && waitid(P_PID, (id_t)p->pid, &info, WEXITED) == 0) {
		if (info.si_code == CLD_EXITED)
			snprintf(how, how_bytes, "exit status %d",
				 info.si_status);
		else
			snprintf(how, how_bytes, "killed by signal %d",
				 info.si_status);
	}
	if (p->pidfd >= 0)
		close(p->pidfd);
	*p = (struct process){ .pidfd = -1 };
}

void process_signal(const struct process *p, int signal)
{
	if (p->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, p->pidfd, signal, NULL, 0);
}
