// SPDX-License-Identifier: BSD-3-Clause
/* window.c - one window of scaling.schedule: days, hours, engines */
#include <ctype.h>
#include <string.h>

#include "fabric.h"
#include "sections.h"

#define DAYS	    7
#define EVERY_DAY   ((1u << DAYS) - 1)
#define DAY_MINUTES (24 * 60)

static const char day_names[DAYS][4] = { "mon", "tue", "wed", "thu",
					 "fri", "sat", "sun" };

/* Number of the day at *text, which moves behind it; -1: there is none. */
static int next_day(const char **text)
{
	for (int day = 0; day < DAYS; day++) {
		if (strncmp(*text, day_names[day], 3))
			continue;
		*text += 3;
		return day;
	}
	return -1;
}

/* "mon", "mon-fri", "sat,sun", "fri-mon" */
static bool parse_days(const char *text, uint8_t *days)
{
	for (;; text++) {
		int from = next_day(&text), to = from;

		if (from >= 0 && *text == '-') {
			text++;
			to = next_day(&text);
		}
		if (from < 0 || to < 0 || (*text && *text != ','))
			return false;
		for (int day = from;; day = (day + 1) % DAYS) {
			*days |= 1u << day;
			if (day == to)
				break;
		}
		if (!*text)
			return true;
	}
}

static bool read_day_range(struct reader *r, yaml_node_t *node,
			   const struct key *key, void *target)
{
	const char *text = reader_scalar(node);

	return (text && parse_days(text, target)) ||
	       reader_unexpected(r, node,
				 "days like mon-fri, [sat, sun] or all");
}

/* Text or list. */
static bool read_days(struct reader *r, yaml_node_t *node,
		      const struct key *key, void *target)
{
	const struct key list = { .item = read_day_range, .max = DAYS };
	const char *text = reader_scalar(node);

	*(uint8_t *)target = 0;
	if (text && !strcmp(text, "all")) {
		*(uint8_t *)target = EVERY_DAY;
		return true;
	}
	return text ? read_day_range(r, node, key, target) :
		      read_list(r, node, &list, target);
}

/* "08:00", "24:00" */
static bool read_clock(struct reader *r, yaml_node_t *node,
		       const struct key *key, void *target)
{
	const char *t = reader_scalar(node);
	unsigned minute = DAY_MINUTES + 1;

	if (t && strlen(t) == 5 && isdigit((unsigned char)t[0]) &&
	    isdigit((unsigned char)t[1]) && t[2] == ':' && t[3] >= '0' &&
	    t[3] <= '5' && isdigit((unsigned char)t[4]))
		minute = ((t[0] - '0') * 10u + t[1] - '0') * 60 +
			 (t[3] - '0') * 10u + t[4] - '0';
	if (minute > DAY_MINUTES)
		return reader_unexpected(r, node, "a time of day 00:00..24:00");
	*(uint16_t *)target = minute;
	return true;
}

/* size N is min N and max N */
static bool read_size(struct reader *r, yaml_node_t *node,
		      const struct key *key, void *target)
{
	struct config_window *w = target;
	long size;

	if (!reader_number(r, node, "engines", 1, FAB_ENGINES, &size))
		return false;
	w->min = w->max = size;
	return true;
}

#define WINDOW(field) offsetof(struct config_window, field)
#define ENGINES	      .what = "engines", .min = 1, .max = FAB_ENGINES

static const struct key window_keys[] = {
	{ "days", read_days, .offset = WINDOW(days) },
	{ "from", read_clock, .offset = WINDOW(from_min), .required = true },
	{ "to", read_clock, .offset = WINDOW(to_min), .required = true },
	{ "min", read_u16, .offset = WINDOW(min), ENGINES },
	{ "max", read_u16, .offset = WINDOW(max), ENGINES },
	{ "size", read_size, .offset = 0 },
	KEYS_END
};

static bool was_given(struct reader *r, yaml_node_t *node, const char *name)
{
	return reader_child(r, node, name) != node;
}

static bool refuse_key(struct reader *r, yaml_node_t *node, const char *name,
		       unsigned min, unsigned max)
{
	reader_enter(r, name);
	return reader_refuse(r, reader_child(r, node, name),
			     "expected engines %u..%u, as fleet.min, fleet.max "
			     "and the window have it",
			     min, max);
}

/* The window's bounds fit the fleet's; what is not said is the fleet's. */
static bool check_bounds(struct reader *r, yaml_node_t *node,
			 const struct config_window *w)
{
	const struct config *c = r->config;
	const char *low = was_given(r, node, "size") ? "size" : "min";
	const char *high = was_given(r, node, "size") ? "size" : "max";

	if (was_given(r, node, "size") &&
	    (was_given(r, node, "min") || was_given(r, node, "max"))) {
		reader_enter(r, "size");
		return reader_refuse(r, reader_child(r, node, "size"),
				     "expected either size or min and max");
	}
	if (w->max < c->engines_min || w->max > c->engines_max)
		return refuse_key(r, node, high, c->engines_min,
				  c->engines_max);
	if (w->min < c->engines_min || w->min > w->max)
		return refuse_key(r, node, low, c->engines_min, w->max);
	return true;
}

bool read_window(struct reader *r, yaml_node_t *node, const struct key *key,
		 void *target)
{
	struct config_scaling *s = &r->config->scaling;
	struct config_window *w = &s->windows[s->n_windows];

	*w = (struct config_window){
		.days = EVERY_DAY,
		.min = r->config->engines_min,
		.max = r->config->engines_max,
	};
	if (!reader_map(r, node, window_keys, w) || !check_bounds(r, node, w))
		return false;
	s->n_windows++;
	return true;
}
