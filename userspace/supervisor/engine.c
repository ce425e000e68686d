// SPDX-License-Identifier: BSD-3-Clause
/* engine.c - one engine process as the supervisor sees it */
#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "adopt.h"
#include "arguments.h"
#include "clock.h"
#include "devices.h"
#include "fanout.h"
#include "fleet.h"
#include "link.h"
#include "notice.h"
#include "plan.h"
#include "scale.h"
#include "standby.h"
#include "state.h"
#include "steer.h"
#include "upgrade.h"
#include "words.h"

const char *const engine_state_names[] = {
	[ENGINE_EMPTY] = "empty",     [ENGINE_STARTING] = "starting",
	[ENGINE_READY] = "ready",     [ENGINE_STOPPING] = "stopping",
	[ENGINE_STOPPED] = "stopped", [ENGINE_DEAD] = "dead",
	[ENGINE_STANDBY] = "standby",
};

static void add_number(struct arguments *a, const char *option, int value)
{
	arguments_add(a, "%s", option);
	arguments_add(a, "%d", value);
}

static void add_port(struct arguments *a, const char *option,
		     const struct config_port *port, const char *device)
{
	arguments_add(a, "%s", option);
	arguments_add(a, "%s:%s", words_provider[port->provider], device);
}

static int core_of(const struct config *c, unsigned slot)
{
	return c->n_cores ? c->cores[slot % c->n_cores] : -1;
}

static bool in_container(const struct fleet *fleet)
{
	return fleet->config->runtime == RUNTIME_PODMAN;
}

/* The program and where it finds the fabric; a container gets it over a socket. */
static int begin_arguments(struct fleet *fleet, unsigned slot,
			   struct arguments *a, char *err, size_t err_bytes)
{
	int ret = 0;

	if (in_container(fleet)) {
		ret = container_arguments(fleet, slot, a, err, err_bytes);
		add_number(a, "--channel-fd", PASSING_FD);
	} else {
		arguments_add(a, "%s", upgrade_program(fleet));
		add_number(a, "--fabric-fd", fleet->fabric_fd);
	}
	return ret;
}

static void add_arguments(struct fleet *fleet, unsigned slot,
			  struct arguments *a)
{
	const struct config *c = fleet->config;
	const struct fab_engine *e = &fleet->fabric->engines[slot];

	add_number(a, "--slot", (int)slot);
	add_number(a, "--core", e->core);
	add_port(a, "--client", &c->ports[SIDE_CLIENT], e->device[SIDE_CLIENT]);
	add_port(a, "--server", &c->ports[SIDE_SERVER], e->device[SIDE_SERVER]);
	add_number(a, "--mtu-client", fleet->fabric->mss.port_mtu[SIDE_CLIENT]);
	add_number(a, "--mtu-server", fleet->fabric->mss.port_mtu[SIDE_SERVER]);
}

/* Makes the slot look as a new engine expects it. */
static void prepare_slot(struct fleet *fleet, unsigned slot, bool standby)
{
	struct fab_engine *e = &fleet->fabric->engines[slot];

	e->pid = 0;
	e->start_ticks = 0;
	e->epoch_seen = 0;
	/* It cannot use an older one, so older places may be written meanwhile. */
	e->snapshot_seen = fleet->fabric->snapshot_generation;
	e->heartbeat_us = clock_us();
	e->last_rx_us = 0;
	e->announce_seen = 0;
	e->held_peak = e->flows_adopted = 0;
	e->standby = standby;
	memset(e->version, 0, sizeof(e->version));
	e->generation = fleet->fabric->banks == FAB_BANKS ?
				cut_generation(fleet->fabric->cut) + 1 :
				0;
	e->core = core_of(fleet->config, slot);
	memset(e->error, 0, sizeof(e->error));
	e->state = ENGINE_STARTING;
}

void engine_release(struct fleet *fleet, unsigned slot)
{
	struct fab_engine *e = &fleet->fabric->engines[slot];

	e->pid = 0;
	e->lease_id[SIDE_CLIENT] = e->lease_id[SIDE_SERVER] = 0;
	e->standby = 0;
	e->state = ENGINE_EMPTY;
}

static json_t *engine_fields(unsigned slot)
{
	return json_pack("{s:i}", "engine", (int)slot);
}

static bool is_needed(struct fleet *fleet, unsigned slot)
{
	return mask_has(steer_involved(fleet) | fleet_receivers(fleet), slot);
}

