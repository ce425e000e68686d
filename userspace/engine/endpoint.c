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
#include "hop.h"
#include "http.h"
#include "loop.h"
#include "nat.h"
#include "served.h"
#include "siphash.h"
#include "tally.h"

#define TCP_HEADER 20

/* lwIP's state is global, and so is what belongs to it. */
static struct {
	bool started;
	struct engine *engine;
	struct served served[CONFIG_SERVED];
	struct served *taking; /* whose packet lwIP has in hands */
	bool refused; /* and it had no room for the connection */
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

static void to_lwip(const struct address *a, ip_addr_t *to)
{
	memset(to, 0, sizeof(*to));
	if (a->family == 4) {
		memcpy(&ip_2_ip4(to)->addr, a->bytes, 4);
		IP_SET_TYPE_VAL(*to, IPADDR_TYPE_V4);
	} else {
		memcpy(ip_2_ip6(to)->addr, a->bytes, 16);
		IP_SET_TYPE_VAL(*to, IPADDR_TYPE_V6);
	}
}

/* MAC of the next hop towards a client; 0: not known yet, or no way there. */
static uint64_t next_hop(const struct served *s, const struct address *client)
{
	struct engine *e = s->engine;
	struct hop_request r = { e->lb.snap, e->lb.neighbours, e->lb.now_s };
	enum vfl_drop reason;
	uint16_t index =
		hop_to(&e->lb.hops, &r, SIDE_CLIENT, s->vlan, client, &reason);
	uint64_t mac;

	if (index == NEIGH_NONE)
		return 0;
	mac = atomic_load_explicit(&e->lb.neighbours[index].mac,
				   memory_order_relaxed);
	if (!mac)
		neighbour_ask(e, index);
	return mac;
}

/* An IP packet of lwIP's, copied into a buffer of the port's. What does not get out
 * is as good as lost on the way: TCP sends it again. */
static err_t send_out(const struct served *s, struct pbuf *p,
		      const struct address *client)
{
	struct engine *e = s->engine;
	uint64_t mac = next_hop(s, client);
	struct buf *b = mac ? buf_alloc(e->pool) : NULL;

	if (!b ||
	    (unsigned)p->tot_len + ETHER_HDR_LEN > buf_frame_bytes(e->pool)) {
		if (b)
			buf_free(b);
		engine_count(e, CNT_service_unsent, 1);
		return ERR_OK;
	}
	b->pkt.l3 = ETHER_HDR_LEN;
	b->pkt.family = client->family;
	b->pkt.len = ETHER_HDR_LEN + p->tot_len;
	pbuf_copy_partial(p, b->pkt.frame + ETHER_HDR_LEN, p->tot_len, 0);
	nat_link(&b->pkt, mac, e->lb.mac[SIDE_CLIENT], s->vlan);
	b->originated = true;
	loop_send(e, SIDE_CLIENT, b);
	return ERR_OK;
}

static err_t output4(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
	struct address client = address_of(&to->addr, 4);

	return send_out(netif->state, p, &client);
}

static err_t output6(struct netif *netif, struct pbuf *p, const ip6_addr_t *to)
{
	struct address client = address_of(to->addr, 6);

	return send_out(netif->state, p, &client);
}

static err_t init_netif(struct netif *netif)
{
	netif->name[0] = 'v';
	netif->name[1] = 'f';
	netif->output = output4;
	netif->output_ip6 = output6;
	return ERR_OK;
}

/* What lwIP knows of the MSS is the netif's MTU. */
static void set_mss(struct served *s, uint16_t mss)
{
	s->mss = mss;
	s->netif.mtu = mss + TCP_HEADER + (s->vip.family == 4 ? 20 : 40);
}

static bool accept_error(struct served *s, struct tcp_pcb *pcb)
{
	if (pcb)
		return false;
	at.refused = true;
	engine_count(s->engine, CNT_service_refused, 1);
	return true;
}

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t error)
{
	return accept_error(arg, pcb) ? ERR_MEM : http_accept(arg, pcb, error);
}

