// SPDX-License-Identifier: BSD-3-Clause
/* scaling.c - section scaling: the policy and what it goes by */
#include <stdio.h>

#include "fabric.h"
#include "sections.h"

#define TIME_MAX_MS 3600000

static const char *const policies[] = { "manual", "threshold", "schedule",
					"target", NULL };

static bool read_inside(struct reader *r, yaml_node_t *node,
			const struct key *key, void *target)
{
	static const char *const names[] = { "threshold", "target", NULL };
	const struct key choice = { .choices = names, .max = 1 };
	unsigned value;

	if (!read_choice(r, node, &choice, &value))
		return false;
	*(enum scale_policy_kind *)target = value ? POLICY_TARGET :
						    POLICY_THRESHOLD;
	return true;
}

#define SCALING(field) offsetof(struct config_scaling, field)
#define TIME	       .what = "milliseconds", .min = 0, .max = TIME_MAX_MS

static const struct key scaling_keys[] = {
	{ "policy", read_choice, .offset = SCALING(policy), .choices = policies,
	  .max = POLICY_TARGET },
#define X(name, kind, most, words)                                          \
	{ "up_" #name,	     read_u32, .offset = SCALING(up[SCALE_##name]), \
	  .what = "a limit", .min = 1, .max = most },                       \
		{ "down_" #name,                                            \
		  read_u32,                                                 \
		  .offset = SCALING(down[SCALE_##name]),                    \
		  .what = "a limit",                                        \
		  .min = 0,                                                 \
		  .max = most },
	SCALE_QUANTITIES_LIST(X)
#undef X
		{ "hold_ms", read_u32, .offset = SCALING(hold_ms), TIME },
	{ "hold_down_ms", read_u32, .offset = SCALING(hold_down_ms), TIME },
	{ "cooldown_up_ms", read_u32, .offset = SCALING(cooldown_up_ms), TIME },
	{ "cooldown_down_ms", read_u32, .offset = SCALING(cooldown_down_ms),
	  TIME },
	{ "drain_deadline_s", read_u32, .offset = SCALING(drain_deadline_s),
	  .what = "seconds", .min = 0, .max = 86400 },
	{ "sample_ms", read_u32, .offset = SCALING(sample_ms),
	  .what = "milliseconds", .min = 50, .max = 60000 },
	{ "target_busy_pct", read_u16, .offset = SCALING(target_busy_pct),
	  .what = "per cent", .min = 10, .max = 95 },
	{ "target_band_pct", read_u16, .offset = SCALING(target_band_pct),
	  .what = "per cent", .min = 1, .max = 30 },
	{ "target_ahead_ms", read_u32, .offset = SCALING(target_ahead_ms),
	  TIME },
	{ "rebalance_pct", read_u16, .offset = SCALING(rebalance_pct),
	  .what = "per cent", .min = 0, .max = 1000 },
	{ "rebalance_moves", read_u16, .offset = SCALING(rebalance_moves),
	  .what = "slices", .min = 1, .max = FAB_SLICES },
	{ "rebalance_ms", read_u32, .offset = SCALING(rebalance_ms),
	  .what = "milliseconds", .min = 100, .max = TIME_MAX_MS },
	{ "inside", read_inside, .offset = SCALING(inside) },
	{ "schedule", read_list, .offset = 0, .item = read_window,
	  .max = CONFIG_WINDOWS },
	KEYS_END
};

static const char *const quantity_names[] = {
#define X(name, kind, most, words) #name,
	SCALE_QUANTITIES_LIST(X)
#undef X
};

static bool was_given(struct reader *r, yaml_node_t *node, const char *name)
{
	return reader_child(r, node, name) != node;
}

/* Each limit down is below its limit up: half of it unless the file says. */
static bool check_pair(struct reader *r, yaml_node_t *node, unsigned q)
{
	struct config_scaling *s = &r->config->scaling;
	char up[32], down[32];

	snprintf(up, sizeof(up), "up_%s", quantity_names[q]);
	snprintf(down, sizeof(down), "down_%s", quantity_names[q]);
	if (!s->up[q] && was_given(r, node, down)) {
		reader_enter(r, down);
		return reader_refuse(r, reader_child(r, node, down),
				     "it needs %s beside it", up);
	}
	if (was_given(r, node, up) && !was_given(r, node, down) &&
	    q != SCALE_busy_pct)
		s->down[q] = s->up[q] / 2;
	if (s->up[q] && s->down[q] >= s->up[q]) {
		reader_enter(r, down);
		return reader_refuse(r, reader_child(r, node, down),
				     "expected less than %s, which is %u", up,
				     s->up[q]);
	}
	return true;
}

static bool check_target(struct reader *r, yaml_node_t *node)
{
	const struct config_scaling *s = &r->config->scaling;

	if (s->target_busy_pct + s->target_band_pct > 100 ||
	    s->target_band_pct >= s->target_busy_pct) {
		reader_enter(r, "target_band_pct");
		return reader_refuse(
			r, reader_child(r, node, "target_band_pct"),
			"expected a band that keeps target_busy_pct, which is "
			"%u, within 1..100",
			s->target_busy_pct);
	}
	return true;
}

static bool check_schedule(struct reader *r, yaml_node_t *node)
{
	const struct config_scaling *s = &r->config->scaling;

	if (s->policy != POLICY_SCHEDULE || s->n_windows)
		return true;
	reader_enter(r, "schedule");
	return reader_refuse(r, reader_child(r, node, "schedule"),
			     "the key is missing or empty, policy schedule "
			     "needs windows");
}

bool read_scaling(struct reader *r, yaml_node_t *node, const struct key *key,
		  void *target)
{
	struct config_scaling *s = &r->config->scaling;

	if (!reader_map(r, node, scaling_keys, s))
		return false;
	if (!was_given(r, node, "hold_down_ms"))
		s->hold_down_ms = s->hold_ms;
	for (unsigned q = 0; q < SCALE_QUANTITIES; q++)
		if (!check_pair(r, node, q))
			return false;
	return check_target(r, node) && check_schedule(r, node);
}

void scaling_defaults(struct config *c)
{
	c->scaling = (struct config_scaling){
		.policy = POLICY_MANUAL,
		.up[SCALE_busy_pct] = 70,
		.down[SCALE_busy_pct] = 50,
		.hold_ms = 2000,
		.hold_down_ms = 2000,
		.cooldown_up_ms = 5000,
		.cooldown_down_ms = 30000,
		.sample_ms = 500,
		.drain_deadline_s = 30,
		.target_busy_pct = 60,
		.target_band_pct = 5,
		.target_ahead_ms = 3000,
		.inside = POLICY_THRESHOLD,
		.rebalance_pct = 30,
		.rebalance_moves = 8,
		.rebalance_ms = 10000,
	};
}
