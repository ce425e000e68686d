/* SPDX-License-Identifier: BSD-3-Clause */
/* api.h - the supervisor's socket: one JSON object per line, see userspace/cli/client.h */
#ifndef SUPERVISOR_API_H
#define SUPERVISOR_API_H

#include <stddef.h>

#include <jansson.h>

#define API_ARGS 8

struct api;
struct api_client;
struct fleet;

/* One request; valid until its function returns. */
struct api_request {
	struct fleet *fleet;
	struct api_client *client; /* valid until it is answered or gone */
	const json_t *object; /* as it came */
	const char *args[API_ARGS]; /* NULL behind the last */
	unsigned n_args;
};

/* Answers now, or later by the client; then scale_forget(client) ends the wait. */
struct api_verb {
	const char *noun, *verb; /* NULL ends a list */
	void (*run)(struct api_request *request);
};

extern const struct api_verb api_config_verbs[], api_engine_verbs[],
	api_flow_verbs[], api_mss_verbs[], api_scale_verbs[],
	api_service_verbs[], api_stats_verbs[], api_pmtu_verbs[],
	api_nat_verbs[];

/* Listens on the socket of the configuration. NULL with a sentence in err. */
struct api *api_new(struct fleet *fleet, char *err, size_t err_bytes);

/* Closes the socket and removes it; clients see the end. */
void api_free(struct api *api);

/* The answers; each ends the request. Takes over the reference to result. */
void api_answer(struct api_client *client, json_t *result);
__attribute__((format(printf, 3, 4))) void
api_refuse(struct api_client *client, int err, const char *format, ...);

/* A line in between. */
void api_progress(struct api_client *client, const char *sentence);

/* Refuses a request with a missing or a surplus argument. True: it did. */
int api_wrong_args(struct api_request *request, unsigned min, unsigned max);

#endif
