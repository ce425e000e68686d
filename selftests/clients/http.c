// SPDX-License-Identifier: BSD-3-Clause
/* http.c - one HTTP/1.1 connection that asks for one thing after the other */
#include "http.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "clock.h"

#define HEAD_BYTES_MAX 4096

const char *const http_failure_names[HTTP_FAILURE_COUNT] = { [HTTP_OK] = "ok",
#define X(name, text) [HTTP_FAILED_##name] = #name,
							     HTTP_FAILURES(X)
#undef X
};

struct http {
	struct bufferevent *bev;
	http_done done;
	void *arg;
	bool connected, ended, answered;
	uint64_t asked_us; /* 0: no request under way */
	bool in_body;
	uint64_t body_left; /* bytes still to come */
	char first[HTTP_BODY_KEPT]; /* beginning of the first body ever */
	struct http_result result;
};

/* Ends the request under way and tells. `h` may be gone afterwards. */
static void finish(struct http *h, enum http_failure failure)
{
	struct http_result r = h->result;

	if (h->ended)
		return;
	r.failure = failure;
	r.again = failure == HTTP_FAILED_closed && h->asked_us && h->answered &&
		  !h->in_body;
	h->answered |= failure == HTTP_OK;
	r.asked = h->asked_us != 0;
	r.latency_us = r.asked ? clock_us() - h->asked_us : 0;
	h->ended = failure != HTTP_OK;
	h->asked_us = 0;
	h->in_body = false;
	h->result = (struct http_result){ 0 };
	if (h->ended)
		bufferevent_disable(h->bev, EV_READ | EV_WRITE);
	h->done(h, &r, h->arg);
}

/* Reads "HTTP/1.1 200 ..." and Content-Length out of the head's lines. */
static enum http_failure read_head(struct http *h, struct evbuffer *in)
{
	enum http_failure failure = HTTP_OK;
	bool sized = false;
	int status = 0;
	char *line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF);

	if (!line || sscanf(line, "HTTP/1.%*c %d", &status) != 1)
		failure = HTTP_FAILED_malformed;
	else if (status != 200)
		failure = HTTP_FAILED_status;
	for (; line && *line;
	     free(line), line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF)) {
		if (!strncasecmp(line, "content-length:", 15)) {
			h->body_left = strtoull(line + 15, NULL, 10);
			sized = true;
		}
		if (!strcasecmp(line, "connection: close"))
			h->result.last = true;
	}
	free(line);
	return !failure && !sized ? HTTP_FAILED_malformed : failure;
}

/* Moves body bytes out of the buffer; the first ones are remembered. */
static void take_body(struct http *h, struct evbuffer *in)
{
	size_t n = evbuffer_get_length(in);
	struct http_result *r = &h->result;

	if (n > h->body_left)
		n = h->body_left;
	if (r->bytes < HTTP_BODY_KEPT - 1) {
		size_t room = HTTP_BODY_KEPT - 1 - r->bytes;

		evbuffer_copyout(in, r->body + r->bytes, n < room ? n : room);
	}
	evbuffer_drain(in, n);
	r->bytes += n;
	h->body_left -= n;
}

/* The body as one printable line, and whether it is what this connection got before. */
static enum http_failure judge_body(struct http *h)
{
	char *body = h->result.body;

	for (char *p = body; *p; p++) {
		if (*p == '\n' && !p[1])
			*p = '\0';
		else if (!isprint((unsigned char)*p) || *p == '"' || *p == '\\')
			*p = '.';
	}
	if (!*h->first)
		memcpy(h->first, body, sizeof(h->first));
	return strcmp(h->first, body) ? HTTP_FAILED_body : HTTP_OK;
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	enum http_failure failure;
	struct http *h = arg;

	if (!h->asked_us) {
		finish(h, HTTP_FAILED_surplus);
		return;
	}
	if (!h->in_body) {
		if (evbuffer_search(in, "\r\n\r\n", 4, NULL).pos < 0) {
			if (evbuffer_get_length(in) > HEAD_BYTES_MAX)
				finish(h, HTTP_FAILED_malformed);
			return;
		}
		failure = read_head(h, in);
		if (failure) {
			finish(h, failure);
			return;
		}
		h->in_body = true;
	}
	take_body(h, in);
	if (h->body_left)
		return;
	if (evbuffer_get_length(in))
		finish(h, HTTP_FAILED_surplus);
	else
		finish(h, judge_body(h));
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	int err = EVUTIL_SOCKET_ERROR();
	struct http *h = arg;

	if (what & BEV_EVENT_CONNECTED) {
		int on = 1;

		setsockopt(bufferevent_getfd(bev), IPPROTO_TCP, TCP_NODELAY,
			   &on, sizeof(on));
		h->connected = true;
		return;
	}
	if (!h->connected)
		finish(h, HTTP_FAILED_connect);
	else if (what & BEV_EVENT_EOF)
		finish(h, HTTP_FAILED_closed);
	else if (err == EPIPE) /* its FIN was there, then a RST */
		finish(h, HTTP_FAILED_closed);
	else if (err == ETIMEDOUT)
		finish(h, HTTP_FAILED_timeout);
	else
		finish(h, HTTP_FAILED_reset);
}

struct http *http_open(struct event_base *base, const struct sockaddr *to,
		       int to_bytes, http_done done, void *arg)
{
	struct http *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->done = done;
	h->arg = arg;
	/* Deferred: done() is never called from inside http_open(). */
	h->bev = bufferevent_socket_new(
		base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!h->bev) {
		free(h);
		return NULL;
	}
	bufferevent_setcb(h->bev, on_read, NULL, on_event, h);
	bufferevent_enable(h->bev, EV_READ | EV_WRITE);
	/* A failure that shows at once is told by on_event as well. */
	bufferevent_socket_connect(h->bev, to, to_bytes);
	return h;
}

void http_close(struct http *h)
{
	if (!h)
		return;
	bufferevent_free(h->bev);
	free(h);
}

void http_get(struct http *h, const char *host, const char *path)
{
	h->asked_us = clock_us();
	evbuffer_add_printf(bufferevent_get_output(h->bev),
			    "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host);
}

uint64_t http_waiting_us(const struct http *h, uint64_t now_us)
{
	return h->asked_us && now_us > h->asked_us ? now_us - h->asked_us : 0;
}

void http_give_up(struct http *h)
{
	finish(h, HTTP_FAILED_timeout);
}
