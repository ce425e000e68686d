// SPDX-License-Identifier: BSD-3-Clause
/* learn.c - MSS learning: rounds, decisions, what is in force */
#include "learn.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fleet.h"
#include "heard.h"
#include "notice.h"
#include "publish.h"

#define SECOND_US 1000000ull

struct learn {
	struct event *timer; /* looks every second; NULL: nobody learns */
	uint64_t end_us[FAB_SERVICES]; /* of the round, by slot; 0 = none */
};

struct learn *learn_new(void)
{
	return calloc(1, sizeof(struct learn));
}

static const struct config_profile *profile_of(const struct fleet *fleet,
					       const struct config_service *s)
{
	return &fleet->config->profiles[s->profile];
}

static void begin_round(struct fleet *fleet, const struct config_service *s)
{
	uint32_t interval_s = profile_of(fleet, s)->learn_interval_s;

	for (unsigned slot = 0; slot < FAB_ENGINES; slot++)
		fabric_load(fleet->fabric, slot)->heard[s->slot].wanted++;
	fleet->learn->end_us[s->slot] = clock_us() + interval_s * SECOND_US;
}

static struct heard_tally tally(const struct fleet *fleet,
				const struct config_service *s)
{
	struct heard_tally t = { 0 };

	for (unsigned slot = 0; slot < FAB_ENGINES; slot++)
		heard_add(&t,
			  &fabric_load(fleet->fabric, slot)->heard[s->slot]);
	return t;
}

uint32_t learn_heard(const struct fleet *fleet, const struct config_service *s)
{
	return tally(fleet, s).total;
}

/* Without a majority what was learned before stays. */
static void end_round(struct fleet *fleet, const struct config_service *s)
{
	_Atomic uint16_t *learned = &fleet->fabric->mss.learned[s->slot];
	struct heard_tally t = tally(fleet, s);
	uint16_t mss = heard_majority(&t, profile_of(fleet, s)->learn_samples);

	if (!mss || mss == *learned)
		return;
	*learned = mss;
	publish_want(fleet);
	notice(fleet, "mss_learned",
	       json_pack("{s:s, s:i}", "service", s->name, "mss", (int)mss),
	       "most servers of %s advertise an MSS of %u: %u SYN-ACKs seen",
	       s->name, mss, t.total);
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
	struct fleet *fleet = arg;

	for (unsigned i = 0; i < fleet->config->n_services; i++) {
		const struct config_service *s = &fleet->config->services[i];
		uint64_t end_us = fleet->learn->end_us[s->slot];

		if (!end_us || clock_us() < end_us)
			continue;
		end_round(fleet, s);
		begin_round(fleet, s);
	}
}

static void look_every_second(struct fleet *fleet)
{
	const struct timeval second = { 1, 0 };
	struct learn *l = fleet->learn;

	if (l->timer)
		return;
	l->timer = event_new(fleet->base, -1, EV_PERSIST, on_look, fleet);
	if (l->timer)
		event_add(l->timer, &second);
}

static void stop_looking(struct learn *l)
{
	if (l->timer)
		event_free(l->timer);
	l->timer = NULL;
}

void learn_restart(struct fleet *fleet)
{
	bool learns[FAB_SERVICES] = { false }, any = false;
	struct learn *l = fleet->learn;

	for (unsigned i = 0; i < fleet->config->n_services; i++) {
		const struct config_service *s = &fleet->config->services[i];

		if (!profile_of(fleet, s)->learn_interval_s)
			continue;
		learns[s->slot] = any = true;
		if (!l->end_us[s->slot])
			begin_round(fleet, s);
	}
	for (unsigned slot = 0; slot < FAB_SERVICES; slot++) {
		if (learns[slot])
			continue;
		l->end_us[slot] = 0;
		fleet->fabric->mss.learned[slot] = 0;
	}
	if (any)
		look_every_second(fleet);
	else
		stop_looking(l);
}

void learn_fill(struct fleet *fleet)
{
	for (unsigned i = 0; i < fleet->config->n_services; i++) {
		struct config_service *s = &fleet->config->services[i];

		s->learned_mss = fleet->fabric->mss.learned[s->slot];
	}
}
