// SPDX-License-Identifier: BSD-3-Clause
/* endpoint.c - TCP connections that end in the engine, by lwIP */
#include "endpoint.h"

#include <lwip/init.h>
#include <lwip/ip.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/sys.h>
#include <lwip/timeouts.h>
#include <string.h>
#include <sys/random.h>

#include "csum.h"
#include "endpoint_hooks.h"
#include "http.h"
#include "member.h"
#include "mirror_bank.h"
#include "proxy.h"
#include "served.h"
#include "siphash.h"
#include "tally.h"

#define TCP_HEADER 20

/* lwIP's state is global, and so is what belongs to it. */
static struct {
	bool started;
	struct engine *engine;
	struct served served[CONFIG_SERVED];
	struct way *taking; /* whose packet lwIP has in hands */
	bool retires; /* the engine's set drains */
	uint64_t secret[2]; /* of initial sequence numbers */
} at;

u32_t sys_now(void)
{
	return at.engine->now_us / 1000;
}

uint16_t endpoint_checksum(const void *data, int bytes)
{
	return csum_fold(csum_sum(data, bytes));
}

struct netif *endpoint_netif(void)
{
	return at.taking ? &at.taking->netif : NULL;
}

u32_t endpoint_isn(const ip_addr_t *local, u16_t local_port,
		   const ip_addr_t *remote, u16_t remote_port)
{
	unsigned bytes = IP_IS_V6(local) ? 16 : 4;
	uint64_t words[5] = { 0 };

	memcpy(&words[0], local, bytes);
	memcpy(&words[2], remote, bytes);
	words[4] = local_port | (uint32_t)remote_port << 16;
	/* RFC 6528: a clock of 4 us, and what nobody else can compute. */
	return (uint32_t)(at.engine->now_us / 4) +
	       (uint32_t)siphash(at.secret, words, 5);
}

static struct address address_of(const void *bytes, uint8_t family)
{
	struct address a = { .family = family };

	memcpy(a.bytes, bytes, family == 4 ? 4 : 16);
	return a;
}

/* What lwIP knows of the MSS is the netif's MTU. */
static void set_mss(struct served *s, uint16_t mss)
{
	s->mss = mss;
	s->way.netif.mtu = mss + TCP_HEADER + (s->vip.family == 4 ? 20 : 40);
}

static bool accept_error(struct served *s, struct tcp_pcb *pcb)
{
	if (pcb)
		return false;
	s->refused = true;
	return true;
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t error)
{
	const struct served *s = arg;

	if (accept_error(arg, pcb))
		return ERR_MEM;
	return s->kind == SERVE_PROXY ? proxy_accept(arg, pcb) :
					http_accept(arg, pcb, error);
}

static bool listen_on(struct served *s, const ip_addr_t *vip)
{
	struct tcp_pcb *pcb = tcp_new_ip_type(IP_GET_TYPE(vip)), *listener;

	if (!pcb)
		return false;
	tcp_bind_netif(pcb, &s->way.netif);
	if (s->engine->mirror.on)
		member_watch(pcb);
	listener = tcp_bind(pcb, vip, s->port) == ERR_OK ? tcp_listen(pcb) :
							   NULL;
	if (!listener) {
		tcp_abort(pcb);
		return false;
	}
	s->listener = listener;
	tcp_arg(listener, s);
	tcp_accept(listener, on_accept);
	return true;
}

static void end(struct served *s)
{
	http_abort_all(s);
	proxy_abort_all(s);
	if (s->listener)
		tcp_close(s->listener);
	if (s->way.open)
		way_close(&s->way);
	content_release(s->content);
	s->content = NULL;
	s->listener = NULL;
	s->on = false;
}

static void start_lwip(struct engine *e)
{
	at.started = true;
	if (getrandom(at.secret, sizeof(at.secret), 0) < 0)
		memcpy(at.secret, &e->now_ns, sizeof(e->now_ns));
	lwip_init();
	member_start();
	proxy_start();
}

