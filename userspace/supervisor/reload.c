// SPDX-License-Identifier: BSD-3-Clause
/* reload.c - a configuration from text into force */
#include "reload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_load.h"
#include "controller.h"
#include "fleet.h"
#include "flow.h"
#include "health.h"
#include "learn.h"
#include "nat.h"
#include "notice.h"
#include "publish.h"
#include "state.h"
#include "words.h"

int reload_read(const char *path, struct reload_text *what, char *err,
		size_t err_bytes)
{
	FILE *file = fopen(path, "re");
	char *text;

	if (!file) {
		snprintf(err, err_bytes, "cannot read %s: %s", path,
			 strerror(errno));
		return -1;
	}
	text = malloc(CONFIG_TEXT_MAX + 2);
	*what = (struct reload_text){ .file = path, .text = text };
	if (text)
		what->bytes = fread(text, 1, CONFIG_TEXT_MAX + 1, file);
	if (!text || ferror(file)) {
		snprintf(err, err_bytes, "cannot read %s: %s", path,
			 strerror(errno));
		fclose(file);
		free(text);
		return -1;
	}
	fclose(file);
	text[what->bytes] = '\0';
	return 0;
}

struct config *reload_parse(const struct reload_text *what, char *err,
			    size_t err_bytes)
{
	struct config *config = calloc(1, sizeof(*config));
	struct config_error why;

	if (!config) {
		snprintf(err, err_bytes, "out of memory");
		return NULL;
	}
	if (config_load(what->file, what->text, what->bytes, config, &why))
		return config;
	config_error_text(&why, err, err_bytes);
	free(config);
	return NULL;
}

static bool same_port(const struct config_port *a, const struct config_port *b)
{
	return a->provider == b->provider && !strcmp(a->device, b->device);
}

/* The key of something that cannot change while the fleet runs and does; else NULL. */
static const char *fixed_key(const struct fleet *fleet,
			     const struct config *new)
{
	const struct config *old = fleet->config;

	if (strcmp(old->fleet_name, new->fleet_name))
		return "fleet.name";
	if (!same_port(&old->ports[SIDE_CLIENT], &new->ports[SIDE_CLIENT]))
		return "fleet.ports.client";
	if (!same_port(&old->ports[SIDE_SERVER], &new->ports[SIDE_SERVER]))
		return "fleet.ports.server";
	if (old->flows4 != new->flows4)
		return "fleet.flows";
	if (old->flows6 != new->flows6)
		return "fleet.flows_v6";
	if (old->hugepages != new->hugepages)
		return "fleet.hugepages";
	if (old->runtime != new->runtime)
		return "fleet.runtime";
	if (strcmp(old->netns, new->netns))
		return "fleet.netns";
	if (memcmp(&old->link, &new->link, sizeof(old->link)))
		return "nat.outbound";
	if (old->steering != new->steering)
		return "fleet.steering";
	if (strcmp(old->api_socket, new->api_socket))
		return "api.socket";
	if (strcmp(old->api_metrics, new->api_metrics))
		return "api.metrics";
	return NULL;
}

static bool fits(const struct fleet *fleet, const char *file,
		 const struct config *new, char *err, size_t err_bytes)
{
	const char *key = fixed_key(fleet, new);

	if (key) {
		snprintf(
			err, err_bytes,
			"%s: %s: cannot change while the fleet runs; 'vfleet engine stop "
			"all' and start vfleetd again",
			file, key);
		return false;
	}
	for (unsigned side = 0; side < FAB_SIDES; side++) {
		uint16_t most = fleet->fabric->mss.port_mtu[side];

		if (new->ports[side].mtu <= most)
			continue;
		snprintf(
			err, err_bytes,
			"%s: fleet.ports.%s.mtu: expected at most %u, what the ports "
			"of this fleet were started with; 'vfleet engine stop all' and "
			"start vfleetd again",
			file, words_side[side], most);
		return false;
	}
	if (new->engines_max + new->standby > fleet->fabric->engines_max) {
		snprintf(
			err, err_bytes,
			"%s: fleet.max: expected at most %u, the room this fleet was "
			"started with%s",
			file, fleet->fabric->engines_max - new->standby,
			new->standby ? " less fleet.standby" : "");
		return false;
	}
	return true;
}

