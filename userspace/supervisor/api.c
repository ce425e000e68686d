// SPDX-License-Identifier: BSD-3-Clause
/* api.c - the supervisor's socket: one JSON object per line */
#include "api.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include "fleet.h"
#include "notice.h"
#include "scale.h"
#include "upgrade.h"

#define LINE_MAX_BYTES (8u << 20) /* a configuration of 1 MiB, escaped */
#define BACKLOG_MAX_BYTES \
	(4u << 20) /* events that a slow monitor has not read */

struct api_client {
	LIST_ENTRY(api_client) link;
	struct fleet *fleet;
	struct bufferevent *stream;
	bool busy; /* a request waits for its answer */
	bool monitor; /* gets events until it closes */
};

struct api {
	LIST_HEAD(, api_client) clients;
	struct evconnlistener *listener;
	char path[108];
};

static const struct api_verb *const verb_lists[] = {
	api_config_verbs, api_engine_verbs, api_flow_verbs,
	api_mss_verbs,	  api_scale_verbs,  api_service_verbs,
	api_stats_verbs,  api_pmtu_verbs,   api_nat_verbs,
};

static void free_client(struct api_client *client)
{
	scale_forget(client->fleet, client);
	upgrade_forget(client->fleet, client);
	LIST_REMOVE(client, link);
	bufferevent_free(client->stream);
	free(client);
}

static void send_line(struct api_client *client, const json_t *object)
{
	struct evbuffer *out = bufferevent_get_output(client->stream);
	char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(14));

	if (text)
		evbuffer_add_printf(out, "%s\n", text);
	free(text);
}

static void read_lines(struct bufferevent *stream, void *arg);

static void end_request(struct api_client *client, json_t *answer)
{
	send_line(client, answer);
	json_decref(answer);
	client->busy = false;
	/* There may be another line already, for which no event will come. */
	bufferevent_trigger(client->stream, EV_READ, BEV_TRIG_DEFER_CALLBACKS);
}

void api_answer(struct api_client *client, json_t *result)
{
	end_request(client, json_pack("{s:o}", "result", result));
}

void api_refuse(struct api_client *client, int err, const char *format, ...)
{
	const char *name = strerrorname_np(err);
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	end_request(client, json_pack("{s:s, s:s}", "error", text, "errno",
				      name ? name : "EIO"));
}

void api_progress(struct api_client *client, const char *sentence)
{
	json_t *line = json_pack("{s:s}", "progress", sentence);

	send_line(client, line);
	json_decref(line);
}

int api_wrong_args(struct api_request *request, unsigned min, unsigned max)
{
	if (request->n_args >= min && request->n_args <= max)
		return 0;
	if (min == max)
		api_refuse(request->client, EINVAL,
			   "expected %u arguments, not %u", min,
			   request->n_args);
	else
		api_refuse(request->client, EINVAL,
			   "expected %u to %u arguments, not %u", min, max,
			   request->n_args);
	return 1;
}

static const struct api_verb *find_verb(const char *noun, const char *verb)
{
	for (size_t i = 0; i < sizeof(verb_lists) / sizeof(verb_lists[0]); i++)
		for (const struct api_verb *v = verb_lists[i]; v->noun; v++)
			if (!strcmp(v->noun, noun) && !strcmp(v->verb, verb))
				return v;
	return NULL;
}

/* Words of the request; false when there are too many or one is not a string. */
static bool take_args(struct api_request *request)
{
	const json_t *args = json_object_get(request->object, "args"), *arg;
	size_t i;

	if (json_array_size(args) >= API_ARGS)
		return false;
	json_array_foreach(args, i, arg) {
		request->args[i] = json_string_value(arg);
		if (!request->args[i])
			return false;
		request->n_args++;
	}
	return true;
}

static void serve(struct api_client *client, const json_t *object)
{
	const char *noun = json_string_value(json_object_get(object, "noun"));
	const char *name = json_string_value(json_object_get(object, "verb"));
	struct api_request request = {
		client->fleet, client, object, { NULL }, 0
	};
	const struct api_verb *verb;

	client->busy = true;
	if (!noun) {
		api_refuse(client, EPROTO,
			   "expected an object with noun, verb and args");
		return;
	}
	name = name ? name : "show";
	verb = find_verb(noun, name);
	if (!strcmp(noun, "monitor"))
		client->monitor = true; /* and busy to its end */
	else if (!verb)
		api_refuse(client, EOPNOTSUPP, "vfleetd does not know '%s %s'",
			   noun, name);
	else if (!take_args(&request))
		api_refuse(client, EINVAL, "args must be up to %u words",
			   API_ARGS - 1);
	else
		verb->run(&request);
}

