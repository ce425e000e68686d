// SPDX-License-Identifier: BSD-3-Clause
/* ipam.c - the plugin that gives out addresses, run as part of our command */
#include "ipam.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int find(const char *name, const char *path, char out[PATH_MAX],
		struct failure *f)
{
	const char *dir = path ? path : "";

	while (*dir) {
		size_t bytes = strcspn(dir, ":");

		snprintf(out, PATH_MAX, "%.*s/%s", (int)bytes, dir, name);
		if (bytes && access(out, X_OK) == 0)
			return 0;
		dir += bytes + (dir[bytes] == ':');
	}
	return failure_set(f, FAILURE_CONFIG,
			   "ipam.type: there is no plugin %s in CNI_PATH (%s)",
			   name, path ? path : "not set");
}

/* Its exit status, or -1. It cannot block on us: both ends are files in memory. */
static int run(char *program, int in, int out)
{
	char *const argv[] = { program, NULL };
	posix_spawn_file_actions_t actions;
	int err, status;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	err = posix_spawn(&pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int explain(const struct netconf *conf, const json_t *said,
		   struct failure *f)
{
	json_int_t code = json_integer_value(json_object_get(said, "code"));
	const char *msg = json_string_value(json_object_get(said, "msg"));
	const char *details =
		json_string_value(json_object_get(said, "details"));

	return failure_set(f, code > 0 ? (int)code : FAILURE_REFUSED,
			   "ipam %s: %s%s%s", conf->ipam,
			   msg ? msg : "it failed and does not say why",
			   details && *details ? ": " : "",
			   details ? details : "");
}

static int exchange(const struct netconf *conf, char *program, int in, int out,
		    json_t **answer, struct failure *f)
{
	int status;

	if (in < 0 || out < 0 || json_dumpfd(conf->json, in, 0) < 0 ||
	    lseek(in, 0, SEEK_SET) < 0)
		return failure_set(f, FAILURE_IO, "no memory for ipam %s",
				   conf->ipam);
	status = run(program, in, out);
	lseek(out, 0, SEEK_SET);
	*answer = json_loadfd(out, 0, NULL);
	if (status == 0)
		return 0;
	explain(conf, *answer, f);
	json_decref(*answer);
	*answer = NULL;
	return -1;
}

int ipam_run(const struct netconf *conf, const char *path, const char *command,
	     json_t **answer, struct failure *f)
{
	char program[PATH_MAX];
	int in, out, ret;

	*answer = NULL;
	if (find(conf->ipam, path, program, f) < 0)
		return -1;
	setenv("CNI_COMMAND", command, 1);
	in = memfd_create("cni-config", MFD_CLOEXEC);
	out = memfd_create("cni-answer", MFD_CLOEXEC);
	ret = exchange(conf, program, in, out, answer, f);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return ret;
}

int ipam_pass_on(const struct netconf *conf, const char *path,
		 const char *command, struct failure *f)
{
	json_t *answer;
	int ret;

	if (!conf->ipam)
		return 0;
	ret = ipam_run(conf, path, command, &answer, f);
	json_decref(answer);
	return ret;
}
