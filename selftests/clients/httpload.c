// SPDX-License-Identifier: BSD-3-Clause
/* httpload.c - steady HTTP load that counts every failure and every stall
 *
 * Keeps a number of connections open and asks over them in turn at a fixed rate;
 * beside that opens new connections at a fixed rate, one request each. Writes one
 * JSON line per 100 ms and a summary at the end. The rate does not follow the
 * answers: what cannot be asked in time because every connection waits is counted
 * as `skipped`.
 *
 * With --follow it is no failure that the server closes a connection behind a whole
 * answer or while it is idle (`followed`); if the close has met a request on its way, that
 * is asked once more (`retried`).
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/event.h>
#include <event2/util.h>

#include "clock.h"
#include "http.h"
#include "tally.h"

#define TICK_US	  10000
#define WINDOW_US 100000
#define OPEN_PER_TICK \
	4 /* keep-alive connections; a crowd of SYNs is another test */

enum exit_status { ALL_WELL, SOME_FAILED, USAGE };

struct client {
	struct http *http; /* NULL: to be opened */
	struct load *load;
	bool keep_alive, idle, broken, closed;
	TAILQ_ENTRY(client) link; /* in load->idle */
	LIST_ENTRY(client) once; /* in load->once */
};

struct load {
	struct event_base *base;
	struct event *tick;
	FILE *log;

	struct sockaddr_storage to;
	int to_bytes;
	const char *target, *path;
	unsigned keep_alive, rate, connect_rate;
	uint64_t duration_us, timeout_us, stall_us;

	struct client *clients; /* [keep_alive] */
	TAILQ_HEAD(idle_head, client) idle;
	LIST_HEAD(once_head, client) once;
	unsigned open, waiting, reopened;
	uint64_t start_us, window_us;
	uint64_t asked, connected; /* how many the rates have used up */
	bool ending, follow;
	unsigned followed, retried;

	struct tally window, total;
	struct bodies bodies;
};

static void client_done(struct http *h, const struct http_result *r, void *arg);

static void set_idle(struct client *c, bool idle)
{
	if (c->idle == idle)
		return;
	c->idle = idle;
	if (idle)
		TAILQ_INSERT_TAIL(&c->load->idle, c, link);
	else
		TAILQ_REMOVE(&c->load->idle, c, link);
}

static void ask(struct client *c)
{
	set_idle(c, false);
	c->load->waiting++;
	http_get(c->http, c->load->target, c->load->path);
}

static void drop_once(struct client *c)
{
	LIST_REMOVE(c, once);
	http_close(c->http);
	free(c);
}

/* The server has closed in order: the connection is opened anew, and asks anew. */
static bool follow_close(struct client *c, const struct http_result *r)
{
	struct load *l = c->load;
	bool idle = !r->asked && r->failure == HTTP_FAILED_closed;

	if (c->closed)
		return true;
	if (!l->follow || !c->keep_alive || !(idle || r->again))
		return false;
	l->followed += idle;
	l->retried += r->again;
	set_idle(c, false);
	c->closed = true;
	return true;
}

static void client_done(struct http *h, const struct http_result *r, void *arg)
{
	struct client *c = arg;
	struct load *l = c->load;

	if (r->asked)
		l->waiting--;
	if (follow_close(c, r))
		return;
	tally_add(&l->window, r, l->stall_us);
	tally_add(&l->total, r, l->stall_us);
	if (!r->failure)
		bodies_add(&l->bodies, r->body);
	if (!c->keep_alive) {
		drop_once(c);
		return;
	}
	c->closed = l->follow && r->last;
	l->followed += c->closed;
	set_idle(c, !r->failure && !c->closed);
	c->broken = r->failure; /* opened anew by the next tick */
}

/* A keep-alive connection that is to be opened, or opened again. */
static bool revive(struct client *c)
{
	if (c->http && !c->broken && !c->closed)
		return false;
	if (c->broken || c->closed) {
		http_close(c->http);
		c->load->reopened += c->broken;
		c->broken = c->closed = false;
	} else {
		c->load->open++;
	}
	c->http = http_open(c->load->base, (struct sockaddr *)&c->load->to,
			    c->load->to_bytes, client_done, c);
	if (c->http)
		ask(c);
	return true;
}

