/* SPDX-License-Identifier: BSD-3-Clause */
/* netconf.h - the network configuration that the runtime writes to our stdin */
#ifndef CNI_NETCONF_H
#define CNI_NETCONF_H

#include <jansson.h>
#include <vfleet.h>

#include "environment.h"

#define NETCONF_NEWEST "1.1.0"
#define NETCONF_VERSIONS                \
	{                               \
		"1.0.0", NETCONF_NEWEST \
	}
#define NETCONF_NO_USER (-1)

/* Texts belong to `json`. */
struct netconf {
	json_t *json; /* all of it, as it came */
	const char *version;
	const char *name;
	const char *pf; /* PCI address; NULL: any PF with a free VF */
	const char *ipam; /* name of the delegated plugin; NULL: none */
	const char *device_info; /* file to describe the device in; NULL: none */
	struct vfl_tuning tuning;
	json_int_t
		user; /* who gets the node of the VFIO group, or NETCONF_NO_USER */
};

/*
 * Parses and validates what the verb needs of it. Returns 0, or -1 with the key and what
 * is wrong with it in f. A configuration of a version that is not ours leaves
 * conf->version NULL. netconf_free() in either case.
 */
int netconf_parse(struct netconf *conf, const char *text, size_t bytes,
		  enum verb verb, struct failure *f);

void netconf_free(struct netconf *conf);

#endif
