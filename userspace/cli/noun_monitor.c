// SPDX-License-Identifier: BSD-3-Clause
/* noun_monitor.c - events of vfleetd and of the kernel module, as they happen */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "client.h"
#include "module.h"
#include "table.h"

struct monitor {
	const struct cli *cli;
	struct client daemon; /* fd -1: not there */
	struct vfl *module; /* NULL: not loaded, or no permission */
};

/* Seconds since the epoch, as local "10:11:12.345" */
static void print_time(double when_s)
{
	long long ms = when_s * 1000 + 0.5;
	time_t seconds = ms / 1000;
	char clock[16];
	struct tm tm;

	strftime(clock, sizeof(clock), "%H:%M:%S", localtime_r(&seconds, &tm));
	printf("%s.%03u", clock, (unsigned)(ms % 1000));
}

/* "10:11:12.345  engine_ready    engine 2 is ready" */
static void print_text(const json_t *event)
{
	const char *name = json_string_value(json_object_get(event, "event"));
	char message[CELL_BYTES];

	print_time(json_number_value(json_object_get(event, "time")));
	table_cell(table_value(event, "message"), UNIT_NONE, message,
		   sizeof(message));
	printf("  %-14s  %s\n", name ? name : "-", message);
}

static void print_event(const struct cli *cli, const json_t *event)
{
	if (cli->json)
		cli_print_json(event);
	else
		print_text(event);
	fflush(stdout);
}

static void on_module_event(const struct vfl_event *event, void *arg)
{
	const struct monitor *m = arg;
	json_t *object = module_event_json(event);

	print_event(m->cli, object);
	json_decref(object);
}

/* Prints the lines that arrived. Returns -1 to go on, or the exit status. */
static int read_daemon(struct monitor *m)
{
	int n = client_receive(&m->daemon);
	const char *line;

	if (n < 0)
		return cli_fail_errno(m->cli, n, strerror(-n));
	if (!n)
		return cli_fail(m->cli, "ECONNRESET",
				"vfleetd closed the connection");
	while ((line = client_line(&m->daemon))) {
		json_t *event = json_loads(line, 0, NULL);
		const char *error =
			json_string_value(json_object_get(event, "error"));
		int status = -1;

		if (error)
			status = cli_fail(m->cli,
					  json_string_value(json_object_get(
						  event, "errno")),
					  error);
		else if (event)
			print_event(m->cli, event);
		json_decref(event);
		if (status >= 0)
			return status;
	}
	return -1;
}

/* Says that events are missing, as an event. */
static void print_gap(const struct monitor *m)
{
	json_t *gap =
		json_pack("{s:o, s:s, s:s}", "time", json_real(time(NULL)),
			  "event", "gap", "message",
			  "kernel events came too fast and some were lost");

	print_event(m->cli, gap);
	json_decref(gap);
}

static int read_module(struct monitor *m)
{
	int err = vfl_events_read(m->module, on_module_event, m);

	if (err == -ENOBUFS)
		print_gap(m);
	else if (err < 0)
		return cli_fail_errno(m->cli, err, vfl_error(m->module));
	return -1;
}

static enum cli_status loop(struct monitor *m)
{
	struct pollfd fds[3] = {
		{ .fd = m->daemon.fd, .events = POLLIN },
		{ .fd = m->module ? vfl_events_fd(m->module) : -1,
		  .events = POLLIN },
		/* nobody reads us any more: a pipe's end tells so by POLLERR */
		{ .fd = fileno(stdout) },
	};
	int status = -1;

	while (status < 0) {
		if (poll(fds, 3, -1) < 0) {
			if (errno == EINTR)
				continue;
			return cli_fail_errno(m->cli, errno, strerror(errno));
		}
		if (fds[2].revents & POLLERR)
			return CLI_DONE;
		if (fds[0].revents)
			status = read_daemon(m);
		if (status < 0 && fds[1].revents)
			status = read_module(m);
	}
	return status;
}

/* Opens what there is of the two. When there is neither, returns a negative errno
 * with a sentence in err.
 */
static int open_sources(struct monitor *m, char *err, size_t bytes)
{
	json_t *request = client_request(m->cli);
	char module_err[256];
	int ret = client_open(&m->daemon, m->cli->socket, err, bytes);

	if (!ret) {
		ret = client_send(&m->daemon, request);
		snprintf(err, bytes, "%s", strerror(-ret));
	}
	json_decref(request);
	m->module = vfl_open(module_err, sizeof(module_err));
	if (m->module && vfl_events_open(m->module) < 0) {
		snprintf(module_err, sizeof(module_err), "%s",
			 vfl_error(m->module));
		vfl_close(m->module);
		m->module = NULL;
	}
	if (!m->cli->json && ret && m->module)
		fprintf(stderr,
			"vfleet: events of the kernel module only: %s\n", err);
	return m->module ? 0 : ret;
}

static enum cli_status show(struct cli *cli)
{
	struct monitor m = { .cli = cli };
	enum cli_status status;
	char err[256];
	int ret;

	ret = open_sources(&m, err, sizeof(err));
	if (ret)
		status = cli_fail_errno(cli, ret, err);
	else
		status = loop(&m);
	client_close(&m.daemon);
	vfl_close(m.module);
	return status;
}

static const struct verb verbs[] = {
	{ "show", "", "watch events",
	  "print events of vfleetd and of the kernel until interrupted", show,
	  NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_monitor = { "monitor", "events as they happen", verbs };
