/* SPDX-License-Identifier: BSD-3-Clause */
/* client.h - talk to vfleetd: a unix stream socket, one JSON object per line
 *
 *   request    {"noun": ..., "verb": ..., "args": [words]}
 *   answers    {"progress": sentence}, any number
 *              {"result": what -j prints} or {"error": sentence, "errno": name}
 *
 * "monitor" is answered by events, one JSON object per line, without end.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <stddef.h>

#include <jansson.h>

#include "cli.h"

struct client {
	int fd; /* -1 when not connected */
	char *text; /* received, not yet handed out */
	size_t length, room, used;
};

/* Connects. Returns 0 or a negative errno with a sentence in err. */
int client_open(struct client *c, const char *path, char *err,
		size_t err_bytes);
void client_close(struct client *c);

/* Sends one object. Returns 0 or a negative errno. */
int client_send(struct client *c, const json_t *object);

/* Receives what is there, waiting for the first byte. Returns the number of bytes, 0
 * at the end, or a negative errno.
 */
int client_receive(struct client *c);

/* Next line received, without newline, valid until the next call; NULL: none. */
char *client_line(struct client *c);

/* The request of this invocation; the caller's reference. NULL: not UTF-8. */
json_t *client_request(const struct cli *cli);

/* Asks vfleetd; *result is the caller's reference. A refusal is said, with *result
 * NULL. Takes over the reference to request.
 */
enum cli_status client_ask(const struct cli *cli, json_t *request,
			   json_t **result);

/* Asks vfleetd and prints its answer. Takes over the reference to request. */
enum cli_status client_call(const struct cli *cli, json_t *request);

/* Runs a verb that vfleetd carries out. */
enum cli_status client_run(struct cli *cli);

#endif