/* State of backends by slot: the same slot is the same backend. */
static void keep_backend_state(struct config *new, const struct config *old)
{
	for (unsigned i = 0; i < new->n_backends; i++) {
		for (unsigned k = 0; k < old->n_backends; k++) {
			if (new->backends[i].slot != old->backends[k].slot)
				continue;
			new->backends[i].down = old->backends[k].down;
			new->backends[i].drained = old->backends[k].drained;
		}
	}
}

static bool note_slots(const struct flow_view *view, void *arg)
{
	struct config *c = arg;

	if (view->service_slot < CONFIG_SERVICES)
		c->busy_services[view->service_slot] = true;
	if (view->backend_slot < CONFIG_BACKENDS)
		c->busy_backends[view->backend_slot] = true;
	return true;
}

/* Notes what flows name: their service or backend may have been removed before. */
static void note_busy_slots(struct fleet *fleet)
{
	struct config *c = fleet->config;
	struct fabric *f = fleet->fabric;

	memset(c->busy_services, 0, sizeof(c->busy_services));
	memset(c->busy_backends, 0, sizeof(c->busy_backends));
	flow_walk(fabric_at(f, f->flow_offset), 0, note_slots, c);
}

static struct config *compile(struct fleet *fleet,
			      const struct reload_text *what, char *err,
			      size_t err_bytes)
{
	struct config *new = reload_parse(what, err, err_bytes);
	char why[256];
	bool ok;

	if (!new)
		return NULL;
	ok = fits(fleet, what->file, new, err, err_bytes);
	if (ok) {
		note_busy_slots(fleet);
		ok = config_assign_slots(new, fleet->config, why,
					 sizeof(why)) &&
		     publish_check(fleet, new, why, sizeof(why)) &&
		     nat_check(fleet, new, why, sizeof(why));
		if (!ok)
			snprintf(err, err_bytes, "%s: %s", what->file, why);
	}
	if (ok) {
		keep_backend_state(new, fleet->config);
		return new;
	}
	free(new);
	return NULL;
}

void reload_store_text(struct fleet *fleet, const struct reload_text *what)
{
	struct fabric *f = fleet->fabric;
	char *at = fabric_at(f, f->config_offset);

	memcpy(at, what->text, what->bytes);
	at[what->bytes] = '\0';
}

/* Nobody receives for an address that is no longer there. */
static void forget_addresses(struct fleet *fleet)
{
	uint16_t slots[FAB_ADDRESSES];
	bool used[FAB_ADDRESSES] = { false };
	unsigned n = fleet_addresses(fleet->config, slots);

	for (unsigned i = 0; i < n; i++)
		used[slots[i]] = true;
	for (unsigned a = 0; a < FAB_ADDRESSES; a++)
		if (!used[a])
			fleet->fabric->receivers[a] = FAB_NO_ENGINE;
}

/* A policy that is configured now decides; one that is gone does not. */
static void follow_policy(struct fleet *fleet, enum scale_policy_kind before)
{
	bool on = fleet->config->scaling.policy != POLICY_MANUAL;

	if (fleet->config->scaling.policy != before &&
	    controller_is_auto(fleet) != on)
		controller_set_auto(fleet, on);
}

static void fit_size(struct fleet *fleet)
{
	const struct config *c = fleet->config;
	uint32_t wanted = fleet->fabric->engines_wanted;

	if (wanted > c->engines_max)
		fleet->fabric->engines_wanted = c->engines_max;
	if (wanted && wanted < c->engines_min)
		fleet->fabric->engines_wanted = c->engines_min;
}

int reload(struct fleet *fleet, const struct reload_text *what, bool apply,
	   char *err, size_t err_bytes)
{
	struct config *new = compile(fleet, what, err, err_bytes),
		      *old = fleet->config;
	char why[256];

	if (!new)
		return -1;
	if (!apply) {
		free(new);
		return 0;
	}
	if (nat_apply(fleet, new, why, sizeof(why)) < 0) {
		snprintf(err, err_bytes, "%s: nat.inbound: %s", what->file,
			 why);
		free(new);
		return -1;
	}
	new->revision = old->revision + 1;
	fleet->config = new;
	follow_policy(fleet, old->scaling.policy);
	free(old);
	reload_store_text(fleet, what);
	forget_addresses(fleet);
	fit_size(fleet);
	health_restart(fleet);
	learn_restart(fleet);
	controller_start(fleet);
	publish_want(fleet);
	state_save(fleet);
	notice(fleet, "config_applied", json_pack("{s:s}", "file", what->file),
	       "configuration %s is in force: %u services, %u backends",
	       what->file, new->n_services, new->n_backends);
	return 0;
}
