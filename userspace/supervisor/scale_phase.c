// SPDX-License-Identifier: BSD-3-Clause
/* scale_phase.c - the phases a change of the fleet goes through */
#include "scale_phase.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "adopt.h"
#include "clock.h"
#include "engine.h"
#include "fleet.h"
#include "generation.h"
#include "plan.h"
#include "rebalance.h"
#include "sampler.h"
#include "standby.h"
#include "steer.h"

#define SECOND_US 1000000

/* A port is quiet when for so long nothing came in: longer than a neighbour takes to
 * act on an announcement, shorter than anybody waits for. */
#define QUIET_US 200000

/* A raw socket's fan-out group is named after process and device in a way that can
 * clash with another engine's: the next process has another number. */
#define START_TRIES 3

#define fail_change(change, ...) \
	snprintf((change)->failure, sizeof((change)->failure), __VA_ARGS__)

static void lose_engine(struct change *change, unsigned slot, const char *why)
{
	/* The first reason is the cause, what comes later follows from it. */
	if (!*change->shortfall)
		snprintf(change->shortfall, sizeof(change->shortfall), "%s",
			 why);
	if (!change->partial)
		memcpy(change->failure, change->shortfall,
		       sizeof(change->failure));
	change->starting &= ~(1u << slot);
}

void change_retry_engine(struct change *change, unsigned slot, const char *why)
{
	if (++change->tries[slot] >= START_TRIES)
		lose_engine(change, slot, why);
	else
		change->spawned &= ~(1u << slot);
}

/* --- start the new engines --- */

static bool start_enter(struct fleet *fleet, struct change *change)
{
	standby_take(fleet, change->starting);
	return change->starting;
}

static void start_one(struct fleet *fleet, struct change *change, unsigned slot)
{
	char err[200], why[256];
	int ret = engine_start(fleet, slot, false, err, sizeof(err));

	snprintf(why, sizeof(why), "engine %u cannot start: %s", slot, err);
	if (!ret)
		change->spawned |= 1u << slot;
	else if (ret == -EAGAIN)
		memcpy(change->waiting, why, sizeof(why));
	else
		lose_engine(change, slot, why);
}

static enum phase_step start_poll(struct fleet *fleet, struct change *change)
{
	char why[64];

	FOREACH_ENGINE(slot, change->starting & ~change->spawned)
		start_one(fleet, change, slot);
	FOREACH_ENGINE(slot, change->starting & change->spawned) {
		engine_promote(fleet, slot);
		if (engine_state(fleet, slot) == ENGINE_STARTING ||
		    engine_state(fleet, slot) == ENGINE_READY)
			continue;
		snprintf(why, sizeof(why), "engine %u ended as soon as it ran",
			 slot);
		lose_engine(change, slot, why);
	}
	return change->starting & ~fleet_ready(fleet) ? PHASE_WAIT : PHASE_NEXT;
}

static enum phase_step start_late(struct fleet *fleet, struct change *change)
{
	char why[64];

	FOREACH_ENGINE(slot, change->starting & ~fleet_ready(fleet)) {
		if (!mask_has(change->spawned, slot)) {
			lose_engine(change, slot, change->waiting);
			continue;
		}
		snprintf(why, sizeof(why), "engine %u was not ready in time",
			 slot);
		lose_engine(change, slot, why);
		engine_kill(fleet, slot);
	}
	return PHASE_NEXT;
}

/* --- addresses of leaving engines go to others --- */

static bool is_quiet(const struct fleet *fleet, uint32_t mask)
{
	uint64_t now_us = clock_us();

	FOREACH_ENGINE(slot, mask & fleet_ready(fleet))
		if (now_us - fleet->fabric->engines[slot].last_rx_us < QUIET_US)
			return false;
	return true;
}

static bool receivers_enter(struct fleet *fleet, struct change *change)
{
	uint32_t stay = fleet_ready(fleet) & ~change->leaving;

	if (change->all || !(change->leaving & fleet_receivers(fleet)))
		return false;
	if (!stay) {
		fail_change(change, "no engine is left that could take over");
		return false;
	}
	steer_receivers(fleet, stay, stay);
	change->announced_us = clock_us();
	return true;
}