void engine_not_started(struct fleet *fleet, unsigned slot, const char *why)
{
	const struct fab_engine *e = &fleet->fabric->engines[slot];
	bool stood_by = e->state == ENGINE_STANDBY;

	if (e->standby)
		standby_note_end(fleet);
	engine_release(fleet, slot);
	notice(fleet, "engine_failed", engine_fields(slot), "engine %u %s: %s",
	       slot, stood_by ? "ended while it stood by" : "did not start",
	       why);
	scale_engine_failed(fleet, slot, why);
	state_save(fleet);
	fleet_wake(fleet);
}

static void on_exit_seen(evutil_socket_t fd, short what, void *arg)
{
	struct engine *engine = arg;
	struct fleet *fleet = engine->fleet;
	unsigned slot = engine->slot;
	struct fab_engine *e = &fleet->fabric->engines[slot];
	enum engine_state state = e->state;
	char how[64], why[256];

	event_free(engine->exit_event);
	engine->exit_event = NULL;
	process_end(&engine->process, how, sizeof(how));
	if (in_container(fleet))
		container_tidy(fleet, slot);
	e->error[sizeof(e->error) - 1] = '\0';
	snprintf(why, sizeof(why), "%s%s%s", e->error, *e->error ? ", " : "",
		 how);
	if (state == ENGINE_STARTING || state == ENGINE_STANDBY) {
		engine_not_started(fleet, slot, why);
		return;
	}
	if (state == ENGINE_READY || is_needed(fleet, slot)) {
		e->state = ENGINE_DEAD;
		notice(fleet, "engine_dead", engine_fields(slot),
		       "engine %u died: %s", slot, why);
		adopt_engine(fleet, slot, why);
	} else {
		engine_release(fleet, slot);
		notice(fleet, "engine_stopped", engine_fields(slot),
		       "engine %u has left: %s", slot, why);
	}
	state_save(fleet);
	fleet_wake(fleet);
}

static int watch(struct engine *engine)
{
	engine->exit_event = event_new(engine->fleet->base,
				       engine->process.pidfd, EV_READ,
				       on_exit_seen, engine);
	return engine->exit_event && event_add(engine->exit_event, NULL) == 0 ?
		       0 :
		       -ENOMEM;
}

/* Raw sockets of the other engines, and the devices of this one. */
static void note_sockets(const struct fleet *fleet, unsigned slot,
			 struct fanout *f)
{
	for (unsigned side = 0; side < FAB_SIDES; side++) {
		if (fleet->config->ports[side].provider != PROVIDER_PACKET)
			continue;
		f->mine[side] = if_nametoindex(
			fleet->fabric->engines[slot].device[side]);
		FOREACH_ENGINE(other, fleet_used(fleet) & ~(1u << slot)) {
			const struct fab_engine *e =
				&fleet->fabric->engines[other];

			fanout_add(f, e->pid, if_nametoindex(e->device[side]));
		}
	}
}

static bool pid_fits(pid_t pid, const void *arg)
{
	return fanout_fits(arg, pid);
}

/* The next supervisor finds the engine by these. One that nobody knows of would be a
 * second process in a slot: both would empty the same rings. */
static void note_process(struct engine *engine, const struct process *process,
			 int fabric_fd)
{
	struct fleet *fleet = engine->fleet;
	struct fab_engine *e = &fleet->fabric->engines[engine->slot];

	engine->process = *process;
	engine->fabric_fd = fabric_fd;
	e->start_ticks = process->start_ticks;
	e->pid = process->pid;
	state_save(fleet);
}

static void note_born(const struct process *process, void *arg)
{
	struct engine *engine = arg;

	note_process(engine, process, engine->fleet->fabric_fd);
}

void engine_log_path(const struct fleet *fleet, unsigned slot, char *path,
		     size_t bytes)
{
	snprintf(path, bytes, "%s/%s-engine-%u.log", fleet->options->state_dir,
		 fleet->config->fleet_name, slot);
}

static int spawn(struct fleet *fleet, unsigned slot, char *const *argv,
		 const int *fds, unsigned n_fds, char *err, size_t err_bytes)
{
	struct engine *engine = &fleet->engines[slot];
	struct fanout sockets = { 0 };
	char log[512];
	struct spawn what = { .argv = argv,
			      .keep = fds,
			      .n_keep = n_fds,
			      .core = fleet->fabric->engines[slot].core,
			      .log = log,
			      .netns = *fleet->config->netns ?
					       fleet->config->netns :
					       NULL,
			      .pid_fits = pid_fits,
			      .pid_arg = &sockets,
			      .born = note_born,
			      .born_arg = engine };

	note_sockets(fleet, slot, &sockets);
	engine_log_path(fleet, slot, log, sizeof(log));
	return process_spawn(&what, &engine->process, err, err_bytes);
}

