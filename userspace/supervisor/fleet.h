/* SPDX-License-Identifier: BSD-3-Clause */
/* fleet.h - the running fleet: what every part of the supervisor works on */
#ifndef SUPERVISOR_FLEET_H
#define SUPERVISOR_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "config.h"
#include "engine.h"
#include "fabric.h"

struct adopt;
struct api;
struct controller;
struct health;
struct learn;
struct leases;
struct metrics;
struct nat;
struct notices;
struct pulse;
struct sampler;
struct scale;
struct sequence;
struct standby;
struct upgrade;

/* How vfleetd was called. */
struct options {
	const char *config; /* path of the YAML file */
	const char *engine; /* path of vfleet-engine */
	const char *state_dir; /* state file, lock, logs of engines */
};

struct fleet {
	struct event_base *base;
	const struct options *options;
	struct fabric *fabric;
	int fabric_fd;
	struct config *config; /* in force, with the run-time state of backends */
	bool publish_wanted; /* config is newer than the snapshot in force */
	struct engine engines[FAB_ENGINES];
	struct event *turn; /* runs fleet_turn() */
	bool syn_on[FAB_SERVICES]; /* the last that was told; by service slot */
	bool started; /* the first engines were asked for */

	/* Parts, made by their X_new() and private to their files. */
	struct adopt *adopt;
	struct api *api;
	struct controller *controller;
	struct health *health;
	struct learn *learn;
	struct leases *leases;
	struct metrics *metrics;
	struct nat *nat;
	struct notices *notices;
	struct pulse *pulse;
	struct sampler *sampler;
	struct scale *scale;
	struct sequence *sequence;
	struct standby *standby;
	struct upgrade *upgrade;
};

/* Makes a fabric for this configuration. 0, or -1 with a sentence in err. */
int fleet_create_fabric(struct fleet *fleet, char *err, size_t err_bytes);

/* Most engines, the leaving ones and replacements included, for a configuration. */
unsigned fleet_slots_for(const struct config *config);

/* Makes the timers. */
int fleet_start_turns(struct fleet *fleet);

/* Something is to be done: have a turn at once, and one each millisecond from then on
 * until nothing moves. */
void fleet_wake(struct fleet *fleet);

/* Engines in a state, as masks of slots. */
uint32_t fleet_ready(const struct fleet *fleet);
uint32_t fleet_stopping(const struct fleet *fleet);
uint32_t fleet_used(const struct fleet *fleet); /* not empty */
/* Engines that receive for an address of the configuration in force. */
uint32_t fleet_receivers(const struct fleet *fleet);

/* Has the engines look at the fabric now: one that sleeps would do so later. */
void fleet_wake_engines(const struct fleet *fleet);

/* Slots of receivers[] that the configuration in force uses; returns how many. */
unsigned fleet_addresses(const struct config *config,
			 uint16_t slots[FAB_ADDRESSES]);

enum engine_state engine_state(const struct fleet *fleet, unsigned slot);

static inline unsigned mask_count(uint32_t mask)
{
	return (unsigned)__builtin_popcount(mask);
}

static inline bool mask_has(uint32_t mask, unsigned slot)
{
	return slot < 32 && mask >> slot & 1;
}

/* for (slot of each bit in mask) */
#define FOREACH_ENGINE(slot, mask)                          \
	for (unsigned slot = 0; slot < FAB_ENGINES; slot++) \
		if (mask_has(mask, slot))

#endif
