// SPDX-License-Identifier: BSD-3-Clause
/* client.c - talk to vfleetd over its unix socket */
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "table.h"

#define ROOM_BYTES 65536

static void explain(int err, const char *path, char *text, size_t bytes)
{
	if (err == ENOENT)
		snprintf(text, bytes, "vfleetd is not running: no socket %s",
			 path);
	else if (err == ECONNREFUSED)
		snprintf(text, bytes,
			 "vfleetd is not running: nobody listens on %s", path);
	else if (err == EACCES || err == EPERM)
		snprintf(text, bytes, "no permission to use %s; run as root",
			 path);
	else
		snprintf(text, bytes, "%s: %s", path, strerror(err));
}

int client_open(struct client *c, const char *path, char *err, size_t err_bytes)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int ret = ENAMETOOLONG;

	*c = (struct client){ .fd = -1 };
	if (strlen(path) >= sizeof(addr.sun_path))
		goto failed;
	strcpy(addr.sun_path, path);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd >= 0 &&
	    !connect(c->fd, (struct sockaddr *)&addr, sizeof(addr)))
		return 0;
	ret = errno;
	client_close(c);
failed:
	explain(ret, path, err, err_bytes);
	return -ret;
}

void client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->text);
	*c = (struct client){ .fd = -1 };
}

int client_send(struct client *c, const json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);
	size_t length, sent = 0;
	int ret = 0;

	if (!text)
		return -ENOMEM;
	length = strlen(text);
	text[length++] = '\n'; /* in the place of the NUL */
	while (sent < length && !ret) {
		ssize_t n =
			send(c->fd, text + sent, length - sent, MSG_NOSIGNAL);

		if (n >= 0)
			sent += n;
		else if (errno != EINTR)
			ret = -errno;
	}
	free(text);
	return ret;
}

/* Makes room behind what was received, moving out what was handed out. */
static int make_room(struct client *c)
{
	char *text;

	if (c->used) {
		memmove(c->text, c->text + c->used, c->length - c->used);
		c->length -= c->used;
		c->used = 0;
	}
	if (c->length < c->room)
		return 0;
	text = realloc(c->text, 2 * c->room + ROOM_BYTES);
	if (!text)
		return -ENOMEM;
	c->text = text;
	c->room = 2 * c->room + ROOM_BYTES;
	return 0;
}

int client_receive(struct client *c)
{
	ssize_t n;
	int ret = make_room(c);

	if (ret)
		return ret;
	do {
		n = recv(c->fd, c->text + c->length, c->room - c->length, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	c->length += n;
	return n;
}

char *client_line(struct client *c)
{
	char *line, *end;

	if (!c->text)
		return NULL;
	line = c->text + c->used;
	end = memchr(line, '\n', c->length - c->used);
	if (!end)
		return NULL;
	*end = '\0';
	c->used = end + 1 - c->text;
	return line;
}

json_t *client_request(const struct cli *cli)
{
	json_t *args = json_array();

	for (char **arg = cli->argv; *arg; arg++) {
		if (!json_array_append_new(args, json_string(*arg)))
			continue;
		json_decref(args);
		return NULL;
	}
	return json_pack("{s:s, s:s, s:o}", "noun", cli->noun->name, "verb",
			 cli->verb->name, "args", args);
}

/* Deals with one line of the answer. Returns -1 until it was the last one. */
static int answer(const struct cli *cli, const char *line, json_t **result)
{
	json_t *object = json_loads(line, 0, NULL);
	const char *progress =
		json_string_value(json_object_get(object, "progress"));
	const char *error = json_string_value(json_object_get(object, "error"));
	int status = CLI_DONE;

	*result = json_incref(json_object_get(object, "result"));
	if (error) {
		status = cli_fail(
			cli,
			json_string_value(json_object_get(object, "errno")),
			error);
	} else if (progress) {
		if (!cli->json)
			fprintf(stderr, "%s\n", progress);
		status = -1;
	} else if (!*result) {
		status = cli_fail(
			cli, "EPROTO",
			"vfleetd gave an answer that is not understood");
	}
	json_decref(object);
	return status;
}

static int converse(const struct cli *cli, struct client *c,
		    const json_t *request, json_t **result)
{
	int ret = client_send(c, request);
	int status = -1;

	while (!ret && status < 0) {
		char *line = client_line(c);

		if (line) {
			status = answer(cli, line, result);
			continue;
		}
		ret = client_receive(c);
		if (!ret)
			return cli_fail(
				cli, "ECONNRESET",
				"vfleetd closed the connection before it answered");
		ret = ret < 0 ? ret : 0;
	}
	return ret ? (int)cli_fail_errno(cli, ret, strerror(-ret)) : status;
}

enum cli_status client_ask(const struct cli *cli, json_t *request,
			   json_t **result)
{
	enum cli_status status;
	struct client c;
	char err[256];
	int ret;

	*result = NULL;
	if (!request)
		return cli_fail(cli, "EILSEQ",
				"a word on the command line is not UTF-8");
	ret = client_open(&c, cli->socket, err, sizeof(err));
	if (ret)
		status = cli_fail_errno(cli, ret, err);
	else
		status = converse(cli, &c, request, result);
	client_close(&c);
	json_decref(request);
	return status;
}

enum cli_status client_call(const struct cli *cli, json_t *request)
{
	json_t *result;
	enum cli_status status = client_ask(cli, request, &result);

	if (status == CLI_DONE && cli->json)
		cli_print_json(result);
	else if (status == CLI_DONE)
		(cli->verb->print ? cli->verb->print : table_print_any)(result);
	json_decref(result);
	return status;
}

enum cli_status client_run(struct cli *cli)
{
	return client_call(cli, client_request(cli));
}
