/* SPDX-License-Identifier: BSD-3-Clause */
/* http.h - one HTTP/1.1 connection that asks for one thing after the other
 *
 * An ordinary client would hide what a test wants to see: it opens a new
 * connection when the old one is reset. This one says what happened.
 */
#ifndef CLIENTS_HTTP_H
#define CLIENTS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <event2/event.h>

#define HTTP_BODY_KEPT 64 /* bytes of a body that are remembered */

/* Everything that makes a request a failed one. */
#define HTTP_FAILURES(X)                                             \
	X(connect, "the connection did not come about")              \
	X(reset, "the connection was reset")                         \
	X(closed, "the connection was closed before the answer")     \
	X(timeout, "no whole answer in time")                        \
	X(malformed, "the answer is not HTTP with a Content-Length") \
	X(status, "the status is not 200")                           \
	X(surplus, "more bytes came than the answer has")            \
	X(body, "the body differs from the connection's first one")

enum http_failure {
	HTTP_OK,
#define X(name, text) HTTP_FAILED_##name,
	HTTP_FAILURES(X)
#undef X
		HTTP_FAILURE_COUNT
};

extern const char *const http_failure_names[HTTP_FAILURE_COUNT];

struct http;

/* What became of a request, or of a connection that had none under way. */
struct http_result {
	enum http_failure failure;
	bool asked; /* false: the connection ended while idle */
	bool last; /* the server has said that it closes behind this answer */
	/* Closed in order before a byte of this answer, and after another one: RFC 9112
	 * 9.3.1 has clients ask again then. */
	bool again;
	uint64_t latency_us; /* from the request (or connect) to the answer's end */
	uint64_t bytes; /* body bytes received */
	char body[HTTP_BODY_KEPT]; /* its beginning, one line, as text */
};

/* Called once for each request and for each idle connection that ends. After a
 * failure the connection is of no more use: close it, here or later.
 */
typedef void (*http_done)(struct http *h, const struct http_result *r,
			  void *arg);

/* Starts to connect. NULL: out of memory or of descriptors. */
struct http *http_open(struct event_base *base, const struct sockaddr *to,
		       int to_bytes, http_done done, void *arg);

/* NULL is fine. No callback. */
void http_close(struct http *h);

/* Asks for `path` now, or as soon as the connection stands. One at a time. */
void http_get(struct http *h, const char *host, const char *path);

/* Microseconds since the request under way was made; 0 without one. */
uint64_t http_waiting_us(const struct http *h, uint64_t now_us);

/* Gives the request under way up: done() is called with HTTP_FAILED_timeout. */
void http_give_up(struct http *h);

#endif
