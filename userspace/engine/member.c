// SPDX-License-Identifier: BSD-3-Clause
/* member.c - which set of engines has a connection of lwIP's: its flow */
#include "member.h"

#include "connection.h"
#include "ending.h"
#include "mirror_bank.h"
#include "served.h"

/* One for each of lwIP's connections that a client has begun. */
struct member {
	struct member *next; /* in the free list */
	struct engine *engine;
	struct flow_key key; /* of the client's packets */
};

static struct member members[ENDPOINT_CONNECTIONS];
static struct member *unused;
static unsigned fresh; /* from here on they were never used */
static u8_t place; /* of lwIP's extra arguments */

static struct member *take_place(void)
{
	struct member *m = unused;

	if (m)
		unused = m->next;
	else if (fresh < ENDPOINT_CONNECTIONS)
		m = &members[fresh++];
	return m;
}

static void give_place(struct member *m)
{
	m->next = unused;
	unused = m;
}

struct flow *member_flow(struct engine *e, const struct flow_key *key)
{
	for (unsigned bank = 0; bank < e->fabric->banks; bank++) {
		struct flow *f;

		if (!is_mine(e, bank, key->slice))
			continue;
		use_bank(e, bank);
		f = flow_find(e->lb.flows, key);
		if (f)
			return f;
	}
	return NULL;
}

/* lwIP has freed a connection, or the listener, which has no member. */
static void on_destroyed(u8_t id, void *data)
{
	struct member *m = data;
	struct flow *f = m ? member_flow(m->engine, &m->key) : NULL;

	if (f)
		connection_close(&m->engine->lb, m->key.family, m->key.slice,
				 f);
	if (m)
		give_place(m);
}

static err_t on_syn(u8_t id, struct tcp_pcb_listen *listener,
		    struct tcp_pcb *pcb);

static const struct tcp_ext_arg_callbacks callbacks = {
	.destroy = on_destroyed,
	.passive_open = on_syn,
};

/* What an engine that died has left behind is as good as a new one. */
static bool open_flow(struct served *s, const struct flow_key *key)
{
	const struct snap_service *service = served_service(s);
	struct lb *lb = &s->engine->lb;

	return service &&
	       (flow_find(lb->flows, key) || ending_open(lb, key, service));
}

static err_t on_syn(u8_t id, struct tcp_pcb_listen *listener,
		    struct tcp_pcb *pcb)
{
	struct served *s = listener->callback_arg;
	struct member *m = take_place();

	if (m) {
		m->engine = s->engine;
		connection_key(s->packet, &m->key);
		if (open_flow(s, &m->key)) {
			tcp_ext_arg_set_callbacks(pcb, id, &callbacks);
			tcp_ext_arg_set(pcb, id, m);
			return ERR_OK;
		}
		give_place(m);
	}
	s->refused = true;
	return ERR_MEM;
}

void member_start(void)
{
	place = tcp_ext_arg_alloc_id();
}

void member_watch(struct tcp_pcb *listener)
{
	tcp_ext_arg_set_callbacks(listener, place, &callbacks);
}

bool member_goes(const struct tcp_pcb *pcb)
{
	const struct member *m = tcp_ext_arg_get(pcb, place);

	return m && goes(m->engine, m->key.slice);
}

void member_keep(const struct tcp_pcb *pcb)
{
	const struct member *m = tcp_ext_arg_get(pcb, place);
	struct flow *f = m ? member_flow(m->engine, &m->key) : NULL;

	if (f)
		ending_keep(&m->engine->lb, f);
}
