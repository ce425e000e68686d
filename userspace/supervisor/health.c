// SPDX-License-Identifier: BSD-3-Clause
/* health.c - active checks of backends: a TCP connection that opens is a sign of life */
#include "health.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fleet.h"
#include "notice.h"
#include "publish.h"
#include "sockaddr.h"

struct check {
	struct fleet *fleet;
	const struct config_service *service; /* of the configuration in force */
	struct config_backend *backend; /* likewise */
	struct event *next; /* timer: when the next check is due */
	struct event *answer; /* of the connection that is being opened */
	int fd; /* -1: none */
	unsigned rises, falls; /* good and bad checks in a row */
};

struct health {
	struct check *checks;
	unsigned n;
};

struct health *health_new(void)
{
	return calloc(1, sizeof(struct health));
}

static struct timeval interval(uint32_t ms)
{
	return (struct timeval){ ms / 1000, ms % 1000 * 1000 };
}

static void set_down(struct check *c, bool down, const char *why)
{
	const char *service = c->service->name;

	c->backend->down = down;
	publish_want(c->fleet);
	notice(c->fleet, down ? "backend_down" : "backend_up",
	       json_pack("{s:s, s:s}", "service", service, "backend",
			 c->backend->name),
	       "backend %s of %s is %s: %s", c->backend->name, service,
	       down ? "down" : "up", why);
}

/* err: 0 when the connection opened. */
static void finish_check(struct check *c, int err)
{
	const struct config_health *h = &c->service->health;

	if (c->answer) {
		event_free(c->answer);
		c->answer = NULL;
	}
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->rises = err ? 0 : c->rises + 1;
	c->falls = err ? c->falls + 1 : 0;
	if (c->backend->down && c->rises >= h->rise)
		set_down(c, false, "it answers");
	else if (!c->backend->down && c->falls >= h->fall)
		set_down(c, true, strerror(err));
}

static void on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct check *c = arg;
	socklen_t bytes = sizeof(int);
	int err = ETIMEDOUT;

	if (what & EV_WRITE &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &bytes) < 0)
		err = errno;
	finish_check(c, err);
}

static void on_due(evutil_socket_t fd, short what, void *arg)
{
	struct check *c = arg;
	const struct timeval timeout = interval(c->service->health.timeout_ms);
	const struct endpoint backend = { c->backend->address,
					  c->backend->port };
	struct sockaddr_storage to;
	socklen_t bytes = sockaddr_of(&backend, &to);

	/* Still open: the timeout is as long as the interval and ends this instant. */
	if (c->answer)
		finish_check(c, ETIMEDOUT);
	c->fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       0);
	if (c->fd < 0)
		return; /* says something about us, nothing about the backend */
	if (connect(c->fd, (struct sockaddr *)&to, bytes) == 0) {
		finish_check(c, 0);
		return;
	}
	if (errno != EINPROGRESS) {
		finish_check(c, errno);
		return;
	}
	c->answer = event_new(c->fleet->base, c->fd, EV_WRITE, on_answer, c);
	if (c->answer)
		event_add(c->answer, &timeout);
}

static void stop(struct check *c)
{
	if (c->next)
		event_free(c->next);
	if (c->answer)
		event_free(c->answer);
	if (c->fd >= 0)
		close(c->fd);
}

static void start(struct check *c)
{
	const struct timeval every = interval(c->service->health.interval_ms);

	c->next = event_new(c->fleet->base, -1, EV_PERSIST, on_due, c);
	if (!c->next)
		return;
	event_add(c->next, &every);
	/* The first one at once. */
	event_active(c->next, EV_TIMEOUT, 1);
}

void health_restart(struct fleet *fleet)
{
	struct health *h = fleet->health;
	struct config *config = fleet->config;

	for (unsigned i = 0; i < h->n; i++)
		stop(&h->checks[i]);
	free(h->checks);
	h->n = 0;
	h->checks = calloc(config->n_backends ? config->n_backends : 1,
			   sizeof(*h->checks));
	if (!h->checks)
		return;
	for (unsigned i = 0; i < config->n_services; i++) {
		const struct config_service *s = &config->services[i];

		for (unsigned k = 0; k < s->n_backends; k++) {
			struct config_backend *b =
				&config->backends[s->first_backend + k];

			if (!s->health.enabled) {
				b->down = false;
				continue;
			}
			h->checks[h->n] =
				(struct check){ fleet, s, b, .fd = -1 };
			start(&h->checks[h->n]);
			h->n++;
		}
	}
}
