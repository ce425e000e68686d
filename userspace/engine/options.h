/* SPDX-License-Identifier: BSD-3-Clause */
/* options.h - the engine's command line */
#ifndef ENGINE_OPTIONS_H
#define ENGINE_OPTIONS_H

#include <stdbool.h>

#include "fabric.h"
#include "port.h"

/* Set for a second try without huge pages. */
#define OPTIONS_NO_HUGE "VFLEET_ENGINE_NO_HUGE"

struct options {
	int fabric_fd;
	bool channel; /* fabric_fd is a socket that brings the fabric */
	unsigned slot;
	int core; /* -1: not pinned */
	int link_fd; /* of the tap of nat.outbound; -1: there is none */
	struct port_config ports[FAB_SIDES];
	unsigned memory_mb; /* 0: as much as the buffers need */
	bool no_huge;
	char **argv;
};

extern const char options_usage[];

/* False with a sentence on stderr. */
bool options_parse(int argc, char **argv, struct options *o);

#endif
