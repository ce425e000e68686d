/* SPDX-License-Identifier: BSD-3-Clause */
/* environment.h - what the runtime asks for: the CNI_ variables */
#ifndef CNI_ENVIRONMENT_H
#define CNI_ENVIRONMENT_H

#include "failure.h"

enum verb {
	VERB_ADD,
	VERB_DEL,
	VERB_CHECK,
	VERB_GC,
	VERB_STATUS,
	VERB_VERSION
};

/* Strings of the process's environment; NULL: not set, and not needed for the verb. */
struct environment {
	enum verb verb;
	const char *container;
	const char *netns;
	const char *ifname;
	const char *path;
};

/* Reads and validates them. Returns 0, or -1 with the name of the bad one in f. */
int environment_read(struct environment *env, struct failure *f);

#endif
