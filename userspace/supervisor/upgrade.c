// SPDX-License-Identifier: BSD-3-Clause
/* upgrade.c - replace every engine by one of another program, with no loss */
#include "upgrade.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "fleet.h"
#include "notice.h"
#include "process.h"
#include "scale.h"
#include "standby.h"
#include "state.h"

#define PROBE_MS \
	3000 /* a program that does not say what it is in this time is none */

struct upgrade {
	bool running;
	struct api_client *client; /* NULL: gone */
	char path[UPGRADE_PATH_BYTES]; /* of the program in use; "": as vfleetd was told */
	char before[UPGRADE_PATH_BYTES];
	char version[FAB_VERSION_BYTES]; /* of the new program */
	unsigned replaced;
};

struct upgrade *upgrade_new(void)
{
	return calloc(1, sizeof(struct upgrade));
}

const char *upgrade_program(const struct fleet *fleet)
{
	const struct upgrade *u = fleet->upgrade;

	return *u->path ? u->path : fleet->options->engine;
}

void upgrade_restore(struct fleet *fleet, const char *path)
{
	struct upgrade *u = fleet->upgrade;

	if (path && *path == '/' && strlen(path) < sizeof(u->path) &&
	    access(path, X_OK) == 0)
		snprintf(u->path, sizeof(u->path), "%s", path);
}

void upgrade_forget(struct fleet *fleet, const struct api_client *client)
{
	if (fleet->upgrade->client == client)
		fleet->upgrade->client = NULL;
}

/* Everything the program says to --version, in the time that it has. */
static void read_answer(int fd, char *text, size_t bytes)
{
	struct pollfd wait = { fd, POLLIN, 0 };
	size_t n = 0;

	while (n + 1 < bytes && poll(&wait, 1, PROBE_MS) > 0) {
		ssize_t got = read(fd, text + n, bytes - 1 - n);

		if (got <= 0)
			break;
		n += (size_t)got;
	}
	text[n] = '\0';
}

/* Asks a program for its version and the fabric it is made for. False with a sentence. */
static bool probe(const char *path, char version[FAB_VERSION_BYTES],
		  unsigned *abi, char *err, size_t err_bytes)
{
	char *argv[] = { (char *)path, "--version", NULL };
	struct spawn what = { .argv = argv, .core = -1 };
	struct process process;
	char text[256] = "", how[64];
	int out[2];

	if (pipe(out) < 0) {
		snprintf(err, err_bytes, "no pipe: %s", strerror(errno));
		return false;
	}
	what.output = out[1];
	if (process_spawn(&what, &process, err, err_bytes) < 0) {
		close(out[0]);
		close(out[1]);
		return false;
	}
	close(out[1]);
	read_answer(out[0], text, sizeof(text));
	close(out[0]);
	process_signal(&process, SIGKILL);
	process_end(&process, how, sizeof(how));
	if (sscanf(text, "vfleet-engine %31s fabric-abi %u", version, abi) == 2)
		return true;
	snprintf(
		err, err_bytes,
		"%s is no vfleet-engine: it does not say its version when asked "
		"with --version",
		path);
	return false;
}

static json_t *result_json(const struct upgrade *u)
{
	return json_pack("{s:i, s:s}", "replaced", (int)u->replaced, "version",
			 u->version);
}

static void end(struct fleet *fleet, int err, const char *why)
{
	struct upgrade *u = fleet->upgrade;

	u->running = false;
	if (err)
		memcpy(u->path, u->before, sizeof(u->path));
	state_save(fleet);
	notice(fleet, err ? "upgrade_failed" : "upgrade_done", result_json(u),
	       "upgrade to version %s: %u engine%s replaced%s%s", u->version,
	       u->replaced, u->replaced == 1 ? "" : "s", err ? "; " : "",
	       err ? why : "");
	if (!u->client)
		return;
	if (err)
		api_refuse(
			u->client, err,
			"%s; %u engines were replaced before, the others go on",
			why, u->replaced);
	else
		api_answer(u->client, result_json(u));
	u->client = NULL;
}

