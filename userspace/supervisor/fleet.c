// SPDX-License-Identifier: BSD-3-Clause
/* fleet.c - the running fleet: what every part of the supervisor works on */
#include "fleet.h"

#include <stdio.h>
#include <string.h>

#include "adopt.h"
#include "clock.h"
#include "config_load.h"
#include "controller.h"
#include "group.h"
#include "measure.h"
#include "nat.h"
#include "publish.h"
#include "pulse.h"
#include "scale.h"
#include "snapshot.h"
#include "standby.h"
#include "syn_key.h"
#include "syn_state.h"
#include "toeplitz.h"

#define RING_SLOTS     1024
#define HOLD_SLOTS     8192
#define SPARE_SLOTS    2 /* for replacements that start beside the full fleet */
#define ETHERNET_BYTES 18 /* header and one VLAN tag */

#define TURN_BUSY_US   1000
#define TURN_IDLE_US   100000

unsigned fleet_slots_for(const struct config *config)
{
	unsigned sets = config->steering == STEERING_MIRROR ? FAB_BANKS : 1;
	unsigned slots =
		sets * config->engines_max + config->standby + SPARE_SLOTS;

	return slots > FAB_ENGINES ? FAB_ENGINES : slots;
}

int fleet_create_fabric(struct fleet *fleet, char *err, size_t err_bytes)
{
	const struct config *c = fleet->config;
	uint16_t mtu = c->ports[SIDE_CLIENT].mtu > c->ports[SIDE_SERVER].mtu ?
			       c->ports[SIDE_CLIENT].mtu :
			       c->ports[SIDE_SERVER].mtu;
	struct fabric_limits limits = {
		.engines_max = fleet_slots_for(c),
		.ring_slots = RING_SLOTS,
		.frame_bytes_max = mtu + ETHERNET_BYTES,
		.hold_slots = HOLD_SLOTS,
		.flows4 = c->flows4,
		.flows6 = c->flows6,
		.snapshot_bytes = SNAPSHOT_BYTES_MAX, /* any reload fits */
		.config_bytes = CONFIG_TEXT_MAX + 1,
		.banks = c->steering == STEERING_MIRROR ? FAB_BANKS : 1,
		.hugepages = c->hugepages,
	};

	fleet->fabric = fabric_create(&limits, toeplitz_default_key,
				      &fleet->fabric_fd, err, err_bytes);
	if (!fleet->fabric)
		return -1;
	for (unsigned side = 0; side < FAB_SIDES; side++) {
		fleet->fabric->mss.port_mtu[side] = c->ports[side].mtu;
		if (limits.banks == FAB_BANKS &&
		    c->ports[side].provider == PROVIDER_VF)
			group_name(fleet->fabric->group_mac[side],
				   c->fleet_name, side);
	}
	if (syn_key_begin(&fleet->fabric->syn, clock_s(), syn_key_random) == 0)
		return 0;
	snprintf(err, err_bytes, "the kernel gives no random keys");
	return -1;
}

enum engine_state engine_state(const struct fleet *fleet, unsigned slot)
{
	return fleet->fabric->engines[slot].state;
}

static uint32_t in_state(const struct fleet *fleet, enum engine_state state)
{
	uint32_t mask = 0;

	for (unsigned slot = 0; slot < FAB_ENGINES; slot++)
		if (engine_state(fleet, slot) == state)
			mask |= 1u << slot;
	return mask;
}

uint32_t fleet_ready(const struct fleet *fleet)
{
	return in_state(fleet, ENGINE_READY);
}

uint32_t fleet_stopping(const struct fleet *fleet)
{
	return in_state(fleet, ENGINE_STOPPING);
}

void fleet_wake_engines(const struct fleet *fleet)
{
	FOREACH_ENGINE(slot, fleet_used(fleet))
		engine_wake(fleet, slot);
}

uint32_t fleet_used(const struct fleet *fleet)
{
	return ((1u << FAB_ENGINES) - 1) & ~in_state(fleet, ENGINE_EMPTY);
}

unsigned fleet_addresses(const struct config *config,
			 uint16_t slots[FAB_ADDRESSES])
{
	bool seen[FAB_ADDRESSES] = { false };
	unsigned n = 0;

	for (unsigned i = 0; i < config->n_services; i++)
		seen[config->services[i].address_slot] = true;
	for (unsigned i = 0; i < config->n_snats; i++)
		seen[config->snats[i].slot] = true;
	for (unsigned a = 0; a < FAB_ADDRESSES; a++)
		if (seen[a])
			slots[n++] = (uint16_t)a;
	return n;
}

uint32_t fleet_receivers(const struct fleet *fleet)
{
	uint16_t slots[FAB_ADDRESSES];
	unsigned n = fleet_addresses(fleet->config, slots);
	uint32_t mask = 0;

	for (unsigned i = 0; i < n; i++) {
		uint8_t engine = fleet->fabric->receivers[slots[i]];

		if (engine < FAB_ENGINES)
			mask |= 1u << engine;
	}
	return mask;
}

/* Everything that waits for engines gets a chance to go on. */
static void fleet_turn(evutil_socket_t fd, short what, void *arg)
{
	struct fleet *fleet = arg;
	struct timeval wait = { 0 };
	bool busy;

	fleet->fabric->supervisor_heartbeat_us = clock_us();
	FOREACH_ENGINE(slot, fleet_ready(fleet))
		engine_tell_ready(fleet, slot);
	syn_key_turn(&fleet->fabric->syn, clock_s(), syn_key_random);
	syn_state_turn(fleet);
	pulse_check(fleet);
	nat_turn(fleet);
	busy = publish_step(fleet);
	busy |= adopt_step(fleet);
	busy |= scale_step(fleet);
	if (!busy && !adopt_busy(fleet))
		measure_idle(fleet);
	if (!busy) {
		controller_keep_size(fleet);
		standby_keep(fleet);
	}
	wait.tv_usec = busy ? TURN_BUSY_US : TURN_IDLE_US;
	event_add(fleet->turn, &wait);
}

int fleet_start_turns(struct fleet *fleet)
{
	fleet->turn = event_new(fleet->base, -1, 0, fleet_turn, fleet);
	if (!fleet->turn)
		return -1;
	fleet_wake(fleet);
	return 0;
}

void fleet_wake(struct fleet *fleet)
{
	const struct timeval now = { 0 };

	if (fleet->turn)
		event_add(fleet->turn, &now);
}
