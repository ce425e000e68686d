/* SPDX-License-Identifier: BSD-3-Clause */
/* port.c - one side's ethdev: set-up, bursts, watching the link */
#include "port.h"

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <stdio.h>
#include <string.h>

#include "eal.h"
#include "fabric.h"
#include "mbuf.h"
#include "raw_socket.h"
#include "snapshot.h"

#define WATCH_US	  200000
#define PATIENCE_US_FIRST 400000 /* with a port that was restarted */
#define PATIENCE_US_LAST  5000000
#define FORGOTTEN_MIN	  3 /* one or two registers may be zero by chance */
#define BURST		  64
#define SKIP_FRAMES	  8192 /* more than any port has in store */

static atomic_bool wanted_back; /* w: EAL's interrupt thread; r: loop */

static void device_event(const char *device, enum rte_dev_event_type event,
			 void *arg)
{
	if (event == RTE_DEV_EVENT_REMOVE)
		atomic_store(&wanted_back, true);
}

/* The PF was reset and has forgotten its VFs; EAL's interrupt thread says so. */
static int port_event(uint16_t ethdev, enum rte_eth_event_type event, void *arg,
		      void *result)
{
	struct port *p = arg;

	atomic_store(&p->was_reset, true);
	return 0;
}

/* Unbinding a VF in use waits until we let go: hear of it. */
static void hear_of_removal(const char *device)
{
	rte_dev_event_callback_register(device, device_event, NULL);
	if (rte_dev_event_monitor_start() == 0)
		rte_dev_hotplug_handle_enable();
}

bool port_wanted_back(void)
{
	return atomic_load_explicit(&wanted_back, memory_order_relaxed);
}

/*
 * Checksums are looked at by the NIC when it can. VLAN tags are asked to stay in
 * the frame; see stripped().
 */
static void choose_offloads(struct port *p, const struct rte_eth_dev_info *info,
			    struct rte_eth_conf *conf)
{
	uint64_t wanted = RTE_ETH_RX_OFFLOAD_IPV4_CKSUM |
			  RTE_ETH_RX_OFFLOAD_TCP_CKSUM |
			  RTE_ETH_RX_OFFLOAD_UDP_CKSUM;

	if (p->provider != PROVIDER_VF)
		return;
	wanted |= RTE_ETH_RX_OFFLOAD_VLAN_FILTER;
	conf->rxmode.offloads = wanted & info->rx_offload_capa;
	p->vlan_filter = conf->rxmode.offloads & RTE_ETH_RX_OFFLOAD_VLAN_FILTER;
}

/* What may be asked of the driver. That of raw sockets calls 1518 bytes its longest
 * frame; what its ring has room for comes and goes all the same. */
static uint16_t possible_mtu(const struct rte_eth_dev_info *info, uint16_t mtu)
{
	uint32_t most = info->max_mtu;

	if (info->max_rx_pktlen &&
	    info->max_rx_pktlen - RTE_ETHER_HDR_LEN - RTE_ETHER_CRC_LEN < most)
		most = info->max_rx_pktlen - RTE_ETHER_HDR_LEN -
		       RTE_ETHER_CRC_LEN;
	return mtu < most ? mtu : most;
}

static int set_up(struct port *p, uint16_t mtu, struct buf_pool *pool)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf = { 0 };
	uint16_t rx_slots = PORT_SLOTS;
	struct rte_ether_addr mac;
	int rc = rte_eth_dev_info_get(p->ethdev, &info);

	p->tx_slots = PORT_SLOTS;
	if (rc)
		return rc;
	choose_offloads(p, &info, &conf);
	conf.rxmode.mtu = possible_mtu(&info, mtu);
	rc = rte_eth_dev_configure(p->ethdev, 1, 1, &conf);
	if (rc == 0)
		rc = rte_eth_dev_adjust_nb_rx_tx_desc(p->ethdev, &rx_slots,
						      &p->tx_slots);
	if (rc == 0)
		rc = rte_eth_rx_queue_setup(p->ethdev, 0, rx_slots,
					    SOCKET_ID_ANY, NULL,
					    mbuf_mempool(pool));
	if (rc == 0)
		rc = rte_eth_tx_queue_setup(p->ethdev, 0, p->tx_slots,
					    SOCKET_ID_ANY, NULL);
	if (rc == 0)
		rc = rte_eth_macaddr_get(p->ethdev, &mac);
	if (rc)
		return rc;
	memcpy(p->mac, &mac, sizeof(p->mac));
	return rte_eth_dev_start(p->ethdev);
}

