/* SPDX-License-Identifier: BSD-3-Clause */
/* nat.h - ports of the host that lead to services in containers
 *
 * Rules come from the configuration, or were added at run time; these stay until they are
 * removed or the fleet ends, whatever is reloaded and whoever supervises. While a rule is
 * in force its port is bound, so that no program of the host can listen there in vain.
 */
#ifndef SUPERVISOR_NAT_H
#define SUPERVISOR_NAT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "config.h"

struct fleet;
struct nat;

struct nat *nat_new(void);

/* Whether the fleet could go on with its rules under this configuration. False with a
 * sentence in err. */
bool nat_check(const struct fleet *fleet, const struct config *new, char *err,
	       size_t err_bytes);

/*
 * Puts the rules of a configuration and those added into force, if the fleet runs or is
 * about to. 0, or -1 with a sentence in err and everything as it was.
 */
int nat_apply(struct fleet *fleet, const struct config *new, char *err,
	      size_t err_bytes);

/* A rule at run time: likewise. -EEXIST, -EADDRINUSE, -EINVAL, -ENOENT or -EIO. */
int nat_add(struct fleet *fleet, const struct config_inbound *rule, char *err,
	    size_t err_bytes);
int nat_remove(struct fleet *fleet, const struct config_inbound *rule,
	       char *err, size_t err_bytes);

/* Now and then: rules go away with the last engine, and come back with the first. */
void nat_turn(struct fleet *fleet);

/* All rules, as `vfleet nat` lists them. */
json_t *nat_list(const struct fleet *fleet);

/* Rules added at run time for the state file, and from it. */
json_t *nat_added(const struct fleet *fleet);
void nat_restore(struct fleet *fleet, const json_t *added);

#endif
