// SPDX-License-Identifier: BSD-3-Clause
/* fleet.c - section fleet */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fabric.h"
#include "mss.h"
#include "sections.h"

#define CORE_MAX	    1023
#define DEFAULT_ENGINES_MAX 4
/* How long an engine may take to become ready. In a container it comes after podman,
 * conmon and the OCI runtime, and they are large programs. */
#define START_TIMEOUT_S		  30
#define CONTAINER_START_TIMEOUT_S 120

#define GENERATION_ENGINES	  7 /* of FAB_ENGINES; two are for replacements */

static const char *const providers[] = { "vf",	 "packet", "xdp",  "tap",
					 "pcap", "ring",   "null", NULL };
static const char *const steerings[] = { "dispatch", "mirror", "rss", "ecmp",
					 NULL };
static const char *const handovers[] = { "migrate", "generations", NULL };
static const char *const runtimes[] = { "process", "podman", NULL };

#define PORT(field) offsetof(struct config_port, field)

static const struct key port_keys[] = {
	{ "provider", read_choice, .offset = PORT(provider), .required = true,
	  .max = PROVIDER_NULL, .choices = providers },
	{ "device", read_text, .offset = PORT(device),
	  .what = "the name of a device",
	  .max = sizeof(((struct config_port *)0)->device) },
	{ "mtu", read_u16, .offset = PORT(mtu), .what = "bytes",
	  .min = MTU_MIN4, .max = MTU_MAX },
	KEYS_END
};

/* DDDD:BB:DD.F */
static bool is_bdf(const char *text)
{
	static const char form[] = "xxxx:xx:xx.7";
	size_t i;

	for (i = 0; form[i]; i++) {
		if (form[i] == 'x' ? !isxdigit((unsigned char)text[i]) :
		    form[i] == '7' ? text[i] < '0' || text[i] > '7' :
				     text[i] != form[i])
			return false;
	}
	return !text[i];
}

/* At most one "%d" and no other per cent sign: the supervisor puts the
 * engine's number there. */
static bool is_pattern(const char *text)
{
	const char *percent = strchr(text, '%');

	return !percent || (percent[1] == 'd' && !strchr(percent + 1, '%'));
}

static bool check_device(struct reader *r, yaml_node_t *node,
			 const struct config_port *p)
{
	yaml_node_t *device = reader_child(r, node, "device");

	reader_enter(r, "device");
	if (p->provider == PROVIDER_VF && !is_bdf(p->device))
		return reader_refuse(r, device,
				     "expected the PCI address of the PF, like "
				     "0000:01:00.0");
	if (!*p->device && p->provider < PROVIDER_RING)
		return reader_refuse(r, device,
				     "the key is missing, provider %s needs it",
				     providers[p->provider]);
	return is_pattern(p->device) ||
	       reader_refuse(r, device,
			     "expected a name with at most one %%d, which is "
			     "the engine's number");
}

static bool read_port(struct reader *r, yaml_node_t *node,
		      const struct key *key, void *target)
{
	size_t length = strlen(r->err->key);

	if (!reader_map(r, node, port_keys, target) ||
	    !check_device(r, node, target))
		return false;
	reader_leave(r, length);
	return true;
}

static const struct key ports_keys[] = {
	{ "client", read_port,
	  .offset = SIDE_CLIENT * sizeof(struct config_port),
	  .required = true },
	{ "server", read_port,
	  .offset = SIDE_SERVER * sizeof(struct config_port),
	  .required = true },
	KEYS_END
};

static bool add_cores(struct reader *r, yaml_node_t *node, long from, long to)
{
	struct config *c = r->config;

	for (long core = from; core <= to; core++) {
		for (unsigned i = 0; i < c->n_cores; i++) {
			if (c->cores[i] == core)
				return reader_refuse(r, node,
						     "core %ld is there twice",
						     core);
		}
		if (c->n_cores == CONFIG_CORES)
			return reader_refuse(r, node,
					     "expected at most %u cores",
					     CONFIG_CORES);
		c->cores[c->n_cores++] = core;
	}
	return true;
}

static bool read_core(struct reader *r, yaml_node_t *node,
		      const struct key *key, void *target)
{
	long core;

	return reader_number(r, node, "a core", 0, CORE_MAX, &core) &&
	       add_cores(r, node, core, core);
}

/* One core or one range at *text; moves it behind. */
static bool next_range(const char **text, long *from, long *to)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	*from = *to = strtol(*text, &end, 10);
	if (*end == '-') {
		if (!isdigit((unsigned char)end[1]))
			return false;
		*to = strtol(end + 1, &end, 10);
	}
	*text = end;
	return *from <= *to && *to <= CORE_MAX;
}

/* [0, 1] or "0-3,8" */
static bool read_cores(struct reader *r, yaml_node_t *node,
		       const struct key *key, void *target)
{
	const struct key list = { .item = read_core, .max = CONFIG_CORES };
	const char *text = reader_scalar(node);
	long from, to;

	if (!text)
		return read_list(r, node, &list, target);
	for (;; text++) {
		if (!next_range(&text, &from, &to) || (*text && *text != ','))
			return reader_unexpected(r, node,
						 "cores like [0, 1] or 0-3,8 "
						 "below 1024");
		if (!add_cores(r, node, from, to))
			return false;
		if (!*text)
			return true;
	}
}

static bool read_hugepages(struct reader *r, yaml_node_t *node,
			   const struct key *key, void *target)
{
	static const char *const names[] = { "auto", "off", NULL };
	const struct key choice = { .choices = names, .max = 1 };
	unsigned value;

	if (!read_choice(r, node, &choice, &value))
		return false;
	*(bool *)target = value == 0;
	return true;
}