static const char *dev_driver(const struct port *p)
{
	struct rte_eth_dev_info info;

	return rte_eth_dev_info_get(p->ethdev, &info) ? "" : info.driver_name;
}

static bool read_registers(const struct port *p, uint32_t *words)
{
	struct rte_dev_reg_info info = { 0 };

	if (!p->has_registers || rte_eth_dev_get_reg_info(p->ethdev, &info) ||
	    info.width != sizeof(*words) || info.length > PORT_REGISTERS)
		return false;
	info.data = words;
	return rte_eth_dev_get_reg_info(p->ethdev, &info) == 0;
}

static void remember_registers(struct port *p)
{
	memset(p->registers, 0, sizeof(p->registers));
	p->has_registers = read_registers(p, p->registers);
}

/*
 * True when the function was reset under us. A reset of the VF is announced to
 * nobody, and the driver hears of one of the PF by an interrupt that not every
 * NIC raises; but what the driver wrote into the rings' registers is gone.
 */
static bool has_forgotten(const struct port *p)
{
	uint32_t words[PORT_REGISTERS] = { 0 };
	unsigned forgotten = 0;

	if (!read_registers(p, words))
		return false;
	for (unsigned i = 0; i < PORT_REGISTERS; i++)
		forgotten += p->registers[i] && !words[i];
	return forgotten >= FORGOTTEN_MIN;
}

bool port_open(struct port *p, uint8_t side, const struct port_config *config,
	       struct buf_pool *pool, char *err, unsigned err_bytes)
{
	struct rte_eth_link link = { 0 };
	char name[EAL_NAME_BYTES];
	int rc;

	memset(p, 0, sizeof(*p));
	p->side = side;
	p->provider = config->provider;
	p->wait_fd = -1;
	eal_port_name(name, side, config);
	rc = rte_eth_dev_get_port_by_name(name, &p->ethdev);
	if (rc) {
		snprintf(err, err_bytes, "%s: no driver took the device",
			 config->device);
		return false;
	}
	rc = set_up(p, config->mtu, pool);
	if (rc) {
		snprintf(err, err_bytes, "%s: cannot start the port: %s",
			 config->device, strerror(-rc));
		return false;
	}
	memcpy(p->reached, config->group[0] ? config->group : p->mac,
	       sizeof(p->reached));
	if (p->provider == PROVIDER_PACKET)
		p->wait_fd = raw_socket_of(config->device, config->twin);
	p->has_registers = !strcmp(dev_driver(p), "net_e1000_igb_vf");
	p->asks_pf = !strcmp(dev_driver(p), "net_iavf");
	remember_registers(p);
	p->tx_status = rte_eth_tx_descriptor_status(p->ethdev, 0, 0) >= 0;
	rte_eth_link_get_nowait(p->ethdev, &link);
	p->link_up = link.link_status;
	if (p->provider == PROVIDER_VF) {
		hear_of_removal(name);
		rte_eth_dev_callback_register(
			p->ethdev, RTE_ETH_EVENT_INTR_RESET, port_event, p);
	}
	return true;
}

void port_close(struct port *p)
{
	rte_eth_dev_stop(p->ethdev);
	rte_eth_dev_close(p->ethdev);
}

/*
 * The VID of a tag that the NIC took off, if it is ours. A PF may strip the tags of
 * the VLANs it lets a VF into without being asked: Linux's igb does. The VLAN that a
 * PF has put a VF into is none of them, and not the VF's business: such a PF refuses
 * the VF any other.
 */
