// SPDX-License-Identifier: BSD-3-Clause
/* http.c - an HTTP/1.1 server on lwIP: files, status, health */
#include "http.h"

#include <lwip/priv/tcp_priv.h>
#include <lwip/sys.h>
#include <stdio.h>
#include <string.h>

#include "member.h"
#include "mirror_bank.h"
#include "page.h"
#include "request.h"
#include "tally.h"

#define POLL_TICKS     4 /* of half a second */
#define RETIRING_TICKS 1 /* likewise, when the engine's set drains */
#define REQUEST_MS     10000 /* from its first byte, or the connection's begin */
#define IDLE_MS	       30000 /* between requests */
/* The same when the engine's set drains. Who asks again sooner is told with the answer; so a
 * FIN hardly ever meets a request on its way. */
#define RETIRING_MS 1000
#define STALL_MS \
	30000 /* without an acknowledgement, while there is something to send */
#define PIECE_SEGS 16 /* segments at once: the queue takes so many or none */
#define HEAD_BYTES 512

/* One connection. Bytes of a file are not copied, so its content is held until all
 * of them are acknowledged. */
struct http {
	struct http *next,
		**back; /* in the service's list; next: in the free one */
	struct served *served;
	struct tcp_pcb *pcb;
	struct pbuf *in; /* received, not looked at yet */
	struct content *content; /* what `body` lies in, and what is on its way */
	const uint8_t *body; /* left to be handed to TCP */
	uint32_t body_bytes;
	uint32_t since_ms; /* when what we wait for began */
	bool ending; /* nothing more is read; FIN after what there is */
	bool shut; /* and the FIN is sent */
	struct request request;
};

static struct http connections[ENDPOINT_CONNECTIONS];
static struct http *unused;
static bool started;

static void start(void)
{
	started = true;
	request_start();
	for (unsigned i = 0; i < ENDPOINT_CONNECTIONS; i++) {
		connections[i].next = unused;
		unused = &connections[i];
	}
}

static void count(struct http *c, int change)
{
	struct fab_load *load = c->served->engine->lb.load;

	tally_add(&load->services[c->served->slot].connections, change);
}

/* Forget the connection; lwIP has, or will. */
static void forget(struct http *c)
{
	count(c, -1);
	if (c->in)
		pbuf_free(c->in);
	content_release(c->content);
	*c->back = c->next;
	if (c->next)
		c->next->back = c->back;
	c->next = unused;
	unused = c;
}

static void let_go(struct tcp_pcb *pcb)
{
	tcp_arg(pcb, NULL);
	tcp_recv(pcb, NULL);
	tcp_sent(pcb, NULL);
	tcp_err(pcb, NULL);
	tcp_poll(pcb, NULL, 0);
}

/* Reset it. In a callback of its own ERR_ABRT has to be returned then. */
static err_t abort_it(struct http *c)
{
	struct tcp_pcb *pcb = c->pcb;

	let_go(pcb);
	tcp_abort(pcb);
	forget(c);
	return ERR_ABRT;
}

static bool all_acknowledged(const struct http *c)
{
	return !c->pcb->unsent && !c->pcb->unacked;
}

/* FIN at once, but the connection is kept until its bytes are acknowledged. */
static err_t finish(struct http *c)
{
	struct tcp_pcb *pcb = c->pcb;

	if (!c->shut && tcp_shutdown(pcb, 0, 1) == ERR_OK)
		c->shut = true;
	/* TCP's own part, the FIN, needs none of our memory. */
	if (!c->shut || pcb->unsent ||
	    (pcb->unacked && (pcb->unacked->next || pcb->unacked->len)))
		return ERR_OK;
	let_go(pcb);
	if (tcp_close(pcb) != ERR_OK) {
		tcp_abort(pcb);
		forget(c);
		return ERR_ABRT;
	}
	forget(c);
	return ERR_OK;
}

/* Hand TCP what it takes of the body; true when nothing is left. */
static bool push_body(struct http *c)
{
	uint32_t most = (uint32_t)PIECE_SEGS * tcp_mss(c->pcb);

	while (c->body_bytes) {
		uint32_t n = c->body_bytes < most ? c->body_bytes : most;
		bool last;

		if (n > tcp_sndbuf(c->pcb))
			n = tcp_sndbuf(c->pcb);
		if (n > UINT16_MAX)
			n = UINT16_MAX;
		last = n == c->body_bytes;
		if (!n || tcp_write(c->pcb, c->body, n,
				    last ? 0 : TCP_WRITE_FLAG_MORE) != ERR_OK)
			return false;
		c->body += n;
		c->body_bytes -= n;
	}
	return true;
}

/* Files of the latest reading, unless bytes of another one are still on their way. */
static void use_content(struct http *c)
{
	if (c->content == c->served->content || !all_acknowledged(c))
		return;
	content_release(c->content);
	c->content = content_hold(c->served->content);
}

/* "NAME: VALUE" behind `n` bytes of a head, if there is a value. */
static int add_field(char *text, int n, const char *name, const char *value)
{
	return value ? n + snprintf(text + n, HEAD_BYTES - n, "%s: %s\r\n",
				    name, value) :
		       n;
}

/* What a client has to be told of the connection: RFC 9112 9.3. */
static const char *connection_field(const struct request *r)
{
	if (r->close)
		return "close";
	return r->parser.http_minor == 0 ? "keep-alive" : NULL;
}

