// SPDX-License-Identifier: BSD-3-Clause
/* proxy.c - connections that end here and go on to a backend over another one */
#include "proxy.h"

#include <lwip/priv/tcp_priv.h>
#include <stdalign.h>
#include <string.h>
#include <sys/mman.h>

#include "connection.h"
#include "ending.h"
#include "member.h"
#include "mirror_bank.h"
#include "proxy_end.h"
#include "scheduler.h"

#define PROXIES 4096 /* connections of clients, over all services */
#define CONNECT_MS \
	5000 /* for a backend to answer; less if the profile says so */
#define DIALS	   2 /* backends that are asked, one after the other */
#define POLL_TICKS 1 /* of half a second */
#define PAGE	   4096

_Static_assert(TCP_WND <= PIPE_BYTES, "whatever may come has a place");

struct proxy {
	struct proxy *next,
		**back; /* in the list of all; next: in the free one */
	struct served *served;
	struct end ends[FAB_SIDES];
	struct flow_key client; /* its packets */
	struct flow_key
		reply; /* the server's packets; family 0: there is no flow */
	uint16_t mss; /* bound of what goes to the server */
	uint16_t backend; /* slot of the one asked last */
	uint8_t dials;
	bool dialing; /* the server has not answered yet */
	uint32_t since_ms, limit_ms; /* of that */
	uint32_t idle_ms; /* without a byte on its way: the profile's bound */
	uint32_t moved_ms; /* when bytes moved last */
};

static struct proxy proxies[PROXIES];
static alignas(PAGE) uint8_t rooms[PROXIES][FAB_SIDES][PIPE_BYTES];
static struct proxy *unused, *all;
static unsigned fresh; /* from here on they were never used */

static struct lb *lb_of(const struct proxy *c)
{
	return &c->served->engine->lb;
}

static void count(const struct proxy *c, enum vfl_counter counter)
{
	engine_count(c->served->engine, counter, 1);
}

static struct end *other(struct end *e)
{
	struct proxy *c = e->proxy;

	return e == &c->ends[SIDE_CLIENT] ? &c->ends[SIDE_SERVER] :
					    &c->ends[SIDE_CLIENT];
}

static struct proxy *take_place(void)
{
	struct proxy *c = unused;

	if (c)
		unused = c->next;
	else if (fresh < PROXIES)
		c = &proxies[fresh++];
	return c;
}

static void forget(struct proxy *c)
{
	*c->back = c->next;
	if (c->next)
		c->next->back = c->back;
	c->next = unused;
	unused = c;
}

/* The flow that keeps SNAT address and port; NULL: it has ended, or its slice is
 * another engine's by now. */
static struct flow *flow_of(const struct proxy *c)
{
	return c->reply.family ? member_flow(c->served->engine, &c->reply) :
				 NULL;
}

/* No more of the connection to the server. After an orderly end its port rests until
 * lwIP has forgotten it. */
static void end_flow(struct proxy *c, bool at_once)
{
	struct flow *f = flow_of(c);
	struct lb *lb = lb_of(c);

	if (f && at_once)
		connection_close(lb, c->reply.family, c->reply.slice, f);
	else if (f)
		ending_rest(lb, f);
	c->reply.family = 0;
}

/* Reset what is there of it. In a callback of one of its ends the result has to be
 * returned. */
static err_t end_all(struct proxy *c)
{
	end_reset(&c->ends[SIDE_CLIENT]);
	end_reset(&c->ends[SIDE_SERVER]);
	end_flow(c, true);
	forget(c);
	return ERR_ABRT;
}

/* An end that has said and heard all is left to lwIP, once it needs none of our
 * memory any more: what then happens to it we would not be told. */
static void leave(struct end *e)
{
	if (e->pcb && e->shut && !e->out.bytes && other(e)->out.ended)
		end_let_go(e);
}

/* As far as it goes, both ways. */
static err_t run(struct proxy *c)
{
	struct end *client = &c->ends[SIDE_CLIENT],
		   *server = &c->ends[SIDE_SERVER];

	end_push(client);
	end_push(server);
	leave(client);
	leave(server);
	if (!client->pcb && !server->pcb) {
		end_flow(c, false);
		forget(c);
	}
	return ERR_OK;
}

