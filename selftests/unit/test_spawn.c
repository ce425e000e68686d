/* SPDX-License-Identifier: BSD-3-Clause */
/* test_spawn.c - a process is known before it runs its program, or it never runs it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

/* A file that the program makes, in a directory of the test's own. */
struct trace {
	char directory[32], file[48];
	int report; /* write end: gets what born() was told */
	bool dies; /* whoever spawns, inside born() */
};

static void on_born(const struct process *process, void *arg)
{
	struct trace *t = arg;

	if (write(t->report, process, sizeof(*process)) != sizeof(*process))
		_exit(1);
	if (t->dies)
		raise(SIGKILL);
}

static int spawn_touch(struct trace *t, struct process *out)
{
	char touch[] = "/usr/bin/touch";
	char *argv[] = { touch, t->file, NULL };
	const struct spawn what = {
		.argv = argv, .core = -1, .born = on_born, .born_arg = t
	};
	char err[200];

	return process_spawn(&what, out, err, sizeof(err));
}

/* Returns the read end of the report. */
static int trace_begin(struct trace *t)
{
	int ends[2];

	strcpy(t->directory, "/tmp/vfleet-spawn.XXXXXX");
	assert_non_null(mkdtemp(t->directory));
	snprintf(t->file, sizeof(t->file), "%s/ran", t->directory);
	assert_int_equal(pipe(ends), 0);
	t->report = ends[1];
	return ends[0];
}

static bool trace_end(struct trace *t, int report)
{
	bool ran = access(t->file, F_OK) == 0;

	unlink(t->file);
	rmdir(t->directory);
	close(report);
	close(t->report);
	return ran;
}

static void told_before_it_runs(void **state)
{
	struct trace t = { .dies = false };
	struct process told, process;
	int report = trace_begin(&t);
	char how[64];

	assert_int_equal(spawn_touch(&t, &process), 0);
	assert_int_equal(read(report, &told, sizeof(told)), sizeof(told));
	assert_int_equal(told.pid, process.pid);
	assert_int_equal(told.pidfd, process.pidfd);
	assert_true(told.start_ticks > 0);
	assert_true(told.start_ticks == process.start_ticks);
	process_end(&process, how, sizeof(how));
	assert_string_equal(how, "exit status 0");
	assert_int_equal(process.pidfd, -1);
	assert_true(trace_end(&t, report));
}

/* Or nobody would know of it: the next supervisor would start a second one. */
static void never_runs_when_its_parent_dies(void **state)
{
	struct trace t = { .dies = true };
	struct process told, process;
	int report = trace_begin(&t), status;
	pid_t parent;

	/* The orphan becomes ours, so that we can wait for its end. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	parent = fork();
	assert_true(parent >= 0);
	if (!parent) {
		spawn_touch(&t, &process);
		_exit(0);
	}
	assert_int_equal(waitpid(parent, &status, 0), parent);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(read(report, &told, sizeof(told)), sizeof(told));
	assert_int_equal(waitpid(told.pid, &status, 0), told.pid);
	assert_false(trace_end(&t, report));
}

static void what_cannot_run_leaves_nothing(void **state)
{
	char missing[] = "/nonexistent/program";
	char *argv[] = { missing, NULL };
	const struct spawn what = { .argv = argv, .core = -1 };
	struct process process;
	char err[200];

	assert_true(process_spawn(&what, &process, err, sizeof(err)) < 0);
	assert_non_null(strstr(err, "cannot execute it"));
	assert_int_equal(process.pidfd, -1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told_before_it_runs),
		cmocka_unit_test(never_runs_when_its_parent_dies),
		cmocka_unit_test(what_cannot_run_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