/* The engine's end of the link, which goes away with the engine; -1: it has none. */
static int add_link(const struct fleet *fleet, struct arguments *a, int *fd,
		    char *err, size_t err_bytes)
{
	*fd = -1;
	if (!fleet->config->link.n_ends)
		return 0;
	*fd = link_open(fleet->config, err, err_bytes);
	if (*fd < 0)
		return *fd;
	add_number(a, "--link-fd", in_container(fleet) ? PASSING_LINK_FD : *fd);
	return 0;
}

/* Starts the program with the fabric and what it keeps, as a process or a container. */
static int launch(struct fleet *fleet, unsigned slot,
		  const struct devices *devices, char *err, size_t err_bytes)
{
	struct arguments a = { .n = 0 };
	int fds[PASSING_FDS_MAX] = { fleet->fabric_fd };
	unsigned n = 1;
	int ret = begin_arguments(fleet, slot, &a, err, err_bytes), link;

	if (ret < 0)
		return ret;
	add_arguments(fleet, slot, &a);
	for (unsigned i = 0; i < devices->n_fds; i++)
		fds[n++] = devices->fds[i];
	ret = add_link(fleet, &a, &link, err, err_bytes);
	if (ret < 0)
		return ret;
	if (link >= 0)
		fds[n++] = link;
	ret = in_container(fleet) ?
		      container_start(fleet, slot, a.argv, fds, n, err,
				      err_bytes) :
		      spawn(fleet, slot, a.argv, fds, n, err, err_bytes);
	if (link >= 0)
		close(link);
	return ret;
}

int engine_arrived(struct fleet *fleet, unsigned slot, pid_t pid)
{
	struct process process;
	int ret = process_attach(pid, process_start_ticks(pid), &process);

	if (ret < 0)
		return ret;
	note_process(&fleet->engines[slot], &process, PASSING_FD);
	notice(fleet, "engine_arrived", engine_fields(slot),
	       "engine %u is process %d in its container", slot, (int)pid);
	return watch(&fleet->engines[slot]);
}

int engine_start(struct fleet *fleet, unsigned slot, bool standby, char *err,
		 size_t err_bytes)
{
	struct engine *engine = &fleet->engines[slot];
	struct fab_engine *e = &fleet->fabric->engines[slot];
	struct devices devices;
	int ret = devices_get(fleet, slot, &devices, err, err_bytes);
	char as[32];

	if (ret < 0)
		return ret;
	prepare_slot(fleet, slot, standby);
	ret = launch(fleet, slot, &devices, err, err_bytes);
	/* From here on the engine alone keeps its VFs. */
	devices_close(&devices);
	if (ret < 0) {
		engine_release(fleet, slot);
		return ret;
	}
	engine->ready_told = engine->outdated = false;
	engine->ready_us = clock_us(); /* at least */
	if (in_container(fleet))
		snprintf(as, sizeof(as), "in a container");
	else
		snprintf(as, sizeof(as), "as process %d",
			 (int)engine->process.pid);
	notice(fleet, "engine_started", engine_fields(slot),
	       "engine %u starts%s %s on %s and %s", slot,
	       standby ? " ahead" : "", as, e->device[SIDE_CLIENT],
	       e->device[SIDE_SERVER]);
	return in_container(fleet) ? 0 : watch(engine);
}

int engine_attach(struct fleet *fleet, unsigned slot)
{
	struct engine *engine = &fleet->engines[slot];
	struct fab_engine *e = &fleet->fabric->engines[slot];
	int ret = process_attach(e->pid, e->start_ticks, &engine->process);

	return ret < 0 ? ret : watch(engine);
}

void engine_tell_ready(struct fleet *fleet, unsigned slot)
{
	if (fleet->engines[slot].ready_told)
		return;
	fleet->engines[slot].ready_told = true;
	fleet->engines[slot].ready_us = clock_us();
	notice(fleet, "engine_ready", engine_fields(slot), "engine %u is ready",
	       slot);
}

void engine_leave(struct fleet *fleet, unsigned slot)
{
	fleet->fabric->engines[slot].state = ENGINE_STOPPING;
	engine_wake(fleet, slot);
}

void engine_promote(struct fleet *fleet, unsigned slot)
{
	uint32_t asleep = ENGINE_STANDBY;

	/* It may have been told to leave by a signal. */
	if (atomic_compare_exchange_strong(&fleet->fabric->engines[slot].state,
					   &asleep, ENGINE_READY))
		engine_wake(fleet, slot);
}

void engine_wake(const struct fleet *fleet, unsigned slot)
{
	process_signal(&fleet->engines[slot].process, SIGURG);
}

void engine_kill(struct fleet *fleet, unsigned slot)
{
	if (container_give_up(fleet, slot))
		return;
	process_signal(&fleet->engines[slot].process, SIGKILL);
}
