// SPDX-License-Identifier: BSD-3-Clause
/* way.c - what lwIP sends through: a side and VLAN of the engine */
#include "way.h"

#include <lwip/ip.h>
#include <string.h>

#include "clamp.h"
#include "hop.h"
#include "loop.h"
#include "member.h"
#include "nat.h"
#include "tcp.h"

#define FLAGS_AT 13 /* of the TCP header */
#define SERVERS	 (CONFIG_VLANS + 1) /* VLANs, and what has no tag */

static struct way servers[SERVERS];

static struct address address_of(const void *bytes, uint8_t family)
{
	struct address a = { .family = family };

	memcpy(a.bytes, bytes, family == 4 ? 4 : 16);
	return a;
}

void way_address(const struct address *a, ip_addr_t *to)
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

/* MAC of the next hop towards somebody; 0: not known yet, or no way there. */
static uint64_t next_hop(const struct way *w, const struct address *to)
{
	struct engine *e = w->engine;
	struct hop_request r = { e->lb.snap, e->lb.neighbours, e->lb.now_s };
	enum vfl_drop reason;
	uint16_t index = hop_to(&e->lb.hops, &r, w->side, w->vlan, to, &reason);
	uint64_t mac;

	if (index == NEIGH_NONE)
		return 0;
	mac = atomic_load_explicit(&e->lb.neighbours[index].mac,
				   memory_order_relaxed);
	if (!mac)
		neighbour_ask(e, index);
	return mac;
}

/* Lower the MSS of a SYN to a server, whose flow is in whichever bank is ours. */
static void clamp_syn(struct engine *e, struct pkt *pkt)
{
	const struct flow *f;
	struct flow_key key;

	clamp_own_key(&e->lb, pkt, &key);
	f = member_flow(e, &key);
	if (f)
		clamp_own(&e->lb, pkt, f);
}

/* An IP packet of lwIP's as one of the engine's. */
static void fill(const struct way *w, struct buf *b, const struct pbuf *p,
		 uint8_t family)
{
	struct pkt *pkt = &b->pkt;

	pkt->l3 = ETHER_HDR_LEN;
	pkt->l4 = pkt->l3 + (family == 4 ? IP_HLEN : IP6_HLEN);
	pkt->family = family;
	pkt->protocol = IP_PROTO_TCP;
	pkt->vlan = w->vlan;
	pkt->len = ETHER_HDR_LEN + p->tot_len;
	pbuf_copy_partial(p, pkt->frame + ETHER_HDR_LEN, p->tot_len, 0);
	if (w->side == SIDE_SERVER && pkt->frame[pkt->l4 + FLAGS_AT] & TCP_SYN)
		clamp_syn(w->engine, pkt);
}

/* An IP packet of lwIP's, copied into a buffer of the port's. What does not get out
 * is as good as lost on the way: TCP sends it again. */
static err_t send_out(struct way *w, struct pbuf *p, const struct address *to)
{
	struct engine *e = w->engine;
	uint64_t mac = next_hop(w, to);
	struct buf *b = mac ? buf_alloc(e->pool) : NULL;

	if (!b ||
	    (unsigned)p->tot_len + ETHER_HDR_LEN > buf_frame_bytes(e->pool)) {
		if (b)
			buf_free(b);
		engine_count(e, CNT_service_unsent, 1);
		if (mac || w->side == SIDE_CLIENT)
			return ERR_OK;
		/* Nobody asks us for it again: lwIP keeps it. */
		w->unsent = true;
		return ERR_RTE;
	}
	fill(w, b, p, to->family);
	nat_link(&b->pkt, mac, e->lb.mac[w->side], w->vlan);
	b->originated = true;
	loop_send(e, w->side, b);
	return ERR_OK;
}

static err_t output4(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
	struct address a = address_of(&to->addr, 4);

	return send_out(netif->state, p, &a);
}

static err_t output6(struct netif *netif, struct pbuf *p, const ip6_addr_t *to)
{
	struct address a = address_of(to->addr, 6);

	return send_out(netif->state, p, &a);
}

static err_t init_netif(struct netif *netif)
{
	netif->name[0] = 'v';
	netif->name[1] = 'f';
	netif->output = output4;
	netif->output_ip6 = output6;
	return ERR_OK;
}

/* By hand: lwIP's own functions reset what any netif has with the address. */
void way_own(struct way *w, const struct address *own)
{
	ip_addr_t a;

	way_address(own, &a);
	if (own->family == 4) {
		ip_addr_copy(w->netif.ip_addr, a);
		return;
	}
	ip6_addr_copy(*ip_2_ip6(&w->netif.ip6_addr[0]), *ip_2_ip6(&a));
	w->netif.ip6_addr_state[0] = IP6_ADDR_PREFERRED;
}

bool way_open(struct way *w, const struct address *own)
{
	ip4_addr_t none = { 0 }, mask = { 0xffffffff };

	if (!netif_add(&w->netif, &none, &mask, &none, w, init_netif, ip_input))
		return false;
	way_own(w, own);
	netif_set_up(&w->netif);
	netif_set_link_up(&w->netif);
	w->open = true;
	return true;
}

void way_close(struct way *w)
{
	ip_addr_set_zero_ip4(&w->netif.ip_addr);
	w->netif.ip6_addr_state[0] = IP6_ADDR_INVALID;
	netif_remove(&w->netif);
	w->open = false;
}

struct way *way_of_servers(struct engine *e, uint16_t vlan,
			   const struct address *own)
{
	struct way *w = NULL;

	for (unsigned i = 0; i < SERVERS; i++) {
		if (servers[i].open && servers[i].vlan == vlan)
			return &servers[i];
		if (!servers[i].open && !w)
			w = &servers[i];
	}
	if (!w)
		return NULL;
	*w = (struct way){ .engine = e, .side = SIDE_SERVER, .vlan = vlan };
	return way_open(w, own) ? w : NULL;
}

struct way *way_unknown(const struct snapshot *snap)
{
	for (unsigned i = 0; i < SERVERS; i++)
		if (servers[i].open &&
		    !snapshot_mtu(snap, SIDE_SERVER, servers[i].vlan))
			return &servers[i];
	return NULL;
}

bool way_waits(void)
{
	bool waits = false;

	for (unsigned i = 0; i < SERVERS; i++) {
		waits |= servers[i].open && servers[i].unsent;
		servers[i].unsent = false;
	}
	return waits;
}