static uint16_t stripped(const struct port *p, const struct rte_mbuf *m)
{
	uint16_t id = m->vlan_tci & 0xfff;

	return p->admitted[id / 8] & 1 << id % 8 ? id : 0;
}

unsigned port_rx(struct port *p, struct buf **bufs, unsigned n)
{
	struct rte_mbuf *mbufs[BURST];
	unsigned got =
		rte_eth_rx_burst(p->ethdev, 0, mbufs, n < BURST ? n : BURST);

	for (unsigned i = 0; i < got; i++) {
		struct rte_mbuf *m = mbufs[i];
		struct buf *b = bufs[i] = mbuf_buf(m);
		uint64_t ip = m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
		uint64_t l4 = m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;

		memset(b, 0, sizeof(*b));
		b->pkt.owner = b;
		b->pkt.frame = rte_pktmbuf_mtod(m, uint8_t *);
		/* Buffers take the longest frame; what runs over is cut off and
		 * then fails the parser's length check. */
		b->pkt.len = rte_pktmbuf_data_len(m);
		b->pkt.side = p->side;
		if (ip == RTE_MBUF_F_RX_IP_CKSUM_GOOD)
			b->pkt.flags |= PKT_IP_CKSUM_OK;
		if (l4 == RTE_MBUF_F_RX_L4_CKSUM_GOOD)
			b->pkt.flags |= PKT_L4_CKSUM_OK;
		if (m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED)
			b->pkt.vlan = b->tag = stripped(p, m);
	}
	p->found = got;
	return got;
}

unsigned port_waiting(const struct port *p)
{
	int n = rte_eth_rx_queue_count(p->ethdev, 0);

	return n >= 0 ? (unsigned)n : p->found;
}

uint64_t port_missed(struct port *p)
{
	struct rte_eth_stats stats;

	if (p->wait_fd >= 0)
		return p->missed += raw_socket_missed(p->wait_fd);
	/* Waits for an answer of the PF, which the loop cannot. */
	if (p->asks_pf || rte_eth_stats_get(p->ethdev, &stats))
		return 0;
	return stats.imissed + stats.rx_nombuf;
}

unsigned port_tx(struct port *p, struct buf **bufs, unsigned n)
{
	struct rte_mbuf *mbufs[BURST];

	if (n > BURST)
		n = BURST;
	for (unsigned i = 0; i < n; i++) {
		const struct pkt *pkt = &bufs[i]->pkt;
		struct rte_mbuf *m = mbufs[i] = buf_mbuf(bufs[i]);

		m->data_off = pkt->frame - (uint8_t *)m->buf_addr;
		m->data_len = m->pkt_len = pkt->len;
		m->ol_flags = 0;
	}
	p->unsent = p->wait_fd >= 0;
	return rte_eth_tx_burst(p->ethdev, 0, mbufs, n);
}

void port_push(struct port *p)
{
	if (p->unsent)
		p->unsent = !raw_socket_push(p->wait_fd);
}

bool port_tx_idle(struct port *p)
{
	port_push(p);
	if (p->unsent)
		return false;
	/* The slot behind the tail is the one written last. */
	return !p->tx_status ||
	       rte_eth_tx_descriptor_status(p->ethdev, 0, p->tx_slots - 1) !=
		       RTE_ETH_TX_DESC_FULL;
}

void port_skip(struct port *p)
{
	struct buf *bufs[BURST];
	unsigned n;

	/* Bounded: a sender may be quicker than this. */
	for (unsigned i = 0; i < SKIP_FRAMES / BURST; i++) {
		n = port_rx(p, bufs, BURST);
		for (unsigned k = 0; k < n; k++)
			buf_free(bufs[k]);
		if (n < BURST)
			break;
	}
	port_missed(p);
	p->missed = 0;
}

