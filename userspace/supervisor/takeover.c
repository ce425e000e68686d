// SPDX-License-Identifier: BSD-3-Clause
/* takeover.c - find a fleet that runs without a supervisor, and go on with it */
#include "takeover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adopt.h"
#include "config_load.h"
#include "container.h"
#include "fleet.h"
#include "ledger.h"
#include "metrics.h"
#include "nat.h"
#include "notice.h"
#include "plan.h"
#include "publish.h"
#include "reload.h"
#include "scale.h"
#include "snapshot.h"
#include "state.h"
#include "steer.h"
#include "upgrade.h"

/* --- find it --- */

/* Opens the fabric of one engine: -1 when that process is gone, its fd otherwise. */
static int open_fabric_of(const json_t *engine)
{
	pid_t pid = (pid_t)json_integer_value(json_object_get(engine, "pid"));
	uint64_t ticks = (uint64_t)json_integer_value(
		json_object_get(engine, "start_ticks"));
	int number = (int)json_integer_value(
		    json_object_get(engine, "fabric_fd")),
	    fd;
	struct process process;
	char path[64];

	if (process_attach(pid, ticks, &process) < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, number);
	fd = open(path, O_RDWR | O_CLOEXEC);
	close(process.pidfd);
	return fd;
}

static void note_fabric_fds(struct fleet *fleet, const json_t *engines)
{
	const json_t *engine;
	size_t i;

	json_array_foreach(engines, i, engine) {
		json_int_t slot =
			json_integer_value(json_object_get(engine, "slot"));

		if (slot >= 0 && slot < FAB_ENGINES)
			fleet->engines[slot].fabric_fd =
				(int)json_integer_value(
					json_object_get(engine, "fabric_fd"));
	}
}

/* As much of the configuration behind a snapshot as says who has which slot. */
static struct config *config_of_snapshot(const struct snapshot *snap)
{
	const struct snap_service *services =
		snap_array(snap, services, struct snap_service);
	const struct snap_backend *backends =
		snap_array(snap, backends, struct snap_backend);
	const struct snap_snat *snats =
		snap_array(snap, snats, struct snap_snat);
	struct config *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->n_services = snap->n_services;
	c->n_backends = snap->n_backends;
	c->n_snats = snap->n_snats;
	for (unsigned i = 0; i < snap->n_services; i++) {
		struct config_service *s = &c->services[i];
		const struct snap_address *vip = snapshot_address(
			snap, &services[i].vip, SIDE_CLIENT, services[i].vlan);

		memcpy(s->name, services[i].name, sizeof(s->name));
		s->vip = services[i].vip;
		s->vlan = services[i].vlan;
		s->slot = services[i].slot;
		s->address_slot = vip ? vip->slot : 0;
		s->first_backend = services[i].first_backend;
		s->n_backends = services[i].n_backends;
	}
	for (unsigned i = 0; i < snap->n_backends; i++) {
		struct config_backend *b = &c->backends[i];

		b->address = backends[i].address;
		b->port = backends[i].port;
		b->vlan = backends[i].vlan;
		b->slot = backends[i].slot;
		b->down = !backends[i].usable;
	}
	for (unsigned i = 0; i < snap->n_snats; i++)
		c->snats[i] = (struct config_snat){ snats[i].address,
						    snats[i].vlan,
						    snats[i].slot };
	return c;
}

/* A backend that takes no connections, though neither its weight nor the operator says
 * so, was down. */
static void restore_down(struct config *new, const struct config *old)
{
	for (unsigned i = 0; i < new->n_backends; i++)
		for (unsigned k = 0; k < old->n_backends; k++)
			if (new->backends[i].slot == old->backends[k].slot)
				new->backends[i].down =
					old->backends[k].down &&
					!new->backends[i]
						 .drained &&new->backends[i]
						 .weight;
}