static void begin(struct engine *e, struct served *s,
		  const struct snap_service *v)
{
	ip_addr_t vip;

	/* A reading thread of its last user may still come. */
	content_release(atomic_exchange(&s->coming, NULL));
	*s = (struct served){
		.on = true,
		.kind = v->serve,
		.engine = e,
		.vip = v->vip,
		.port = v->port,
		.vlan = v->vlan,
		.slot = v->slot,
		.way = { .engine = e, .side = SIDE_CLIENT, .vlan = v->vlan }
	};
	memcpy(s->name, v->name, sizeof(s->name));
	s->revision = e->lb.snap->revision - 1;
	way_address(&s->vip, &vip);
	if (way_open(&s->way, &s->vip) && listen_on(s, &vip))
		return set_mss(s, v->mss_client.mss);
	end(s);
}

static bool same(const struct served *s, const struct snap_service *v)
{
	return v->serve == s->kind && s->slot == v->slot &&
	       s->port == v->port && s->vlan == v->vlan &&
	       address_equal(&s->vip, &v->vip);
}

static const struct snap_service *wanted(const struct snapshot *snap,
					 const struct served *s)
{
	const struct snap_service *v =
		snap_array(snap, services, struct snap_service);

	for (unsigned i = 0; i < snap->n_services; i++)
		if (same(s, &v[i]))
			return &v[i];
	return NULL;
}

const struct snap_service *served_service(const struct served *s)
{
	return wanted(s->engine->lb.snap, s);
}

static struct served *place_of(const struct snap_service *v)
{
	struct served *unused = NULL;

	for (unsigned i = 0; i < CONFIG_SERVED; i++) {
		struct served *s = &at.served[i];

		if (s->on && same(s, v))
			return s;
		if (!s->on && !unused)
			unused = s;
	}
	return unused;
}

static void read_files(struct served *s, const struct snapshot *snap,
		       const struct snap_service *v)
{
	const char *directory =
		v->directory ? (const char *)snap + v->directory : "";

	if (s->revision == snap->revision)
		return;
	s->revision = snap->revision;
	strncpy(s->directory, directory, sizeof(s->directory) - 1);
	if (*directory)
		return content_read_later(directory, s->revision, &s->coming);
	content_release(s->content);
	s->content = NULL;
}

void endpoint_configure(struct engine *e)
{
	const struct snapshot *snap = e->lb.snap;
	const struct snap_service *v =
		snap_array(snap, services, struct snap_service);

	at.engine = e;
	proxy_configure(snap);
	for (unsigned i = 0; i < CONFIG_SERVED; i++)
		if (at.served[i].on && !wanted(snap, &at.served[i]))
			end(&at.served[i]);
	for (unsigned i = 0; i < snap->n_services; i++) {
		struct served *s = v[i].serve ? place_of(&v[i]) : NULL;

		if (!s)
			continue;
		if (!at.started)
			start_lwip(e);
		if (!s->on)
			begin(e, s, &v[i]);
		if (!s->on)
			continue;
		set_mss(s, v[i].mss_client.mss);
		read_files(s, snap, &v[i]);
	}
}

bool endpoint_reads(void)
{
	for (unsigned i = 0; i < CONFIG_SERVED; i++) {
		struct served *s = &at.served[i];

		if (s->on && s->directory[0] && !s->content &&
		    !atomic_load_explicit(&s->coming, memory_order_relaxed))
			return true;
	}
	return false;
}

/* The service of a packet: its VIP, VLAN and port. */
static struct served *service_of(const struct pkt *p)
{
	const uint8_t *l3 = p->frame + p->l3;
	struct address vip =
		address_of(l3 + (p->family == 4 ? 16 : 24), p->family);
	uint16_t port;

	memcpy(&port, p->frame + p->l4 + 2, 2);
	for (unsigned i = 0; i < CONFIG_SERVED; i++) {
		struct served *s = &at.served[i];

		if (s->on && s->port == be16toh(port) && s->vlan == p->vlan &&
		    address_equal(&s->vip, &vip))
			return s;
	}
	return NULL;
}

