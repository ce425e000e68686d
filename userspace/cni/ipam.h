/* SPDX-License-Identifier: BSD-3-Clause */
/* ipam.h - the plugin that gives out addresses, run as part of our command */
#ifndef CNI_IPAM_H
#define CNI_IPAM_H

#include "netconf.h"

/*
 * Runs the plugin that conf->ipam names, found in `path` (CNI_PATH), with our
 * environment but CNI_COMMAND, and all of the configuration. Returns 0 with its answer
 * in *answer (the caller's; NULL: it wrote none), or -1 with its code and words in f.
 */
int ipam_run(const struct netconf *conf, const char *path, const char *command,
	     json_t **answer, struct failure *f);

/* The same for a command whose answer is nothing; without an IPAM plugin, too. */
int ipam_pass_on(const struct netconf *conf, const char *path,
		 const char *command, struct failure *f);

#endif
