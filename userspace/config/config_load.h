/* SPDX-License-Identifier: BSD-3-Clause */
/* config_load.h - YAML text to struct config, with errors that name the line */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"

/* Longest text accepted, bytes. */
#define CONFIG_TEXT_MAX (1u << 20)

struct config_error {
	char file[256];
	int line; /* from 1; 0 when no line is to blame */
	char key[128]; /* "services[1].backends[0].port"; empty for syntax */
	char text[256]; /* what was expected, a sentence without full stop */
};

#define CONFIG_ERROR_TEXT 672 /* bytes of the longest message */

/*
 * Read a configuration. Missing optional keys have their defaults in *out;
 * slots are numbered from 0 in the order of the text. `file_name` only goes
 * into the error. On false *err is filled and *out is undefined. struct config
 * is large: do not put it on the stack.
 *
 * This checks everything one can see in the text. Whether the parts fit each
 * other (routes, SNAT families, MSS) is what snapshot_build() says.
 */
bool config_load(const char *file_name, const char *text, size_t bytes,
		 struct config *out, struct config_error *err);

/* "vfleet.yaml:12: services[0].port: expected ..."; returns buf. */
const char *config_error_text(const struct config_error *err, char *buf,
			      size_t bytes);

/* A sentence without full stop. */
typedef void config_warning_fn(void *arg, const char *text);

/* Call `warn` for each value that is accepted but can never apply: an MTU or MSS
 * above what the port's MTU leaves. */
void config_warnings(const struct config *config, config_warning_fn *warn,
		     void *arg);

/*
 * Give `new` the slots that counters and flows of a running fleet refer to.
 * What `old` has too keeps its slot: a service by name, a backend by service,
 * address, port and VLAN, an address by side, address and VLAN. Anything else
 * gets a slot that `old` does not use. False with a sentence in err when there
 * are not enough of them; *new is then undefined. `old` may be NULL; config_load()
 * has done that already.
 */
bool config_assign_slots(struct config *new, const struct config *old,
			 char *err, size_t err_bytes);

#endif