static enum phase_step quiet_poll(struct fleet *fleet, struct change *change)
{
	if (!steer_seen(fleet) || !steer_announced(fleet))
		return PHASE_WAIT;
	if (is_quiet(fleet, change->leaving))
		return PHASE_NEXT;
	if (clock_us() - change->announced_us >= SECOND_US) {
		steer_announce(fleet);
		change->announced_us = clock_us();
	}
	return PHASE_WAIT;
}

static enum phase_step quiet_late(struct fleet *fleet, struct change *change)
{
	FOREACH_ENGINE(slot, change->leaving)
		if (!is_quiet(fleet, 1u << slot))
			fail_change(
				change,
				"engine %u still receives packets, so it stays",
				slot);
	if (!*change->failure)
		fail_change(change,
			    "the new receivers did not announce themselves");
	return PHASE_WAIT;
}

/* --- slices --- */

static bool move_enter(struct fleet *fleet, struct change *change)
{
	if (change->all)
		steer_orphan(fleet, 0);
	return !change->all;
}

/* Who gets which slice. Whatever is by load now, a change of the number of engines
 * makes even by number again. */
static void plan_targets(struct fleet *fleet, struct change *change,
			 const uint32_t *words, uint32_t members)
{
	const struct rebalance_limits limits =
		rebalance_limits(&fleet->config->scaling);
	bool by_load = change->by_load && plan_owned(words, members);

	if (by_load)
		rebalance_plan(words, members, sampler_slices(fleet), &limits,
			       change->target);
	else
		plan_balance(words, members, change->target);
	fleet->fabric->slices_by_load = by_load;
}

static void fail_alone(struct change *change)
{
	fail_change(change, "%s",
		    *change->shortfall ?
			    change->shortfall :
			    "no engine is left that could take over");
}

static void start_moves(struct fleet *fleet, struct change *change)
{
	uint32_t words[FAB_SLICES], ready = fleet_ready(fleet);
	uint32_t members = ready & ~change->leaving;
	struct steer_change moved;

	if (!members) {
		fail_alone(change);
		return;
	}
	steer_words(fleet, words);
	plan_targets(fleet, change, words, members);
	measure_clear_engines(fleet);
	moved = steer_slices(fleet, change->target, ready);
	measure_add(&change->measure, &moved);
	/* An address nobody receives for, such as all of them at the start. */
	steer_receivers(fleet, ready, members);
	change->planned = true;
	change->planned_us = clock_us();
}

/* The old owner's release can be seen before the new owner has seen it, and timed
 * the pause. One that was adopted meanwhile is timed by the adoption. */
static bool arrived(const struct fleet *fleet, const struct change *change)
{
	const struct fabric *f = fleet->fabric;

	for (unsigned s = 0; s < FAB_SLICES; s++)
		if (f->moving_us[s] && !f->pause_us[s] &&
		    slice_owner(f->slices[s]) == change->target[s] &&
		    engine_state(fleet, change->target[s]) == ENGINE_READY)
			return false;
	return true;
}

static enum phase_step move_poll(struct fleet *fleet, struct change *change)
{
	uint32_t words[FAB_SLICES];

	/* Who adopts has to be started first, and that is another change. */
	if (!fleet_ready(fleet)) {
		fail_alone(change);
		return PHASE_WAIT;
	}
	if (adopt_busy(fleet) || steer_moving(fleet) ||
	    (change->planned && !change->disturbed &&
	     !arrived(fleet, change))) {
		change->disturbed |= change->planned && adopt_busy(fleet);
		return PHASE_WAIT;
	}
	if (change->planned) {
		measure_slices(&change->measure, fleet, change->target);
		if (change->disturbed)
			measure_pause(
				&change->measure,
				(uint32_t)(clock_us() - change->planned_us));
		steer_words(fleet, words);
		/* Unless somebody died meanwhile and gave it something. */
		if (!(plan_involved(words) & change->leaving) &&
		    steer_seen(fleet))
			return PHASE_NEXT;
		if (!(plan_involved(words) & change->leaving))
			return PHASE_WAIT;
	}
	/* An engine still on an older epoch would read the new words as its. */
	if (steer_seen(fleet))
		start_moves(fleet, change);
	return PHASE_WAIT;
}

