/* SPDX-License-Identifier: BSD-3-Clause */
/* options.c - the engine's command line */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "passing.h"

const char options_usage[] =
	"usage: vfleet-engine --fabric-fd N --slot I --client PROVIDER:DEVICE\n"
	"                     --server PROVIDER:DEVICE [--core C] [--mtu-client N]\n"
	"                     [--mtu-server N] [--memory-mb N] [--no-huge] [--link-fd N]\n"
	"       vfleet-engine --channel-fd N ...  the fabric comes over this socket\n"
	"\n"
	"One packet engine of a fleet; vfleetd starts it. PROVIDER:DEVICE is one of\n"
	"vf:BDF packet:NETDEV xdp:NETDEV[:QUEUE] tap:NETDEV pcap:IN:OUT ring: null:\n";

static bool number(const char *option, const char *text, long min, long max,
		   long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	if (errno == 0 && end != text && !*end && *value >= min &&
	    *value <= max)
		return true;
	fprintf(stderr,
		"vfleet-engine: --%s takes a number from %ld to %ld, "
		"not '%s'\n",
		option, min, max, text);
	return false;
}

static bool port(const char *option, const char *text, struct port_config *p)
{
	static const char *const names[] = {
		[PROVIDER_VF] = "vf",	  [PROVIDER_PACKET] = "packet",
		[PROVIDER_XDP] = "xdp",	  [PROVIDER_TAP] = "tap",
		[PROVIDER_PCAP] = "pcap", [PROVIDER_RING] = "ring",
		[PROVIDER_NULL] = "null",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t n = strlen(names[i]);

		if (strncmp(text, names[i], n) || (text[n] && text[n] != ':'))
			continue;
		p->provider = i;
		p->device = text[n] ? text + n + 1 : "";
		if (*p->device || i == PROVIDER_RING || i == PROVIDER_NULL)
			return true;
	}
	fprintf(stderr,
		"vfleet-engine: --%s takes PROVIDER:DEVICE with a provider "
		"of vf packet xdp tap pcap ring null, not '%s'\n",
		option, text);
	return false;
}

enum {
	FABRIC_FD = 1,
	CHANNEL_FD,
	LINK_FD,
	SLOT,
	CORE,
	CLIENT,
	SERVER,
	MTU_CLIENT,
	MTU_SERVER,
	MEMORY,
	NO_HUGE,
	HELP,
	VERSION
};

static const struct option table[] = {
	{ "fabric-fd", required_argument, NULL, FABRIC_FD },
	{ "channel-fd", required_argument, NULL, CHANNEL_FD },
	{ "link-fd", required_argument, NULL, LINK_FD },
	{ "slot", required_argument, NULL, SLOT },
	{ "core", required_argument, NULL, CORE },
	{ "client", required_argument, NULL, CLIENT },
	{ "server", required_argument, NULL, SERVER },
	{ "mtu-client", required_argument, NULL, MTU_CLIENT },
	{ "mtu-server", required_argument, NULL, MTU_SERVER },
	{ "memory-mb", required_argument, NULL, MEMORY },
	{ "no-huge", no_argument, NULL, NO_HUGE },
	{ "help", no_argument, NULL, HELP },
	{ "version", no_argument, NULL, VERSION },
	{ 0 },
};

static bool option(struct options *o, int c, const char *name)
{
	long value = 0;
	bool ok = true;

	switch (c) {
	case FABRIC_FD:
	case CHANNEL_FD:
		o->channel = c == CHANNEL_FD;
		ok = number(name, optarg, 0, 1 << 20, &value);
		o->fabric_fd = value;
		break;
	case LINK_FD:
		ok = number(name, optarg, 0, 1 << 20, &value);
		o->link_fd = value;
		break;
	case SLOT:
		ok = number(name, optarg, 0, FAB_ENGINES - 1, &value);
		o->slot = value;
		break;
	case CORE:
		ok = number(name, optarg, -1, 1023, &value);
		o->core = value;
		break;
	case CLIENT:
		return port(name, optarg, &o->ports[SIDE_CLIENT]);
	case SERVER:
		return port(name, optarg, &o->ports[SIDE_SERVER]);
	case MTU_CLIENT:
		ok = number(name, optarg, 68, 9600, &value);
		o->ports[SIDE_CLIENT].mtu = value;
		break;
	case MTU_SERVER:
		ok = number(name, optarg, 68, 9600, &value);
		o->ports[SIDE_SERVER].mtu = value;
		break;
	case MEMORY:
		ok = number(name, optarg, 8, 65536, &value);
		o->memory_mb = value;
		break;
	case NO_HUGE:
		o->no_huge = true;
		break;
	}
	return ok;
}

bool options_parse(int argc, char **argv, struct options *o)
{
	int c, index = 0;

	*o = (struct options){ .fabric_fd = -1,
			       .link_fd = -1,
			       .slot = FAB_ENGINES,
			       .core = -1,
			       .argv = argv };
	o->no_huge = getenv(OPTIONS_NO_HUGE) != NULL;
	o->ports[SIDE_CLIENT].mtu = o->ports[SIDE_SERVER].mtu = 1500;
	while ((c = getopt_long(argc, argv, "", table, &index)) != -1) {
		if (c == HELP) {
			fputs(options_usage, stdout);
			exit(0);
		}
		if (c == VERSION) {
			/* vfleetd reads this before it starts us. */
			printf(PASSING_VERSION "\n", VFLEET_VERSION,
			       FABRIC_ABI);
			exit(0);
		}
		if (c == '?' || !option(o, c, table[index].name))
			return false;
	}
	if (optind == argc && o->fabric_fd >= 0 && o->slot < FAB_ENGINES &&
	    o->ports[SIDE_CLIENT].device && o->ports[SIDE_SERVER].device)
		return true;
	fputs(options_usage, stderr);
	return false;
}