static void open_once(struct load *l)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return;
	c->load = l;
	LIST_INSERT_HEAD(&l->once, c, once);
	c->http = http_open(l->base, (struct sockaddr *)&l->to, l->to_bytes,
			    client_done, c);
	if (c->http)
		ask(c);
	else
		drop_once(c);
}

static void issue(struct load *l, uint64_t now_us)
{
	uint64_t elapsed_us = now_us - l->start_us;
	unsigned opened = 0;

	for (unsigned i = 0; i < l->keep_alive && opened < OPEN_PER_TICK; i++)
		opened += revive(&l->clients[i]);
	while (l->connected < elapsed_us * l->connect_rate / 1000000) {
		l->connected++;
		open_once(l);
	}
	while (l->asked < elapsed_us * l->rate / 1000000) {
		struct client *c = TAILQ_FIRST(&l->idle);

		l->asked++;
		if (c) {
			ask(c);
		} else if (l->open == l->keep_alive) {
			l->window.skipped++;
			l->total.skipped++;
		}
	}
}

static void look_at(struct load *l, struct client *c, uint64_t now_us)
{
	uint64_t waiting_us = c->http ? http_waiting_us(c->http, now_us) : 0;

	tally_wait(&l->window, waiting_us);
	tally_wait(&l->total, waiting_us);
	if (waiting_us > l->timeout_us)
		http_give_up(c->http);
}

static void look_at_waiting(struct load *l, uint64_t now_us)
{
	struct client *c, *next;

	for (unsigned i = 0; i < l->keep_alive; i++)
		if (!l->clients[i].broken && !l->clients[i].closed)
			look_at(l, &l->clients[i], now_us);
	for (c = LIST_FIRST(&l->once); c; c = next) {
		next = LIST_NEXT(c, once);
		look_at(l, c, now_us);
	}
}

static void write_window(struct load *l)
{
	fprintf(l->log, "{\"t_ms\":%lu,", clock_wall_ms());
	tally_write(&l->window, l->log);
	fprintf(l->log, ",\"waiting\":%u}\n", l->waiting);
	fflush(l->log);
	l->window = (struct tally){ 0 };
}

static void write_summary(const struct load *l, FILE *out, uint64_t now_us)
{
	fprintf(out, "{\"summary\":{\"target\":\"%s\",\"duration_ms\":%lu,",
		l->target, (now_us - l->start_us) / 1000);
	tally_write(&l->total, out);
	fprintf(out,
		",\"keep_alive\":%u,\"reopened\":%u,\"followed\":%u,\"retried\":%u,"
		"\"connections\":%lu",
		l->open, l->reopened, l->followed, l->retried,
		l->open + l->reopened + l->followed + l->retried +
			l->connected);
	fputc(',', out);
	tally_write_failures(&l->total, out);
	fputc(',', out);
	bodies_write(&l->bodies, out);
	fprintf(out, "}}\n");
	fflush(out);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct load *l = arg;
	uint64_t now_us = clock_us();

	if (l->duration_us && now_us - l->start_us >= l->duration_us)
		l->ending = true;
	if (!l->ending)
		issue(l, now_us);
	if (now_us - l->window_us >= WINDOW_US) {
		l->window_us += WINDOW_US;
		look_at_waiting(l, now_us);
		write_window(l);
	}
	if (l->ending && !l->waiting)
		event_base_loopbreak(l->base);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	((struct load *)arg)->ending = true;
}

