// SPDX-License-Identifier: BSD-3-Clause
/* controller.c - keep the fleet at the wanted size; ask the policy what that is */
#include "controller.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fleet.h"
#include "generation.h"
#include "notice.h"
#include "plan.h"
#include "policy.h"
#include "rebalance.h"
#include "sampler.h"
#include "scale.h"
#include "steer.h"

#define SECOND_US 1000000ull
/* Longest pause between attempts to replace engines that keep ending. */
#define PAUSE_MAX_S 60
/* An engine that ran for so long did not die of its start. */
#define STABLE_S 5

struct controller {
	struct event *timer;
	struct policy_state policy;
	char said[96]; /* last reason to hold, so that it is told once */
	unsigned failures; /* in a row */
	uint64_t failed_us; /* the last one */
	uint64_t retry_us; /* not before */
	uint64_t rebalance_us; /* not before */
};

struct controller *controller_new(void)
{
	return calloc(1, sizeof(struct controller));
}

bool controller_is_auto(const struct fleet *fleet)
{
	return fleet->fabric->scale_auto;
}

void controller_set_auto(struct fleet *fleet, bool on)
{
	fleet->fabric->scale_auto = on;
	fleet->controller->policy = (struct policy_state){ 0 };
	notice(fleet, "scale_auto", json_pack("{s:b}", "auto", on),
	       "automatic scaling is %s", on ? "on" : "off");
}

/* --- the wanted size --- */

static void note_failure(struct controller *c)
{
	uint64_t now_us = clock_us(), pause_s;

	if (now_us - c->failed_us > PAUSE_MAX_S * SECOND_US)
		c->failures = 0;
	pause_s = 1ull << (c->failures < 6 ? c->failures : 6);

	if (pause_s > PAUSE_MAX_S)
		pause_s = PAUSE_MAX_S;
	c->failures++;
	c->failed_us = now_us;
	c->retry_us = now_us + pause_s * SECOND_US;
}

void controller_note_death(struct fleet *fleet, uint64_t lived_us)
{
	struct controller *c = fleet->controller;

	/* It ran well until something happened to it: replace it at once. */
	if (lived_us >= STABLE_S * SECOND_US)
		c->failures = 0;
	else
		note_failure(c);
}

static void note_result(void *arg, const struct scale_result *result)
{
	struct controller *c = arg;

	if (result->err)
		note_failure(c);
}

/* Why the fleet is not as it should be; false: it is. */
static bool has_fault(struct fleet *fleet, char *why, size_t bytes)
{
	unsigned wanted = fleet->fabric->engines_wanted;
	uint32_t ready = fleet_ready(fleet);

	if (mask_count(ready) != wanted) {
		snprintf(why, bytes, "%s %u engine%s",
			 ready ? "restore" : "start", wanted,
			 wanted == 1 ? "" : "s");
		return true;
	}
	snprintf(why, bytes, "share the slices evenly");
	return !steer_even(fleet);
}

void controller_keep_size(struct fleet *fleet)
{
	struct controller *c = fleet->controller;
	struct scale_request request = {
		.kind = SCALE_RESTORE,
		.done = note_result,
		.arg = c,
	};
	uint32_t ready = fleet_ready(fleet);

	if (!fleet->started)
		return;
	/* A new address after a reload. */
	steer_receivers(fleet, ready, ready);
	if (clock_us() >= c->retry_us &&
	    has_fault(fleet, request.reason, sizeof(request.reason)))
		scale_submit(fleet, &request);
}

/* --- the policy --- */

static void ask_policy(struct fleet *fleet)
{
	struct controller *c = fleet->controller;
	struct scale_request request = {
		.kind = SCALE_TO,
		.done = note_result,
		.arg = c,
	};
	struct policy_sample sample = sampler_fleet(fleet);
	struct policy_decision d;

	/* A fleet that lost an engine gets it back before anything else. */
	if (!controller_is_auto(fleet) || !sample.engines ||
	    scale_busy(fleet) ||
	    sample.engines != fleet->fabric->engines_wanted ||
	    clock_us() < c->retry_us)
		return;
	d = policy_decide(&fleet->config->scaling, &sample, &c->policy);
	if (d.engines == sample.engines) {
		if (*d.reason && strcmp(d.reason, c->said))
			notice(fleet, "scale_hold", NULL,
			       "no engine is added: %s", d.reason);
		memcpy(c->said, d.reason, sizeof(c->said));
		return;
	}
	request.n = d.engines;
	memcpy(request.reason, d.reason, sizeof(request.reason));
	scale_submit(fleet, &request);
}

/* Everything is at rest, more than one engine works, and nobody wants it otherwise. */
static bool may_rebalance(const struct fleet *fleet)
{
	uint32_t words[FAB_SLICES], ready = fleet_ready(fleet);

	steer_words(fleet, words);
	/* A set of engines that hands over by generations changes as a whole. */
	return controller_is_auto(fleet) && !scale_busy(fleet) &&
	       !generation_used(fleet) &&
	       fleet->config->scaling.rebalance_pct &&
	       mask_count(ready) == fleet->fabric->engines_wanted &&
	       mask_count(ready) > 1 && plan_owned(words, ready);
}

static void submit_rebalance(struct fleet *fleet)
{
	const struct rebalance_limits limits =
		rebalance_limits(&fleet->config->scaling);
	struct scale_request request = { .kind = SCALE_REBALANCE };
	uint32_t words[FAB_SLICES], ready = fleet_ready(fleet);
	uint8_t target[FAB_SLICES];
	struct rebalance r;

	steer_words(fleet, words);
	r = rebalance_plan(words, ready, sampler_slices(fleet), &limits,
			   target);
	if (!r.moves)
		return;
	snprintf(
		request.reason, sizeof(request.reason),
		"rebalance: engines %u and %u differ by %u%% of the average load",
		r.from, r.to, r.before_pct);
	scale_submit(fleet, &request);
}

/* Evens out the load of the engines now and then. */
static void ask_rebalance(struct fleet *fleet)
{
	struct controller *c = fleet->controller;
	uint64_t now_us = clock_us();
	bool may = may_rebalance(fleet);

	if (may && now_us < c->rebalance_us)
		return;
	/* After any change it takes a while until its effect can be seen. */
	c->rebalance_us =
		now_us + fleet->config->scaling.rebalance_ms * 1000ull;
	if (may)
		submit_rebalance(fleet);
}

static void on_sample(evutil_socket_t fd, short what, void *arg)
{
	struct fleet *fleet = arg;

	sampler_take(fleet);
	ask_policy(fleet);
	ask_rebalance(fleet);
}

int controller_start(struct fleet *fleet)
{
	struct controller *c = fleet->controller;
	unsigned ms = fleet->config->scaling.sample_ms;
	const struct timeval every = { ms / 1000, ms % 1000 * 1000 };

	if (!c->timer)
		c->timer = event_new(fleet->base, -1, EV_PERSIST, on_sample,
				     fleet);
	return c->timer && event_add(c->timer, &every) == 0 ? 0 : -1;
}
