// SPDX-License-Identifier: BSD-3-Clause
/* profile.c - section profiles */
#include <string.h>

#include "mss.h"
#include "sections.h"

#define DAY_S  86400
#define WEEK_S 604800
/* Long enough for every server to have had its turn, and for a route that flaps. */
#define LEARN_INTERVAL_S 180
#define LEARN_SAMPLES	 16
#define PROFILE(field)	 offsetof(struct config_profile, field)
#define SECONDS		 .what = "seconds", .min = 1, .max = WEEK_S

static const struct key timeout_keys[] = {
	{ "tcp_syn_s", read_u32, .offset = PROFILE(tcp_syn_s), SECONDS },
	{ "tcp_established_s", read_u32, .offset = PROFILE(tcp_established_s),
	  SECONDS },
	{ "tcp_close_s", read_u32, .offset = PROFILE(tcp_close_s), SECONDS },
	{ "udp_s", read_u32, .offset = PROFILE(udp_s), SECONDS },
	KEYS_END
};

static const char *const syn_names[] = { "pass", "cookie", "proxy", NULL };

static const struct key learn_keys[] = {
	{ "interval_s", read_u32, .offset = PROFILE(learn_interval_s),
	  .what = "seconds", .min = 1, .max = DAY_S },
	{ "samples", read_u32, .offset = PROFILE(learn_samples),
	  .what = "SYN-ACKs", .min = 1, .max = 1000000 },
	KEYS_END
};

/* A mapping, maybe empty: being there turns learning on. */
static bool read_learn(struct reader *r, yaml_node_t *node,
		       const struct key *key, void *target)
{
	struct config_profile *v = target;

	v->learn_interval_s = LEARN_INTERVAL_S;
	v->learn_samples = LEARN_SAMPLES;
	return reader_map(r, node, learn_keys, v);
}

static bool read_path_mtu(struct reader *r, yaml_node_t *node,
			  const struct key *key, void *target)
{
	static const char *const names[] = { "ignore", "use", NULL };
	const struct key choice = { .choices = names, .max = 1 };
	unsigned value;

	if (!read_choice(r, node, &choice, &value))
		return false;
	*(bool *)target = value == 1;
	return true;
}

static const struct key profile_keys[] = {
	{ "name", read_name, .offset = PROFILE(name), .required = true },
	{ "mss", read_u16, .offset = PROFILE(mss), .what = "bytes",
	  .min = MSS_FLOOR, .max = MTU_MAX },
	{ "learn_mss", read_learn, .offset = 0 },
	{ "path_mtu", read_path_mtu, .offset = PROFILE(path_mtu) },
	{ "timeouts", read_map, .keys = timeout_keys },
	{ "syn", read_choice, .offset = PROFILE(syn), .choices = syn_names,
	  .max = SYN_PROXY },
	{ "syn_half_open", read_u32, .offset = PROFILE(syn_half_open),
	  .what = "connections", .min = 1, .max = 1000000 },
	{ "syn_rate", read_u32, .offset = PROFILE(syn_rate),
	  .what = "SYNs per second", .min = 1, .max = 100000000 },
	KEYS_END
};

bool read_profile(struct reader *r, yaml_node_t *node, const struct key *key,
		  void *target)
{
	struct config *c = r->config;
	struct config_profile v = { 0 };

	if (!reader_map(r, node, profile_keys, &v))
		return false;
	for (unsigned i = 1; i < c->n_profiles; i++) {
		if (!strcmp(c->profiles[i].name, v.name)) {
			reader_enter(r, "name");
			return reader_refuse(r, reader_child(r, node, "name"),
					     "another profile is called \"%s\"",
					     v.name);
		}
	}
	/* A profile called "default" is item 0 as well as its own. */
	if (!strcmp(v.name, c->profiles[0].name))
		c->profiles[0] = v;
	c->profiles[c->n_profiles++] = v;
	return true;
}

void profile_defaults(struct config *c)
{
	strcpy(c->profiles[0].name, "default");
	c->n_profiles = 1;
}
