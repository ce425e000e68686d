// SPDX-License-Identifier: BSD-3-Clause
/* pulse.c - an engine whose loop stands still is as good as dead */
#include "pulse.h"

#include <stdlib.h>

#include "clock.h"
#include "fleet.h"
#include "notice.h"
#include "standby.h"

/* A loop turns within milliseconds; on a crowded machine it may wait for its core. */
#define STANDSTILL_US 10000000

/* Time between two of our own turns counts only up to this: when the whole machine
 * stood still, nobody is to blame. */
#define TURN_US_MAX 200000

struct pulse {
	uint64_t checked_us;
	uint64_t heartbeat_us[FAB_ENGINES]; /* as last seen */
	uint64_t still_us[FAB_ENGINES]; /* our time since it changed */
};

struct pulse *pulse_new(void)
{
	return calloc(1, sizeof(struct pulse));
}

static void check_one(struct fleet *fleet, unsigned slot, uint64_t elapsed_us)
{
	struct pulse *p = fleet->pulse;
	uint64_t heartbeat_us = fleet->fabric->engines[slot].heartbeat_us;

	if (heartbeat_us != p->heartbeat_us[slot]) {
		p->heartbeat_us[slot] = heartbeat_us;
		p->still_us[slot] = 0;
		return;
	}
	p->still_us[slot] += elapsed_us;
	if (p->still_us[slot] < STANDSTILL_US)
		return;
	p->still_us[slot] = 0;
	notice(fleet, "engine_hung", json_pack("{s:i}", "engine", (int)slot),
	       "engine %u is killed: its loop stands still for %u s", slot,
	       STANDSTILL_US / 1000000);
	engine_kill(fleet, slot);
}

void pulse_check(struct fleet *fleet)
{
	struct pulse *p = fleet->pulse;
	uint64_t now_us = clock_us(), elapsed_us = now_us - p->checked_us;

	p->checked_us = now_us;
	FOREACH_ENGINE(slot, fleet_ready(fleet) | standby_asleep(fleet))
		check_one(fleet, slot,
			  elapsed_us < TURN_US_MAX ? elapsed_us : TURN_US_MAX);
}