static void next(struct fleet *fleet);

static void on_done(void *arg, const struct scale_result *result)
{
	struct fleet *fleet = arg;

	if (result->err) {
		end(fleet, result->err, result->text);
		return;
	}
	next(fleet);
}

static void on_progress(void *arg, const char *sentence)
{
	struct upgrade *u = ((struct fleet *)arg)->upgrade;

	if (u->client)
		api_progress(u->client, sentence);
}

/* The next engines, or the end. */
static void next(struct fleet *fleet)
{
	struct upgrade *u = fleet->upgrade;
	struct scale_request change = {
		.kind = SCALE_REPLACE,
		.done = on_done,
		.progress = on_progress,
		.arg = fleet,
	};
	unsigned left = 0, ready = 0;

	FOREACH_ENGINE(slot, fleet_ready(fleet)) {
		ready++;
		left += fleet->engines[slot].outdated;
	}
	u->replaced = ready - left;
	if (!left) {
		end(fleet, 0, NULL);
		return;
	}
	snprintf(change.reason, sizeof(change.reason),
		 "upgrade to version %s: %u of %u engines left", u->version,
		 left, ready);
	on_progress(fleet, change.reason);
	scale_submit(fleet, &change);
}

/* Refuses what cannot be: a sentence and an errno, or 0. */
static int check(const struct fleet *fleet, const char *path, char *version,
		 char *err, size_t err_bytes)
{
	unsigned abi = 0;

	if (fleet->upgrade->running) {
		snprintf(err, err_bytes, "an upgrade is under way already");
		return EBUSY;
	}
	if (*path != '/' || strlen(path) >= UPGRADE_PATH_BYTES) {
		snprintf(
			err, err_bytes,
			"BINARY is a path from the root, shorter than %d bytes",
			UPGRADE_PATH_BYTES);
		return EINVAL;
	}
	if (!probe(path, version, &abi, err, err_bytes))
		return ENOEXEC;
	if (abi != FABRIC_ABI) {
		snprintf(
			err, err_bytes,
			"%s, version %s, is made for fabric ABI %u, this fleet has "
			"%d: its engines cannot work beside these; 'vfleet engine "
			"stop all' and start its own vfleetd",
			path, version, abi, (int)FABRIC_ABI);
		return EPROTO;
	}
	return 0;
}

void upgrade_begin(struct fleet *fleet, const char *path,
		   struct api_client *client)
{
	struct upgrade *u = fleet->upgrade;
	char version[FAB_VERSION_BYTES], err[400];
	int ret;

	if (fleet->config->runtime != RUNTIME_PROCESS) {
		api_refuse(
			client, EOPNOTSUPP,
			"engines are containers: load the new image, apply a "
			"configuration with it as fleet.container.image, and "
			"engines that start from then on are of it");
		return;
	}
	if (fleet->config->link.n_ends) {
		api_refuse(client, EOPNOTSUPP,
			   "the link of nat.outbound has one engine at a time: "
			   "'vfleet engine stop all', and start vfleetd again");
		return;
	}
	if (!path)
		path = upgrade_program(fleet);
	ret = check(fleet, path, version, err, sizeof(err));
	if (ret) {
		api_refuse(client, ret, "%s", err);
		return;
	}
	memcpy(u->before, u->path, sizeof(u->before));
	if (path != upgrade_program(fleet))
		snprintf(u->path, sizeof(u->path), "%s", path);
	memcpy(u->version, version, sizeof(u->version));
	u->client = client;
	u->running = true;
	FOREACH_ENGINE(slot, fleet_used(fleet))
		fleet->engines[slot].outdated = true;
	/* Those ahead are of the old program: they start again when it is done. */
	standby_end(fleet);
	next(fleet);
}