static bool listen_on(struct served *s, const ip_addr_t *vip)
{
	struct tcp_pcb *pcb = tcp_new_ip_type(IP_GET_TYPE(vip)), *listener;

	if (!pcb)
		return false;
	tcp_bind_netif(pcb, &s->netif);
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

static bool plug(struct served *s)
{
	ip4_addr_t none = { 0 }, mask = { 0xffffffff };
	ip_addr_t vip;

	to_lwip(&s->vip, &vip);
	if (!netif_add(&s->netif, IP_IS_V4_VAL(vip) ? ip_2_ip4(&vip) : &none,
		       &mask, &none, s, init_netif, ip_input))
		return false;
	if (IP_IS_V6_VAL(vip)) {
		ip6_addr_copy(*ip_2_ip6(&s->netif.ip6_addr[0]),
			      *ip_2_ip6(&vip));
		s->netif.ip6_addr_state[0] = IP6_ADDR_PREFERRED;
	}
	netif_set_up(&s->netif);
	netif_set_link_up(&s->netif);
	return true;
}

/* By hand: netif_remove() resets what any netif has with the address. */
static void unplug(struct served *s)
{
	ip_addr_set_zero_ip4(&s->netif.ip_addr);
	s->netif.ip6_addr_state[0] = IP6_ADDR_INVALID;
	netif_remove(&s->netif);
}

static void end(struct served *s)
{
	http_abort_all(s);
	if (s->listener)
		tcp_close(s->listener);
	unplug(s);
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
}

static void begin(struct engine *e, struct served *s,
		  const struct snap_service *v)
{
	ip_addr_t vip;

	/* A reading thread of its last user may still come. */
	content_release(atomic_exchange(&s->coming, NULL));
	*s = (struct served){ .on = true,
			      .engine = e,
			      .vip = v->vip,
			      .port = v->port,
			      .vlan = v->vlan,
			      .slot = v->slot };
	memcpy(s->name, v->name, sizeof(s->name));
	s->revision = e->lb.snap->revision - 1;
	to_lwip(&s->vip, &vip);
	if (plug(s) && listen_on(s, &vip))
		return set_mss(s, v->mss_client.mss);
	end(s);
}

static bool same(const struct served *s, const struct snap_service *v)
{
	return v->serve && s->slot == v->slot && s->port == v->port &&
	       s->vlan == v->vlan && address_equal(&s->vip, &v->vip);
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

	to_lwip(&client, &remote);
	to_lwip(&vip, &local);
	memcpy(ports, l4, 4);
	memcpy(&sequence, l4 + 4, 4);
	tcp_rst(NULL, 0, be32toh(sequence) + 1, &local, &remote,
		be16toh(ports[1]), be16toh(ports[0]));
}

void endpoint_take(struct engine *e, struct buf *b)
{
	struct pkt *pkt = &b->pkt;
	uint16_t bytes = pkt->len - pkt->l3;
	struct served *s = service_of(pkt);
	struct pbuf *p = s ? pbuf_alloc(PBUF_RAW, bytes, PBUF_POOL) : NULL;

	if (!p)
		return engine_drop(e, b, DROP_service_full);
	pbuf_take(p, pkt->frame + pkt->l3, bytes);
	at.taking = s;
	at.refused = false;
	tally_add(&e->lb.load->services[s->slot].packets, 1);
	tally_add(&e->lb.load->services[s->slot].bytes, pkt->len);
	if (s->netif.input(p, &s->netif) != ERR_OK)
		pbuf_free(p);
	if (at.refused)
		refuse(pkt);
	at.taking = NULL;
	engine_count(e, CNT_punted, 1);
	buf_free(b);
}

void endpoint_turn(struct engine *e)
{
	if (!at.started)
		return;
	sys_check_timeouts();
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
