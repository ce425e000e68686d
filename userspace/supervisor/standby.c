// SPDX-License-Identifier: BSD-3-Clause
/* standby.c - engines started ahead, asleep, for a change that cannot wait for a start */
#include "standby.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "engine.h"
#include "fleet.h"
#include "notice.h"
#include "plan.h"

#define SECOND_US   1000000ull
#define PAUSE_S_MAX 60 /* between attempts with standbys that keep ending */

struct standby {
	unsigned failures; /* in a row */
	uint64_t failed_us; /* the last one */
	uint64_t retry_us; /* not before */
	char said[256]; /* why none could be started, so that it is told once */
};

struct standby *standby_new(void)
{
	return calloc(1, sizeof(struct standby));
}

static uint32_t kept(const struct fleet *fleet, enum engine_state state)
{
	uint32_t mask = 0;

	FOREACH_ENGINE(slot, fleet_used(fleet))
		if (fleet->fabric->engines[slot].standby &&
		    engine_state(fleet, slot) == state)
			mask |= 1u << slot;
	return mask;
}

uint32_t standby_asleep(const struct fleet *fleet)
{
	return kept(fleet, ENGINE_STANDBY);
}

uint32_t standby_starting(const struct fleet *fleet)
{
	return kept(fleet, ENGINE_STARTING);
}

uint32_t standby_pick(const struct fleet *fleet, unsigned n)
{
	uint32_t asleep = standby_asleep(fleet), picked = 0;

	FOREACH_ENGINE(slot, asleep)
		if (mask_count(picked) < n)
			picked |= 1u << slot;
	FOREACH_ENGINE(slot, standby_starting(fleet))
		if (mask_count(picked) < n)
			picked |= 1u << slot;
	return picked;
}

void standby_take(struct fleet *fleet, uint32_t mask)
{
	FOREACH_ENGINE(slot, mask)
		fleet->fabric->engines[slot].standby = 0;
}

static void end_some(struct fleet *fleet, uint32_t mask)
{
	FOREACH_ENGINE(slot, mask) {
		fleet->fabric->engines[slot].standby = 0;
		if (engine_state(fleet, slot) == ENGINE_STANDBY)
			engine_leave(fleet, slot);
		else
			engine_kill(fleet, slot);
	}
}

void standby_end(struct fleet *fleet)
{
	end_some(fleet, standby_asleep(fleet) | standby_starting(fleet));
}

void standby_note_end(struct fleet *fleet)
{
	struct standby *s = fleet->standby;
	uint64_t now_us = clock_us(), pause_s;

	if (now_us - s->failed_us > 2 * PAUSE_S_MAX * SECOND_US)
		s->failures = 0;
	/* One that was killed once is replaced at once. */
	pause_s = s->failures ? 1ull << (s->failures < 6 ? s->failures : 6) : 0;
	if (pause_s > PAUSE_S_MAX)
		pause_s = PAUSE_S_MAX;
	s->failures++;
	s->failed_us = now_us;
	s->retry_us = now_us + pause_s * SECOND_US;
}

static void start_one(struct fleet *fleet)
{
	struct standby *s = fleet->standby;
	uint32_t free =
		plan_slots(fleet_used(fleet), fleet->fabric->engines_max, 1);
	char err[200];

	if (!free || clock_us() < s->retry_us)
		return;
	if (engine_start(fleet, (unsigned)__builtin_ctz(free), true, err,
			 sizeof(err)) == 0) {
		*s->said = '\0';
		return;
	}
	standby_note_end(fleet);
	if (strcmp(err, s->said))
		notice(fleet, "standby_failed", NULL,
		       "no standby can be started: %s", err);
	memcpy(s->said, err, sizeof(err));
}

void standby_keep(struct fleet *fleet)
{
	unsigned wanted = fleet->config->standby, have;
	uint32_t asleep = standby_asleep(fleet);

	/* The engines that serve come first. */
	if (!fleet->started || !fleet_ready(fleet))
		return;
	have = mask_count(asleep | standby_starting(fleet));
	if (have < wanted)
		start_one(fleet);
	for (; have > wanted && asleep; have--) {
		uint32_t one = asleep & -asleep;

		end_some(fleet, one);
		asleep &= ~one;
	}
}