/* Puts the configuration in force in the fabric into fleet->config. */
static int restore_config(struct fleet *fleet, const json_t *state, char *err,
			  size_t err_bytes)
{
	struct fabric *f = fleet->fabric;
	const struct snapshot *snap = publish_current(f);
	const char *text = fabric_at(f, f->config_offset);
	struct reload_text what = { "the running configuration", text,
				    strnlen(text, f->config_bytes) };
	struct config *config = reload_parse(&what, err, err_bytes);
	struct config *old = snap ? config_of_snapshot(snap) : NULL;

	if (!config || !config_assign_slots(config, old, err, err_bytes)) {
		free(config);
		free(old);
		return -1;
	}
	free(fleet->config);
	fleet->config = config;
	state_restore_drained(fleet, state);
	nat_restore(fleet, json_object_get(state, "nat"));
	if (old)
		restore_down(config, old);
	free(old);
	return 0;
}

int takeover_find(struct fleet *fleet, char *err, size_t err_bytes)
{
	json_t *state = state_load(fleet->options->state_dir,
				   fleet->config->fleet_name);
	const json_t *engines = json_object_get(state, "engines"), *engine;
	int fd = -1, ret = 0;
	size_t i;

	json_array_foreach(engines, i, engine) {
		fd = open_fabric_of(engine);
		if (fd >= 0)
			break;
	}
	if (fd >= 0) {
		ret = -1;
		fleet->fabric = fabric_attach(fd, err, err_bytes);
		if (fleet->fabric) {
			fleet->fabric_fd = fd;
			note_fabric_fds(fleet, engines);
			upgrade_restore(fleet,
					json_string_value(json_object_get(
						state, "program")));
			ret = restore_config(fleet, state, err, err_bytes) < 0 ?
				      -1 :
				      1;
		}
	}
	json_decref(state);
	return ret;
}

/* --- go on with it --- */

/* The process of a slot has ended while nobody watched. */
static void bury(struct fleet *fleet, unsigned slot)
{
	if (!mask_has(steer_involved(fleet) | fleet_receivers(fleet), slot)) {
		engine_release(fleet, slot);
		return;
	}
	fleet->fabric->engines[slot].state = ENGINE_DEAD;
	notice(fleet, "engine_dead", json_pack("{s:i}", "engine", (int)slot),
	       "engine %u died while there was no supervisor", slot);
	adopt_engine(fleet, slot, "while there was no supervisor");
}

static void abort_event(struct fleet *fleet, struct fab_event *event)
{
	ledger_close(fleet->fabric, event, EVENT_ABORTED, 0);
	metrics_note_event(fleet, event);
}

/* Entries that were open: the last one of a planned change goes on, the others end. A
 * death is adopted anew, whoever had begun to. */
static struct fab_event *open_event(struct fleet *fleet)
{
	struct fabric *f = fleet->fabric;
	struct fab_event *last = NULL, *e;

	for (e = ledger_first(f); e; e = ledger_next(f, e)) {
		if (e->outcome != EVENT_RUNNING)
			continue;
		if (!strcmp(e->handover, "adopt")) {
			abort_event(fleet, e);
			continue;
		}
		if (last)
			abort_event(fleet, last);
		last = e;
	}
	return last;
}

void takeover_go_on(struct fleet *fleet)
{
	struct fab_event *event = open_event(fleet);
	uint32_t starting = 0, running = 0;

	FOREACH_ENGINE(slot, fleet_used(fleet)) {
		enum engine_state state = engine_state(fleet, slot);

		if (state == ENGINE_DEAD || engine_attach(fleet, slot) < 0) {
			bury(fleet, slot);
			if (fleet->config->runtime == RUNTIME_PODMAN)
				container_tidy(fleet, slot);
			continue;
		}
		running |= 1u << slot;
		fleet->engines[slot].ready_told = state == ENGINE_READY;
		if ((state == ENGINE_STARTING || state == ENGINE_STANDBY) &&
		    !fleet->fabric->engines[slot].standby)
			starting |= 1u << slot;
	}
	notice(fleet, "takeover", NULL,
	       "took over %u running engines, %u are wanted",
	       mask_count(running), fleet->fabric->engines_wanted);
	steer_repeat(fleet);
	if (event)
		scale_resume(fleet, event, starting);
	publish_want(fleet);
	fleet->started = true;
}