static void add_group(struct port *p, const uint8_t mac[6])
{
	for (unsigned i = 0; i < p->n_groups; i++)
		if (!memcmp(p->groups[i], mac, 6))
			return;
	if (p->n_groups < PORT_GROUPS)
		memcpy(p->groups[p->n_groups++], mac, 6);
}

/* All engines listen for all addresses: a receiver's role may come any time. */
static void collect_groups(struct port *p, const struct snapshot *snap)
{
	const struct snap_address *a =
		snap_array(snap, addresses, struct snap_address);
	static const uint8_t all_nodes[6] = { 0x33, 0x33, 0, 0, 0, 1 };

	p->n_groups = 0;
	if (p->reached[0] & 1)
		add_group(p, p->reached);
	for (unsigned i = 0; i < snap->n_addresses; i++, a++) {
		uint8_t mac[6] = { 0x33, 0x33, 0xff };

		if (a->side != p->side || a->address.family != 6)
			continue;
		memcpy(mac + 3, a->address.bytes + 13, 3);
		add_group(p, all_nodes);
		add_group(p, mac);
	}
}

static void join(struct port *p)
{
	struct rte_ether_addr groups[PORT_GROUPS];

	memcpy(groups, p->groups, sizeof(groups));
	if (rte_eth_dev_set_mc_addr_list(p->ethdev, groups, p->n_groups) &&
	    p->provider != PROVIDER_VF)
		rte_eth_allmulticast_enable(p->ethdev);
	memset(p->admitted, 0, sizeof(p->admitted));
	for (unsigned id = 1; p->vlan_filter && id < 4095; id++)
		if (p->vlans[id / 8] & 1 << id % 8 &&
		    rte_eth_dev_vlan_filter(p->ethdev, id, 1) == 0)
			p->admitted[id / 8] |= 1 << id % 8;
}

void port_listen(struct port *p, const struct snapshot *snap)
{
	const struct snap_vlan *v = snap_array(snap, vlans, struct snap_vlan);
	struct port before = *p;

	collect_groups(p, snap);
	memset(p->vlans, 0, sizeof(p->vlans));
	for (unsigned i = 0; i < snap->n_vlans; i++, v++)
		if (v->side == p->side)
			p->vlans[v->id / 8] |= 1 << v->id % 8;
	for (unsigned id = 1; p->vlan_filter && id < 4095; id++)
		if (before.vlans[id / 8] & ~p->vlans[id / 8] & 1 << id % 8)
			rte_eth_dev_vlan_filter(p->ethdev, id, 0);
	if (before.n_groups != p->n_groups ||
	    memcmp(before.groups, p->groups, sizeof(p->groups)) ||
	    memcmp(before.vlans, p->vlans, sizeof(p->vlans)))
		join(p);
}

/* Introduce the VF to its PF again; without it the VF goes on, but deaf. */
static void restart(struct port *p, uint64_t now_us)
{
	p->restarted_us = now_us;
	if (rte_eth_dev_stop(p->ethdev) == 0 &&
	    rte_eth_dev_start(p->ethdev) == 0) {
		join(p);
		remember_registers(p);
	}
}

void port_watch(struct port *p, uint64_t now_us)
{
	struct rte_eth_link link = { 0 };
	bool was_up = p->link_up;

	if (p->provider != PROVIDER_VF || now_us - p->watched_us < WATCH_US)
		return;
	p->watched_us = now_us;
	rte_eth_link_get_nowait(p->ethdev, &link);
	p->link_up = link.link_status;
	if (!p->link_up)
		return;
	if (atomic_exchange(&p->was_reset, false) || !was_up ||
	    has_forgotten(p)) {
		p->deaf = true;
		p->patience_us = PATIENCE_US_FIRST;
		restart(p, now_us);
	} else if (p->deaf && now_us - p->restarted_us >= p->patience_us) {
		/* A PF that is down does not answer: again, until we hear. */
		if (p->patience_us < PATIENCE_US_LAST)
			p->patience_us *= 2;
		restart(p, now_us);
	}
}