static enum phase_step move_late(struct fleet *fleet, struct change *change)
{
	const struct fabric *f = fleet->fabric;

	FOREACH_ENGINE(slot, fleet_ready(fleet))
		if ((int32_t)(f->engines[slot].epoch_seen - f->steer_epoch) < 0)
			fail_change(change,
				    "engine %u does not take part in the move",
				    slot);
	if (!*change->failure)
		fail_change(change, "slices are still on the move");
	return PHASE_WAIT;
}

/* --- leaving engines --- */

static bool quiet_enter(struct fleet *fleet, struct change *change)
{
	change->announced_us = clock_us();
	return change->leaving && !change->all;
}

static bool stop_enter(struct fleet *fleet, struct change *change)
{
	FOREACH_ENGINE(slot, change->leaving & fleet_ready(fleet))
		engine_leave(fleet, slot);
	return change->leaving;
}

static enum phase_step stop_poll(struct fleet *fleet, struct change *change)
{
	return (change->all ? fleet_used(fleet) :
			      change->leaving & fleet_used(fleet)) ?
		       PHASE_WAIT :
		       PHASE_NEXT;
}

static enum phase_step stop_late(struct fleet *fleet, struct change *change)
{
	FOREACH_ENGINE(slot, change->leaving & fleet_used(fleet))
		engine_kill(fleet, slot);
	return PHASE_WAIT;
}

/* --- what is under way arrives --- */

static bool settle_enter(struct fleet *fleet, struct change *change)
{
	measure_complete(&change->measure, fleet, MEASURE_PATIENCE_US);
	return true;
}

static enum phase_step settle_poll(struct fleet *fleet, struct change *change)
{
	return measure_settled(&change->measure, fleet) ? PHASE_NEXT :
							  PHASE_WAIT;
}

static enum phase_step settle_late(struct fleet *fleet, struct change *change)
{
	return PHASE_NEXT;
}

const struct scale_phase scale_phases[] = {
	{ "starts engines", start_enter, start_poll, start_late, 0 },
	{ "moves addresses", receivers_enter, quiet_poll, quiet_late,
	  10 * SECOND_US },
	{ "moves slices", move_enter, move_poll, move_late, 30 * SECOND_US },
	{ "waits for quiet ports", quiet_enter, quiet_poll, quiet_late,
	  10 * SECOND_US },
	{ "stops engines", stop_enter, stop_poll, stop_late, 5 * SECOND_US },
	{ "settles", settle_enter, settle_poll, settle_late,
	  2 * MEASURE_PATIENCE_US },
	{ NULL, NULL, NULL, NULL, 0 },
};

const struct scale_phase scale_generation_phases[] = {
	{ "starts engines", start_enter, start_poll, start_late, 0 },
	{ "cuts over", generation_cut_enter, generation_cut_poll,
	  generation_cut_late, 10 * SECOND_US },
	{ "drains", generation_drain_enter, generation_drain_poll,
	  generation_drain_late, 86400ull * SECOND_US },
	{ "moves connections", generation_move_enter, generation_move_poll,
	  generation_move_late, 30 * SECOND_US },
	{ "ends the former set", generation_end_enter, generation_end_poll,
	  generation_cut_late, 10 * SECOND_US },
	{ "stops engines", stop_enter, stop_poll, stop_late, 5 * SECOND_US },
	{ "settles", settle_enter, settle_poll, settle_late,
	  2 * MEASURE_PATIENCE_US },
	{ NULL, NULL, NULL, NULL, 0 },
};

uint64_t scale_phase_limit_us(const struct fleet *fleet,
			      const struct scale_phase *phase)
{
	if (phase->enter == start_enter)
		return fleet->config->start_timeout_s * (uint64_t)SECOND_US;
	return phase->deadline_us;
}
