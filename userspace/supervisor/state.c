// SPDX-License-Identifier: BSD-3-Clause
/* state.c - what the next supervisor needs to find the fleet again */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fleet.h"
#include "nat.h"
#include "notice.h"
#include "upgrade.h"

#define PATH_BYTES 512

static void state_path(char *out, const char *directory, const char *name,
		       const char *suffix)
{
	snprintf(out, PATH_BYTES, "%s/%s%s", directory, name, suffix);
}

int state_lock(const char *directory, const char *fleet_name, char *err,
	       size_t err_bytes)
{
	char path[PATH_BYTES], pid[16] = "";
	int fd;

	mkdir(directory, 0755);
	state_path(path, directory, fleet_name, ".lock");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0) {
		snprintf(err, err_bytes, "cannot open %s: %s", path,
			 strerror(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		ssize_t n = read(fd, pid, sizeof(pid) - 1);

		pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
		snprintf(
			err, err_bytes,
			"fleet '%s' has a supervisor already, process %s (lock %s)",
			fleet_name, *pid ? pid : "unknown", path);
		close(fd);
		return -1;
	}
	/* The descriptor stays open: it is the lock. */
	if (ftruncate(fd, 0) < 0 || dprintf(fd, "%d\n", (int)getpid()) < 0)
		log_line("cannot write %s: %s", path, strerror(errno));
	return 0;
}

static json_t *engines_json(const struct fleet *fleet)
{
	json_t *list = json_array();

	for (unsigned slot = 0; slot < FAB_ENGINES; slot++) {
		const struct engine *e = &fleet->engines[slot];

		if (e->process.pidfd < 0 || e->fabric_fd < 0)
			continue;
		json_array_append_new(
			list,
			json_pack("{s:i, s:i, s:I, s:i}", "slot", (int)slot,
				  "pid", (int)e->process.pid, "start_ticks",
				  (json_int_t)e->process.start_ticks,
				  "fabric_fd", e->fabric_fd));
	}
	return list;
}

static json_t *drained_json(const struct config *config)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < config->n_services; i++) {
		const struct config_service *s = &config->services[i];

		for (unsigned k = 0; k < s->n_backends; k++) {
			const struct config_backend *b =
				&config->backends[s->first_backend + k];

			if (b->drained)
				json_array_append_new(list, json_pack("[s, s]",
								      s->name,
								      b->name));
		}
	}
	return list;
}

void state_save(struct fleet *fleet)
{
	const char *directory = fleet->options->state_dir,
		   *name = fleet->config->fleet_name;
	json_t *state = json_pack("{s:s, s:i, s:s, s:o, s:o, s:o}", "fleet",
				  name, "supervisor", (int)getpid(), "program",
				  upgrade_program(fleet), "engines",
				  engines_json(fleet), "drained",
				  drained_json(fleet->config), "nat",
				  nat_added(fleet));
	char path[PATH_BYTES], fresh[PATH_BYTES];

	state_path(path, directory, name, ".json");
	state_path(fresh, directory, name, ".json.new");
	if (!state || json_dump_file(state, fresh, JSON_INDENT(1)) < 0 ||
	    rename(fresh, path) < 0)
		log_line(
			"cannot write %s: %s; a new vfleetd would not find the engines",
			path, strerror(errno));
	json_decref(state);
}

json_t *state_load(const char *directory, const char *fleet_name)
{
	char path[PATH_BYTES];

	state_path(path, directory, fleet_name, ".json");
	return json_load_file(path, 0, NULL);
}

static void restore_one(struct config *config, const char *service,
			const char *backend)
{
	for (unsigned i = 0; i < config->n_services; i++) {
		const struct config_service *s = &config->services[i];

		for (unsigned k = 0; k < s->n_backends; k++) {
			struct config_backend *b =
				&config->backends[s->first_backend + k];

			if (!strcmp(s->name, service) &&
			    !strcmp(b->name, backend))
				b->drained = true;
		}
	}
}

void state_restore_drained(struct fleet *fleet, const json_t *state)
{
	const json_t *list = json_object_get(state, "drained"), *pair;
	size_t i;

	json_array_foreach(list, i, pair) {
		const char *service =
			json_string_value(json_array_get(pair, 0));
		const char *backend =
			json_string_value(json_array_get(pair, 1));

		if (service && backend)
			restore_one(fleet->config, service, backend);
	}
}
