/* SPDX-License-Identifier: BSD-3-Clause */
/* arp.c - IPv4 neighbours: RFC 826, RFC 5227 */
#include "arp.h"

#include <net/ethernet.h>
#include <net/if_arp.h>

#include "engine.h"
#include "ether.h"
#include "loop.h"

const uint8_t ether_broadcast[ETHER_MAC] = { 255, 255, 255, 255, 255, 255 };

/* Offsets of the fields behind the fixed header. */
enum {
	SENDER_MAC = 8,
	SENDER_IP = 14,
	TARGET_MAC = 18,
	TARGET_IP = 24,
	ARP_BYTES = 28
};

static void send_arp(struct engine *e, uint16_t operation,
		     const struct snap_address *us, const uint8_t *to,
		     const uint8_t *target_mac, const uint8_t *target_ip)
{
	const struct port *port = &e->ports[us->side];
	struct buf *b = buf_alloc(e->pool);
	uint8_t *at;

	if (!b)
		return;
	at = ether_start(b, to, port->mac, us->vlan, ETHERTYPE_ARP);
	put16(at, ARPHRD_ETHER);
	put16(at + 2, ETHERTYPE_IP);
	at[4] = ETHER_MAC;
	at[5] = 4;
	put16(at + 6, operation);
	memcpy(at + SENDER_MAC, port->reached, ETHER_MAC);
	memcpy(at + SENDER_IP, us->address.bytes, 4);
	memcpy(at + TARGET_MAC, target_mac, ETHER_MAC);
	memcpy(at + TARGET_IP, target_ip, 4);
	ether_finish(b, at + ARP_BYTES);
	loop_send(e, us->side, b);
}

void arp_receive(struct engine *e, const struct buf *b)
{
	const uint8_t *at = b->pkt.frame + b->pkt.l3;
	const struct snap_address *us;
	struct address sender = { .family = 4 }, target = { .family = 4 };

	if (get16(at) != ARPHRD_ETHER || get16(at + 2) != ETHERTYPE_IP ||
	    at[4] != ETHER_MAC || at[5] != 4 || at[SENDER_MAC] & 1)
		return;
	memcpy(sender.bytes, at + SENDER_IP, 4);
	memcpy(target.bytes, at + TARGET_IP, 4);
	us = neighbour_mine(e, &target, b->pkt.side, b->pkt.vlan);
	/* A probe (RFC 5227) comes from 0.0.0.0 and teaches nothing. */
	if (sender.bytes[0])
		neighbour_heard(e, b->pkt.side, b->pkt.vlan, &sender,
				at + SENDER_MAC, us != NULL);
	if (us && get16(at + 6) == ARPOP_REQUEST)
		send_arp(e, ARPOP_REPLY, us, at + SENDER_MAC, at + SENDER_MAC,
			 at + SENDER_IP);
}

void arp_ask(struct engine *e, const struct snap_address *us,
	     const struct address *target)
{
	static const uint8_t unknown[ETHER_MAC];

	send_arp(e, ARPOP_REQUEST, us, ether_broadcast, unknown, target->bytes);
}

void arp_announce(struct engine *e, const struct snap_address *us)
{
	static const uint8_t unknown[ETHER_MAC];

	send_arp(e, ARPOP_REQUEST, us, ether_broadcast, unknown,
		 us->address.bytes);
}
