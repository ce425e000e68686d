/* SPDX-License-Identifier: BSD-3-Clause */
/* publish.h - the configuration in force as a snapshot that engines read */
#ifndef SUPERVISOR_PUBLISH_H
#define SUPERVISOR_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"

struct fabric;
struct fleet;
struct snapshot;

/* The configuration in force has changed: have the engines use it soon. */
void publish_want(struct fleet *fleet);

/* Publishes what is wanted as soon as a place for it is free. True while it is not. */
bool publish_step(struct fleet *fleet);

/* Whether a configuration compiles and fits the running fleet; else a sentence in err. */
bool publish_check(struct fleet *fleet, const struct config *config, char *err,
		   size_t err_bytes);

/* The snapshot in force; NULL before the first. */
const struct snapshot *publish_current(struct fabric *f);

#endif
