/* SPDX-License-Identifier: BSD-3-Clause */
/* module.h - the kernel module's objects as JSON */
#ifndef CLI_MODULE_H
#define CLI_MODULE_H

#include <stdbool.h>

#include <jansson.h>
#include <vfleet.h>

#include "cli.h"

/* New references; what an object does not have is null. */
json_t *module_pf_json(const struct vfl_pf *pf);
json_t *module_vf_json(const struct vfl_vf *vf);
json_t *module_lease_json(const struct vfl_lease *lease);
/* As above, with "event": "pf", "vf" or "lease", "time" (now, in seconds), "reason"
 * and "message", a sentence.
 */
json_t *module_event_json(const struct vfl_event *event);

/* Reads a decimal number of at most max. */
bool module_number(const char *text, unsigned long max, unsigned long *out);

/* Opens the module; NULL after saying why not. */
struct vfl *module_open(const struct cli *cli);

/* Says that the module refused, in its own words; closes the handle. */
enum cli_status module_refused(const struct cli *cli, struct vfl *h, int err);

#endif