static err_t on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p,
			 err_t error)
{
	struct end *e = arg;
	struct pipe *out = &other(e)->out;

	e->proxy->moved_ms = lb_of(e->proxy)->now_ms;
	if (!p) {
		out->ended = true;
		return run(e->proxy);
	}
	/* The window says how much may come; lwIP keeps what is more. */
	if (p->tot_len > pipe_room(out))
		return ERR_MEM;
	for (const struct pbuf *part = p; part; part = part->next)
		pipe_put(out, part->payload, part->len);
	pbuf_free(p);
	return run(e->proxy);
}

/* What one end has got, the other may send again: that is all there is of flow control. */
static err_t on_sent(void *arg, struct tcp_pcb *pcb, uint16_t bytes)
{
	struct end *e = arg, *from = other(e);

	e->proxy->moved_ms = lb_of(e->proxy)->now_ms;
	pipe_acknowledge(&e->out, bytes);
	if (from->pcb)
		tcp_recved(from->pcb, bytes);
	return run(e->proxy);
}

static bool dial_next(struct proxy *c);

/* lwIP has lost an end: it was reset, or does not answer any more. */
static void on_error(void *arg, err_t error)
{
	struct end *e = arg;
	struct proxy *c = e->proxy;

	e->pcb = NULL;
	if (c->dialing && e == &c->ends[SIDE_SERVER]) {
		if (!dial_next(c))
			end_all(c);
		return;
	}
	count(c, CNT_proxy_reset);
	end_all(c);
}

/* Keep the flow alive; false when the connection is over. */
static bool keep(const struct proxy *c)
{
	const struct end *client = &c->ends[SIDE_CLIENT];
	struct flow *f = flow_of(c);

	if (!f || lb_of(c)->now_ms - c->moved_ms > c->idle_ms) {
		count(c, f ? CNT_proxy_idle : CNT_proxy_reset);
		return false;
	}
	ending_keep(lb_of(c), f);
	if (client->pcb)
		member_keep(client->pcb);
	return true;
}

static err_t on_poll(void *arg, struct tcp_pcb *pcb)
{
	struct end *e = arg;
	struct proxy *c = e->proxy;
	struct end *server = &c->ends[SIDE_SERVER];

	if (c->dialing) {
		if (e == server || lb_of(c)->now_ms - c->since_ms < c->limit_ms)
			return ERR_OK;
		end_reset(server);
		return dial_next(c) ? ERR_OK : end_all(c);
	}
	return keep(c) ? run(c) : end_all(c);
}

static void attach(struct end *e, struct tcp_pcb *pcb)
{
	e->pcb = pcb;
	tcp_nagle_disable(pcb);
	tcp_arg(pcb, e);
	tcp_recv(pcb, on_received);
	tcp_sent(pcb, on_sent);
	tcp_err(pcb, on_error);
	tcp_poll(pcb, on_poll, POLL_TICKS);
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t error)
{
	struct end *e = arg;
	struct proxy *c = e->proxy;

	c->dialing = false;
	pcb->mss = LWIP_MIN(pcb->mss, c->mss);
	c->moved_ms = lb_of(c)->now_ms;
	count(c, CNT_proxy_connected);
	return run(c);
}

/* Connect from where the flow says. Not by tcp_bind(): that looks through all
 * connections for the port, which the flow store has done by address and server. */
static bool connect_pcb(struct proxy *c, struct tcp_pcb *pcb,
			const struct snap_backend *b)
{
	const uint8_t *addrs = (const uint8_t *)c->reply.addrs;
	unsigned one = c->reply.family == 4 ? 4 : 16;
	struct address own = { .family = c->reply.family };
	ip_addr_t server;
	uint16_t ports[2];
	struct way *w;

	memcpy(own.bytes, addrs + one, one);
	memcpy(ports, &c->reply.ports, sizeof(ports));
	w = way_of_servers(c->served->engine, b->vlan, &own);
	if (!w)
		return false;
	tcp_bind_netif(pcb, &w->netif);
	way_address(&own, &pcb->local_ip);
	way_address(&b->address, &server);
	pcb->local_port = be16toh(ports[1]);
	attach(&c->ends[SIDE_SERVER], pcb);
	if (tcp_connect(pcb, &server, be16toh(ports[0]), on_connected) ==
	    ERR_OK)
		return true;
	end_let_go(&c->ends[SIDE_SERVER]);
	return false;
}

