/* SPDX-License-Identifier: BSD-3-Clause */
/* syn_state.h - what the engines do with SYNs of a service, for people */
#ifndef SUPERVISOR_SYN_STATE_H
#define SUPERVISOR_SYN_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

struct config_service;
struct evbuffer;
struct fleet;

/* {mode, on, half_open, cookies_sent, cookies_valid} of a service. */
json_t *syn_state_json(const struct fleet *fleet,
		       const struct config_service *s);

/* The same as metrics. */
void syn_state_metrics(struct fleet *fleet, struct evbuffer *out);

/* Tells when a service of `syn: cookie` begins and ends to answer SYNs. Often. */
void syn_state_turn(struct fleet *fleet);

#endif