/* Say to who wants a connection that there is no room: RFC 9293 3.10.7.1. */
static void refuse(const struct pkt *p)
{
	const uint8_t *l3 = p->frame + p->l3, *l4 = p->frame + p->l4;
	unsigned bytes = p->family == 4 ? 4 : 16;
	const uint8_t *addrs = l3 + (p->family == 4 ? 12 : 8);
	struct address client = address_of(addrs, p->family),
		       vip = address_of(addrs + bytes, p->family);
	ip_addr_t remote, local;
	uint16_t ports[2];
	uint32_t sequence;

	way_address(&client, &remote);
	way_address(&vip, &local);
	memcpy(ports, l4, 4);
	memcpy(&sequence, l4 + 4, 4);
	tcp_rst(NULL, 0, be32toh(sequence) + 1, &local, &remote,
		be16toh(ports[1]), be16toh(ports[0]));
}

/* Let lwIP have an IP packet that comes in through a way; false: no room. */
static bool give(struct way *w, const struct pkt *pkt)
{
	uint16_t bytes = pkt->len - pkt->l3;
	struct pbuf *p = pbuf_alloc(PBUF_RAW, bytes, PBUF_POOL);

	if (!p)
		return false;
	pbuf_take(p, pkt->frame + pkt->l3, bytes);
	at.taking = w;
	if (w->netif.input(p, &w->netif) != ERR_OK)
		pbuf_free(p);
	at.taking = NULL;
	return true;
}

static bool take_of_client(struct engine *e, struct pkt *pkt)
{
	struct served *s = service_of(pkt);
	bool given;

	if (!s)
		return false;
	s->refused = false;
	s->packet = pkt;
	given = give(&s->way, pkt);
	s->packet = NULL;
	if (!given)
		return false;
	tally_add(&e->lb.load->services[s->slot].packets, 1);
	tally_add(&e->lb.load->services[s->slot].bytes, pkt->len);
	if (s->refused) {
		engine_count(e, CNT_service_refused, 1);
		at.taking = &s->way;
		refuse(pkt);
		at.taking = NULL;
	}
	return true;
}

/* The core has found that it is of a connection of ours, to one of our addresses. */
static bool take_of_server(struct engine *e, const struct pkt *pkt)
{
	const uint8_t *l3 = pkt->frame + pkt->l3;
	struct address own =
		address_of(l3 + (pkt->family == 4 ? 16 : 24), pkt->family);
	struct way *w = at.started ? way_of_servers(e, pkt->vlan, &own) : NULL;

	if (!w)
		return false;
	way_own(w, &own);
	return give(w, pkt);
}

void endpoint_take(struct engine *e, struct buf *b)
{
	struct pkt *pkt = &b->pkt;

	if (e->mirror.on)
		use_bank(e, b->bank);
	/* An error has told the core all that is to be known. */
	if (!(pkt->flags & PKT_ICMP_ERROR) &&
	    !(pkt->side == SIDE_CLIENT ? take_of_client(e, pkt) :
					 take_of_server(e, pkt)))
		return engine_drop(e, b, DROP_service_full);
	engine_count(e, CNT_punted, 1);
	buf_free(b);
}

static void leave_list(struct tcp_pcb *pcb)
{
	for (struct tcp_pcb *next; pcb; pcb = next) {
		next = pcb->next;
		if (member_goes(pcb))
			tcp_abort(pcb);
	}
}

void endpoint_leave(struct engine *e)
{
	unsigned cut = proxy_leave(e);

	for (unsigned i = 0; i < CONFIG_SERVED; i++)
		cut += http_leave(&at.served[i]);
	engine_count(e, CNT_service_cut, cut);
	/* Handshakes, and what both programs are done with. */
	leave_list(tcp_active_pcbs);
	leave_list(tcp_tw_pcbs);
}

static void see_retirement(const struct engine *e)
{
	bool before = at.retires;

	at.retires = retires(e);
	for (unsigned i = 0; at.retires && !before && i < CONFIG_SERVED; i++)
		http_retire(&at.served[i]);
}

void endpoint_turn(struct engine *e)
{
	if (!at.started)
		return;
	see_retirement(e);
	sys_check_timeouts();
	proxy_turn();
	for (unsigned i = 0; i < CONFIG_SERVED; i++) {
		struct served *s = &at.served[i];
		struct content *c;

		if (!s->on ||
		    !atomic_load_explicit(&s->coming, memory_order_relaxed))
			continue;
		c = atomic_exchange(&s->coming, NULL);
		if (c->revision != s->revision) {
			content_release(c);
			continue;
		}
		content_release(s->content);
		s->content = c;
	}
}
