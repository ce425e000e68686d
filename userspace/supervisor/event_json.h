/* SPDX-License-Identifier: BSD-3-Clause */
/* event_json.h - an entry of the ledger as JSON */
#ifndef SUPERVISOR_EVENT_JSON_H
#define SUPERVISOR_EVENT_JSON_H

#include <jansson.h>

#include "fabric.h"

/* A new reference; keys as `vfleet -j scale log` has them. */
json_t *event_json(struct fabric *f, const struct fab_event *event);

#endif