static const struct snap_backend *choose(const struct proxy *c,
					 const struct snap_service *v)
{
	struct lb *lb = lb_of(c);

	return c->dials ? scheduler_other(lb->snap, v, c->client.hash,
					  c->backend) :
			  scheduler_pick(lb->snap, v, c->client.hash, lb->loads,
					 &lb->wrr_cursor[v->slot]);
}

/* Ask the next backend; false when there is none, or no room or way to one. */
static bool dial(struct proxy *c)
{
	const struct snap_service *v = served_service(c->served);
	const struct snap_backend *b = v ? choose(c, v) : NULL;
	struct engine *e = c->served->engine;
	struct tcp_pcb *pcb;

	if (!b || c->dials == DIALS)
		return false;
	/* Its flow goes beside the client's. */
	if (e->mirror.on && !member_flow(e, &c->client))
		return false;
	c->dials++;
	c->backend = b->slot;
	if (connection_dial(lb_of(c), &c->client, v, b, &c->reply, &c->mss) !=
	    DROP_COUNT)
		return false;
	c->dialing = true;
	c->since_ms = lb_of(c)->now_ms;
	c->limit_ms = LWIP_MIN(CONNECT_MS, v->tcp_syn_ms);
	c->idle_ms = v->tcp_established_ms;
	pcb = tcp_new_ip_type(c->reply.family == 4 ? IPADDR_TYPE_V4 :
						     IPADDR_TYPE_V6);
	if (pcb && connect_pcb(c, pcb, b))
		return true;
	if (pcb)
		tcp_abort(pcb);
	return false;
}

/* A backend did not answer. */
static bool dial_next(struct proxy *c)
{
	end_flow(c, true);
	if (!dial(c)) {
		count(c, CNT_proxy_failed);
		return false;
	}
	count(c, CNT_proxy_retried);
	return true;
}

static void start(struct proxy *c, struct served *s)
{
	unsigned number = c - proxies;

	*c = (struct proxy){ .served = s, .next = all, .back = &all };
	for (unsigned side = 0; side < FAB_SIDES; side++) {
		c->ends[side].proxy = c;
		c->ends[side].out.room = rooms[number][side];
	}
	if (c->next)
		c->next->back = &c->next;
	all = c;
	connection_key(s->packet, &c->client);
}

err_t proxy_accept(struct served *s, struct tcp_pcb *pcb)
{
	struct proxy *c = take_place();

	if (!c) {
		engine_count(s->engine, CNT_service_refused, 1);
		tcp_abort(pcb);
		return ERR_ABRT;
	}
	start(c, s);
	count(c, CNT_service_connections);
	attach(&c->ends[SIDE_CLIENT], pcb);
	if (dial(c))
		return ERR_OK;
	count(c, CNT_proxy_failed);
	return end_all(c);
}

void proxy_abort_all(const struct served *s)
{
	for (struct proxy *c = all, *next; c; c = next) {
		next = c->next;
		if (c->served == s)
			end_all(c);
	}
}

unsigned proxy_leave(const struct engine *e)
{
	unsigned n = 0;

	for (struct proxy *c = all, *next; c; c = next) {
		next = c->next;
		if (!goes(e, c->client.slice))
			continue;
		end_all(c);
		n++;
	}
	return n;
}

void proxy_start(void)
{
	/* A quiet connection needs a page each way. Where this cannot be had it may get
	 * more, that is all. */
	(void)madvise(rooms, sizeof(rooms), MADV_NOHUGEPAGE);
}

void proxy_configure(const struct snapshot *snap)
{
	struct way *w;

	while ((w = way_unknown(snap))) {
		for (struct proxy *c = all, *next; c; c = next) {
			next = c->next;
			if (c->reply.family && c->reply.vlan == w->vlan)
				end_all(c);
		}
		way_close(w);
	}
}

void proxy_turn(void)
{
	for (struct proxy *c = way_waits() ? all : NULL; c; c = c->next) {
		struct tcp_pcb *pcb = c->ends[SIDE_SERVER].pcb;

		if (pcb && pcb->unsent)
			tcp_output(pcb);
	}
}
