// SPDX-License-Identifier: BSD-3-Clause
/* main.c - scale-sim: a load trace through the policy of a configuration */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_load.h"
#include "model.h"
#include "result.h"

#define POINTS_MAX 1440 /* of the curves in the JSON */

static const char usage_text[] =
	"usage: scale-sim [-j] [OPTION]... CONFIG TRACE\n"
	"\n"
	"Replays the load of TRACE through the scaling policy of the configuration file\n"
	"CONFIG. TRACE is CSV: seconds,pps,connections_per_s,connections.\n"
	"\n"
	"  --capacity N       packets/s one engine processes when busy (1000000)\n"
	"  --connection-cost N  a new connection is as much work as N packets (4)\n"
	"  --queue N          packets that may wait per engine (1024)\n"
	"  --up-ms N          from the decision until new engines serve (1000)\n"
	"  --down-ms N        until leaving engines have given back their cores (500)\n"
	"  --start DAY-HH:MM  time of the week the trace begins at (mon-00:00)\n"
	"  -j                 JSON, curves included\n";

static const struct option long_options[] = {
	{ "capacity", required_argument, NULL, 'c' },
	{ "connection-cost", required_argument, NULL, 'n' },
	{ "queue", required_argument, NULL, 'q' },
	{ "up-ms", required_argument, NULL, 'u' },
	{ "down-ms", required_argument, NULL, 'd' },
	{ "start", required_argument, NULL, 's' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct options {
	bool json;
	unsigned week_start_min;
	struct model_limits limits;
	const char *config, *trace;
};

static int refuse(const char *sentence, const char *what)
{
	fprintf(stderr, "scale-sim: %s%s\n", sentence, what);
	return 2;
}

/* A number from `least` on; false: it is none. */
static bool parse_number(const char *text, double least, double *value)
{
	char *end;

	*value = strtod(text, &end);
	return end != text && !*end && *value >= least && *value <= 1e12;
}

static bool parse_ms(const char *text, unsigned *ms)
{
	double value;

	if (!parse_number(text, 0, &value) || value > 3600000)
		return false;
	*ms = (unsigned)value;
	return true;
}

/* "wed-08:30" */
static bool parse_start(const char *text, unsigned *week_min)
{
	static const char days[][4] = { "mon", "tue", "wed", "thu",
					"fri", "sat", "sun" };
	unsigned hour, minute;
	int end = 0;

	for (unsigned day = 0; day < 7; day++) {
		if (strncmp(text, days[day], 3) ||
		    sscanf(text + 3, "-%2u:%2u%n", &hour, &minute, &end) != 2 ||
		    text[3 + end] || hour > 23 || minute > 59)
			continue;
		*week_min = (day * 24 + hour) * 60 + minute;
		return true;
	}
	return false;
}

static bool take_option(struct options *o, int c)
{
	switch (c) {
	case 'j':
		o->json = true;
		return true;
	case 'c':
		return parse_number(optarg, 1, &o->limits.capacity_pps);
	case 'n':
		return parse_number(optarg, 0, &o->limits.connection_packets);
	case 'q':
		return parse_number(optarg, 1, &o->limits.queue_slots);
	case 'u':
		return parse_ms(optarg, &o->limits.up_ms);
	case 'd':
		return parse_ms(optarg, &o->limits.down_ms);
	case 's':
		return parse_start(optarg, &o->week_start_min);
	}
	return false;
}

/* -1 to go on, or the exit status. */
static int parse_options(struct options *o, int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, "j", long_options, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage_text, stdout);
			return 0;
		}
		if (c == '?') {
			fputs(usage_text, stderr);
			return 2;
		}
		if (!take_option(o, c))
			return refuse(
				"cannot make sense of the option's value ",
				optarg);
	}
	if (argc - optind != 2) {
		fputs(usage_text, stderr);
		return 2;
	}
	o->config = argv[optind];
	o->trace = argv[optind + 1];
	return -1;
}

static int load_config(const char *path, struct config *config)
{
	static char text[CONFIG_TEXT_MAX + 1];
	char sentence[CONFIG_ERROR_TEXT];
	FILE *file = fopen(path, "r");
	struct config_error err;
	size_t bytes;

	if (!file)
		return refuse("cannot read ", path);
	bytes = fread(text, 1, sizeof(text), file);
	fclose(file);
	if (!config_load(path, text, bytes, config, &err))
		return refuse("", config_error_text(&err, sentence,
						    sizeof(sentence)));
	if (config->scaling.policy == POLICY_MANUAL)
		return refuse("scaling.policy is manual, nothing would ever "
			      "change: ",
			      path);
	return -1;
}

/* --- the run --- */

/* Keeps of each stretch of time what is worst in it, so that a curve of few points
 * shows every peak. */
struct curve {
	double every_s, next_s;
	struct model_step worst;
	bool first;
};

static void print_point(const struct model_step *s, bool first)
{
	printf("%s[%.1f, %.3f, %u, %u, %u, %u]", first ? "" : ", ", s->seconds,
	       s->demand, s->engines, s->cores, s->ideal, s->busy_pct);
}

static void curve_add(struct curve *c, const struct model_step *step)
{
	struct model_step *w = &c->worst;

	if (step->demand >= w->demand || step->cores > w->cores)
		*w = *step;
	if (step->seconds < c->next_s)
		return;
	print_point(w, c->first);
	*c = (struct curve){ .every_s = c->every_s,
			     .next_s = step->seconds + c->every_s };
}

static void print_event(const struct model_step *s, unsigned to)
{
	unsigned at = (unsigned)s->seconds;

	printf("%3u:%02u:%02u  %2u -> %-2u  %s\n", at / 3600, at / 60 % 60,
	       at % 60, s->engines, to, s->reason);
}

/* Text: one line per change. JSON: {result, "columns", "points", "events"}. */
static void run(const struct options *o, const struct config *config,
		struct trace *trace)
{
	double every = config->scaling.sample_ms / 1000.0;
	struct curve curve = { .every_s = trace_seconds(trace) / POINTS_MAX,
			       .first = true };
	struct result r = { .policy =
				    policy_find(config->scaling.policy)->name };
	struct model m;

	model_init(&m, config, &o->limits);
	m.week_start_min = o->week_start_min;
	if (o->json)
		printf("{\"columns\": [\"seconds\", \"demand\", \"engines\", "
		       "\"cores\", \"ideal\", \"busy_pct\"], \"points\": [");
	while (m.seconds < trace_seconds(trace)) {
		struct load load = trace_at(trace, m.seconds);
		struct model_step step = model_run(&m, &load);

		result_add(&r, &step, every);
		if (o->json)
			curve_add(&curve, &step);
		else if (step.up || step.down)
			print_event(&step, m.target);
	}
	if (!o->json) {
		putchar('\n');
		result_print(&r);
		return;
	}
	printf("], \"result\": ");
	result_print_json(&r, o->trace);
	printf("}}\n");
}

int main(int argc, char **argv)
{
	static struct config config;
	struct options o = {
		.limits = {
			.capacity_pps = 1e6,
			.connection_packets = 4,
			.queue_slots = 1024,
			.up_ms = 1000,
			.down_ms = 500,
		},
	};
	struct trace trace;
	char err[256];
	int status = parse_options(&o, argc, argv);

	if (status < 0)
		status = load_config(o.config, &config);
	if (status >= 0)
		return status;
	if (trace_read(&trace, o.trace, err, sizeof(err)) < 0)
		return refuse(err, "");
	o.limits.flows = config.flows4;
	run(&o, &config, &trace);
	trace_free(&trace);
	return 0;
}