#define CONFIG(field) offsetof(struct config, field)
#define ENGINES	      .what = "engines", .min = 1, .max = FAB_ENGINES
#define FLOWS	      .what = "flows", .min = FAB_SLICES, .max = 1 << 25

static const struct key fleet_keys[] = {
	{ "name", read_name, .offset = CONFIG(fleet_name) },
	{ "min", read_u16, .offset = CONFIG(engines_min), ENGINES },
	{ "max", read_u16, .offset = CONFIG(engines_max), ENGINES },
	{ "start", read_u16, .offset = CONFIG(engines_start), ENGINES },
	{ "standby", read_u16, .offset = CONFIG(standby), .what = "engines",
	  .min = 0, .max = FAB_ENGINES - 1 },
	{ "start_timeout_s", read_u32, .offset = CONFIG(start_timeout_s),
	  .what = "seconds", .min = 1, .max = 3600 },
	{ "steering", read_choice, .offset = CONFIG(steering),
	  .choices = steerings, .max = STEERING_MIRROR },
	{ "handover", read_choice, .offset = CONFIG(handover),
	  .choices = handovers, .max = HANDOVER_GENERATIONS },
	{ "cores", read_cores, .offset = 0 },
	{ "hugepages", read_hugepages, .offset = CONFIG(hugepages) },
	{ "runtime", read_choice, .offset = CONFIG(runtime),
	  .choices = runtimes, .max = RUNTIME_PODMAN },
	{ "container", read_container, .offset = CONFIG(container) },
	{ "netns", read_path, .offset = CONFIG(netns) },
	{ "flows", read_u32, .offset = CONFIG(flows4), FLOWS },
	{ "flows_v6", read_u32, .offset = CONFIG(flows6), FLOWS },
	{ "ports", read_map, .offset = CONFIG(ports), .required = true,
	  .keys = ports_keys },
	KEYS_END
};

static bool refuse_at(struct reader *r, yaml_node_t *node, const char *key,
		      const char *sentence)
{
	reader_enter(r, key);
	return reader_refuse(r, reader_child(r, node, key), "%s", sentence);
}

static bool check_mirror_ports(struct reader *r, yaml_node_t *node)
{
	for (unsigned side = 0; side < FAB_SIDES; side++) {
		const struct config_port *p = &r->config->ports[side];

		if (p->provider == PROVIDER_VF)
			continue;
		if (p->provider != PROVIDER_PACKET)
			return refuse_at(r, node, "steering",
					 "mirror needs ports of provider vf "
					 "or packet");
		if (strchr(p->device, '%'))
			return refuse_at(r, node, "ports",
					 "with steering: mirror all engines "
					 "share one netdev, so its name has "
					 "no %d");
	}
	return true;
}

/* Which ways of steering and handing over go together, and over which ports. */
static bool check_steering(struct reader *r, yaml_node_t *node)
{
	const struct config *c = r->config;

	if (c->steering == STEERING_MIRROR &&
	    c->handover != HANDOVER_GENERATIONS)
		return refuse_at(r, node, "steering",
				 "mirror needs handover: generations");
	if (c->handover == HANDOVER_MIGRATE)
		return true;
	if (c->steering != STEERING_MIRROR)
		return refuse_at(r, node, "handover",
				 "generations needs steering: mirror");
	if (c->engines_max > GENERATION_ENGINES)
		return refuse_at(r, node, "max",
				 "expected at most 7 with handover: "
				 "generations, for two sets of engines run "
				 "side by side");
	if (c->standby)
		return refuse_at(r, node, "standby",
				 "with handover: generations whole sets of "
				 "engines start, and none stands by");
	return check_mirror_ports(r, node);
}

bool read_fleet(struct reader *r, yaml_node_t *node, const struct key *key,
		void *target)
{
	struct config *c = r->config;

	if (!reader_map(r, node, fleet_keys, c))
		return false;
	/* What is not said follows from what is. */
	if (reader_child(r, node, "max") == node &&
	    c->engines_min > c->engines_max)
		c->engines_max = c->engines_min;
	if (reader_child(r, node, "start") == node)
		c->engines_start = c->engines_min;
	if (!c->start_timeout_s)
		c->start_timeout_s = c->runtime == RUNTIME_PODMAN ?
					     CONTAINER_START_TIMEOUT_S :
					     START_TIMEOUT_S;
	if (c->engines_min > c->engines_max) {
		reader_enter(r, "min");
		return reader_refuse(r, reader_child(r, node, "min"),
				     "expected at most max, which is %u",
				     c->engines_max);
	}
	if (c->engines_start < c->engines_min ||
	    c->engines_start > c->engines_max) {
		reader_enter(r, "start");
		return reader_refuse(r, reader_child(r, node, "start"),
				     "expected min..max, which is %u..%u",
				     c->engines_min, c->engines_max);
	}
	if (c->engines_max + c->standby > FAB_ENGINES) {
		reader_enter(r, "standby");
		return reader_refuse(r, reader_child(r, node, "standby"),
				     "expected at most %u: with max, which is "
				     "%u, a fleet has %u engines",
				     FAB_ENGINES - c->engines_max,
				     c->engines_max, FAB_ENGINES);
	}
	return check_steering(r, node) && container_check(r, node);
}

void fleet_defaults(struct config *c)
{
	strcpy(c->fleet_name, "vfleet");
	c->engines_min = 1;
	c->engines_max = DEFAULT_ENGINES_MAX;
	c->hugepages = true;
	c->flows4 = 65536;
	c->flows6 = 16384;
	c->ports[SIDE_CLIENT].mtu = c->ports[SIDE_SERVER].mtu = 1500;
}