static int make_head(char *text, const struct page *p, const struct request *r)
{
	int n = snprintf(text, HEAD_BYTES,
			 "HTTP/1.1 %u %s\r\nServer: vfleet\r\n%s", p->status,
			 http_status_str(p->status), p->more);

	/* RFC 9110 8.6: not with 304, where it would be that of the file. */
	if (p->status != HTTP_STATUS_NOT_MODIFIED)
		n += snprintf(text + n, HEAD_BYTES - n,
			      "Content-Length: %u\r\n", p->bytes);
	n = add_field(text, n, "Content-Type", p->type);
	n = add_field(text, n, "ETag", p->etag);
	n = add_field(text, n, "Connection", connection_field(r));
	return n + snprintf(text + n, HEAD_BYTES - n, "\r\n");
}

/* Write the head, and a body that was made for it. False: no room, try later. */
static bool write_head(struct http *c, const struct page *p)
{
	char text[HEAD_BYTES + PAGE_BYTES];
	int n = make_head(text, p, &c->request);
	bool made = !p->file && !c->request.head;

	if (made) {
		memcpy(text + n, p->text, p->bytes);
		n += p->bytes;
	}
	return tcp_write(c->pcb, text, n,
			 TCP_WRITE_FLAG_COPY |
				 (made || !p->bytes ? 0 :
						      TCP_WRITE_FLAG_MORE)) ==
	       ERR_OK;
}

/* False: no room for the answer yet. */
static bool answer(struct http *c)
{
	struct page page;

	/* What came in behind it is answered yet. */
	if (retires(c->served->engine) && !c->in)
		c->request.close = true;
	use_content(c);
	page_make(&page, c->served, c->content, &c->request);
	if (!write_head(c, &page))
		return false;
	engine_count(c->served->engine, CNT_service_requests, 1);
	if (page.file && !c->request.head) {
		c->body = page.file->data;
		c->body_bytes = page.bytes;
	}
	c->ending = c->request.close;
	if (!c->ending)
		request_next(&c->request);
	c->since_ms = sys_now();
	return true;
}

/* Read on in what has come in; false when there is nothing more. */
static bool read_on(struct http *c)
{
	bool begun = c->request.begun;
	uint16_t n;

	if (!c->in)
		return false;
	n = request_feed(&c->request, c->in->payload, c->in->len);
	c->in = pbuf_free_header(c->in, n);
	tcp_recved(c->pcb, n);
	if (c->request.begun && !begun)
		c->since_ms = sys_now();
	return true;
}

/* Nobody looks at it any more, but the window is not to close over it. */
static void skip_input(struct http *c)
{
	if (!c->in)
		return;
	tcp_recved(c->pcb, c->in->tot_len);
	pbuf_free(c->in);
	c->in = NULL;
}

/* As far as it goes: read requests, answer one after the other. */
static err_t run(struct http *c)
{
	while (push_body(c)) {
		if (c->ending) {
			skip_input(c);
			return finish(c);
		}
		if (c->request.whole ? !answer(c) : !read_on(c))
			break;
	}
	tcp_output(c->pcb);
	return ERR_OK;
}

static err_t on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p,
			 err_t error)
{
	struct http *c = arg;

	if (!p) {
		/* Answer what it has asked; there will be no more. */
		if (!c->request.whole && !c->in)
			c->ending = true;
		else
			c->request.close = true;
		return run(c);
	}
	if (c->in)
		pbuf_cat(c->in, p);
	else
		c->in = p;
	return run(c);
}

static err_t on_sent(void *arg, struct tcp_pcb *pcb, uint16_t bytes)
{
	struct http *c = arg;

	c->since_ms = sys_now();
	return run(c);
}

static void on_error(void *arg, err_t error)
{
	if (arg)
		forget(arg);
}

/* How long it may be without a request, or without the rest of one. */
static uint32_t patience_ms(const struct http *c)
{
	if (c->request.begun)
		return REQUEST_MS;
	return retires(c->served->engine) ? RETIRING_MS : IDLE_MS;
}

/* Who is too slow goes. */
static err_t on_poll(void *arg, struct tcp_pcb *pcb)
{
	struct http *c = arg;
	uint32_t ms = sys_now() - c->since_ms;

	member_keep(pcb);
	if (c->body_bytes || c->request.whole || !all_acknowledged(c)) {
		if (ms >= STALL_MS)
			return abort_it(c);
	} else if (ms >= patience_ms(c)) {
		c->ending = true;
	}
	return run(c);
}

err_t http_accept(void *served, struct tcp_pcb *pcb, err_t error)
{
	struct served *s = served;
	struct http *c;

	if (!started)
		start();
	c = unused; /* as many as lwIP has */
	if (!c) {
		tcp_abort(pcb);
		return ERR_ABRT;
	}
	unused = c->next;
	*c = (struct http){ .served = s,
			    .pcb = pcb,
			    .next = s->connections,
			    .back = &s->connections,
			    .since_ms = sys_now() };
	if (c->next)
		c->next->back = &c->next;
	s->connections = c;
	request_init(&c->request);
	count(c, 1);
	tally_add(&s->engine->lb.load->services[s->slot].connections_total, 1);
	engine_count(s->engine, CNT_service_connections, 1);
	tcp_nagle_disable(pcb);
	tcp_arg(pcb, c);
	tcp_recv(pcb, on_received);
	tcp_sent(pcb, on_sent);
	tcp_err(pcb, on_error);
	tcp_poll(pcb, on_poll,
		 retires(s->engine) ? RETIRING_TICKS : POLL_TICKS);
	return ERR_OK;
}

void http_abort_all(struct served *s)
{
	while (s->connections)
		abort_it(s->connections);
}

unsigned http_leave(struct served *s)
{
	unsigned n = 0;

	for (struct http *c = s->connections, *next; c; c = next) {
		next = c->next;
		if (!member_goes(c->pcb))
			continue;
		abort_it(c);
		n++;
	}
	return n;
}

void http_retire(struct served *s)
{
	for (struct http *c = s->connections; c; c = c->next)
		tcp_poll(c->pcb, on_poll, RETIRING_TICKS);
}