static void usage(void)
{
	fprintf(stderr,
		"usage: httpload [options] ADDRESS:PORT\n"
		"  --path PATH        what to ask for (default /)\n"
		"  --keep-alive N     connections that stay open (default 10)\n"
		"  --rate N           requests per second over them (default 100)\n"
		"  --connect-rate N   new connections per second beside them (default 0)\n"
		"  --duration S       seconds; without it until SIGTERM\n"
		"  --timeout-ms N     an answer later than this is a failure (default 10000)\n"
		"  --stall-ms N       an answer later than this is a stall (default 1000)\n"
		"  --follow           a server may close between requests\n"
		"  --log FILE         JSON lines, one per 100 ms (default none)\n"
		"Prints a summary as JSON. Exits 0 if nothing failed, 1 otherwise.\n");
	exit(USAGE);
}

static unsigned number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!*text || *end || n > 1000000) {
		fprintf(stderr,
			"httpload: '%s' is not a number up to 1000000\n", text);
		usage();
	}
	return n;
}

static const struct option options[] = {
	{ "path", 1, NULL, 'p' },     { "keep-alive", 1, NULL, 'k' },
	{ "rate", 1, NULL, 'r' },     { "connect-rate", 1, NULL, 'c' },
	{ "duration", 1, NULL, 'd' }, { "timeout-ms", 1, NULL, 't' },
	{ "stall-ms", 1, NULL, 's' }, { "log", 1, NULL, 'l' },
	{ "follow", 0, NULL, 'f' },   { 0 },
};

static void parse(struct load *l, int argc, char **argv)
{
	const char *log = "/dev/null";
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'p':
			l->path = optarg;
			break;
		case 'k':
			l->keep_alive = number(optarg);
			break;
		case 'r':
			l->rate = number(optarg);
			break;
		case 'c':
			l->connect_rate = number(optarg);
			break;
		case 'd':
			l->duration_us = number(optarg) * 1000000ul;
			break;
		case 't':
			l->timeout_us = number(optarg) * 1000ul;
			break;
		case 's':
			l->stall_us = number(optarg) * 1000ul;
			break;
		case 'l':
			log = optarg;
			break;
		case 'f':
			l->follow = true;
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 1)
		usage();
	l->target = argv[optind];
	l->to_bytes = sizeof(l->to);
	if (evutil_parse_sockaddr_port(l->target, (struct sockaddr *)&l->to,
				       &l->to_bytes)) {
		fprintf(stderr, "httpload: '%s' is not ADDRESS:PORT\n",
			l->target);
		usage();
	}
	l->log = fopen(log, "w");
	if (!l->log) {
		fprintf(stderr, "httpload: %s: %s\n", log, strerror(errno));
		exit(USAGE);
	}
}

static bool start(struct load *l)
{
	const struct timeval tick = { 0, TICK_US };
	struct event *term, *intr;

	l->base = event_base_new();
	l->clients = calloc(l->keep_alive + 1, sizeof(*l->clients));
	if (!l->base || !l->clients)
		return false;
	TAILQ_INIT(&l->idle);
	LIST_INIT(&l->once);
	for (unsigned i = 0; i < l->keep_alive; i++)
		l->clients[i] =
			(struct client){ .load = l, .keep_alive = true };
	l->tick = event_new(l->base, -1, EV_PERSIST, on_tick, l);
	term = evsignal_new(l->base, SIGTERM, on_signal, l);
	intr = evsignal_new(l->base, SIGINT, on_signal, l);
	l->start_us = l->window_us = clock_us();
	return l->tick && term && intr && !event_add(l->tick, &tick) &&
	       !event_add(term, NULL) && !event_add(intr, NULL);
}

int main(int argc, char **argv)
{
	struct load l = {
		.path = "/",
		.keep_alive = 10,
		.rate = 100,
		.timeout_us = 10000000,
		.stall_us = 1000000,
	};

	parse(&l, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	if (!start(&l)) {
		fprintf(stderr, "httpload: cannot start: %s\n",
			strerror(errno));
		return SOME_FAILED;
	}
	event_base_dispatch(l.base);
	if (l.window.latency.n || tally_failed(&l.window))
		write_window(&l);
	write_summary(&l, l.log, clock_us());
	write_summary(&l, stdout, clock_us());
	return tally_failed(&l.total) || !l.total.ok ? SOME_FAILED : ALL_WELL;
}