static void read_lines(struct bufferevent *stream, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(stream);
	struct api_client *client = arg;
	json_t *object;
	char *line;

	while (!client->busy &&
	       (line = evbuffer_readln(in, NULL, EVBUFFER_EOL_LF))) {
		object = json_loads(line, 0, NULL);
		free(line);
		serve(client, object);
		json_decref(object);
	}
	if (evbuffer_get_length(in) > LINE_MAX_BYTES)
		free_client(client);
}

static void on_end(struct bufferevent *stream, short what, void *arg)
{
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		free_client(arg);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
		      struct sockaddr *address, int bytes, void *arg)
{
	struct fleet *fleet = arg;
	struct api_client *client = calloc(1, sizeof(*client));
	struct bufferevent *stream =
		bufferevent_socket_new(fleet->base, fd, BEV_OPT_CLOSE_ON_FREE);

	if (!client || !stream) {
		free(client);
		if (stream)
			bufferevent_free(stream);
		return;
	}
	client->fleet = fleet;
	client->stream = stream;
	LIST_INSERT_HEAD(&fleet->api->clients, client, link);
	bufferevent_setcb(stream, read_lines, NULL, on_end, client);
	bufferevent_enable(stream, EV_READ | EV_WRITE);
}

/* Each notice goes to each monitor; one that does not read is let go. */
static void on_notice(void *arg, const json_t *event)
{
	struct api *api = arg;
	struct api_client *client = LIST_FIRST(&api->clients), *next;

	for (; client; client = next) {
		next = LIST_NEXT(client, link);
		if (!client->monitor)
			continue;
		send_line(client, event);
		if (evbuffer_get_length(bufferevent_get_output(
			    client->stream)) > BACKLOG_MAX_BYTES)
			free_client(client);
	}
}

/* True when somebody answers on the socket. */
static bool is_alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool alive = fd >= 0 && connect(fd, (const struct sockaddr *)address,
					sizeof(*address)) == 0;

	if (fd >= 0)
		close(fd);
	return alive;
}

static struct evconnlistener *listen_on(struct fleet *fleet, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct evconnlistener *listener;
	mode_t mask;

	memcpy(address.sun_path, path, strlen(path) + 1);
	if (is_alive(&address)) {
		errno = EADDRINUSE;
		return NULL;
	}
	unlink(path);
	mask = umask(0117); /* the socket is 0660 from its first moment */
	listener = evconnlistener_new_bind(
		fleet->base, on_accept, fleet,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, -1,
		(struct sockaddr *)&address, sizeof(address));
	umask(mask);
	return listener;
}

/* /run/vfleet/x.sock: the directory is ours to make. */
static void make_directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char directory[108];

	if (!slash || slash == path)
		return;
	snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path),
		 path);
	mkdir(directory, 0755);
}

struct api *api_new(struct fleet *fleet, char *err, size_t err_bytes)
{
	struct api *api = calloc(1, sizeof(*api));

	if (!api) {
		snprintf(err, err_bytes, "out of memory");
		return NULL;
	}
	LIST_INIT(&api->clients);
	snprintf(api->path, sizeof(api->path), "%s", fleet->config->api_socket);
	make_directory_of(api->path);
	api->listener = listen_on(fleet, api->path);
	if (!api->listener) {
		snprintf(err, err_bytes, "cannot listen on %s (api.socket): %s",
			 api->path,
			 errno == EADDRINUSE ? "another vfleetd does" :
					       strerror(errno));
		free(api);
		return NULL;
	}
	notice_to(fleet, on_notice, api);
	return api;
}

void api_free(struct api *api)
{
	struct api_client *client;

	evconnlistener_free(api->listener);
	unlink(api->path);
	while ((client = LIST_FIRST(&api->clients)))
		free_client(client);
	free(api);
}
