// SPDX-License-Identifier: BSD-3-Clause
/* warnings.c - what is accepted but cannot mean what it says */
#include <stdio.h>

#include "config_load.h"
#include "fabric.h"
#include "mss.h"

#define WARNING_BYTES 256
#define HEADERS4      40 /* the family with the larger MSS */

struct warner {
	const struct config *config;
	config_warning_fn *warn;
	void *arg;
};

static const char *const sides[FAB_SIDES] = { "client", "server" };

static uint16_t mtu_of(const struct config *c, const struct config_vlan *v)
{
	uint16_t mtu = c->ports[v->side].mtu;

	return v->mtu && v->mtu < mtu ? v->mtu : mtu;
}

static void warn_vlan(const struct warner *w, const struct config_vlan *v)
{
	uint16_t port = w->config->ports[v->side].mtu;
	uint16_t mss = mtu_of(w->config, v) - HEADERS4;
	char text[WARNING_BYTES];

	if (v->mtu > port) {
		snprintf(
			text, sizeof(text),
			"network.vlans: mtu %u of VLAN %u on the %s side is above "
			"the %u of its port and will never apply",
			v->mtu, v->id, sides[v->side], port);
		w->warn(w->arg, text);
	}
	if (v->mss > mss) {
		snprintf(
			text, sizeof(text),
			"network.vlans: mss %u of VLAN %u on the %s side is above "
			"the %u its MTU leaves and will never apply",
			v->mss, v->id, sides[v->side], mss);
		w->warn(w->arg, text);
	}
}

static void warn_profile(const struct warner *w, const struct config_profile *p)
{
	const struct config_port *ports = w->config->ports;
	uint16_t mtu = ports[SIDE_CLIENT].mtu > ports[SIDE_SERVER].mtu ?
			       ports[SIDE_CLIENT].mtu :
			       ports[SIDE_SERVER].mtu;
	char text[WARNING_BYTES];

	if (p->mss <= mtu - HEADERS4)
		return;
	snprintf(
		text, sizeof(text),
		"profiles: mss %u of \"%s\" is above the %u that the largest MTU "
		"of a port leaves and will never apply",
		p->mss, p->name, (unsigned)mtu - HEADERS4);
	w->warn(w->arg, text);
}

void config_warnings(const struct config *config, config_warning_fn *warn,
		     void *arg)
{
	const struct warner w = { config, warn, arg };

	for (unsigned i = 0; i < config->n_vlans; i++)
		warn_vlan(&w, &config->vlans[i]);
	/* A profile called "default" is item 0 as well as its own. */
	for (unsigned i = 1; i < config->n_profiles; i++)
		warn_profile(&w, &config->profiles[i]);
}
