/* SPDX-License-Identifier: BSD-3-Clause */
/* echo.c - answer pings to the fleet's addresses: RFC 792, RFC 4443 */
#include "echo.h"

#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>

#include "csum.h"
#include "engine.h"
#include "ether.h"
#include "loop.h"
#include "nat.h"

#define TTL 64

static void swap(uint8_t *a, uint8_t *b, unsigned bytes)
{
	uint8_t t[16];

	memcpy(t, a, bytes);
	memcpy(a, b, bytes);
	memcpy(b, t, bytes);
}

/* Replace the type of an ICMP message and keep its checksum right. */
static void set_type(uint8_t *icmp, uint8_t type)
{
	uint16_t before, after, sum;

	memcpy(&before, icmp, 2);
	icmp[0] = type;
	memcpy(&after, icmp, 2);
	memcpy(&sum, icmp + 2, 2);
	sum = csum_adjust(sum, csum_change(before, after));
	memcpy(icmp + 2, &sum, 2);
}

static void reply4(uint8_t *ip, uint8_t *icmp)
{
	uint16_t sum;

	swap(ip + 12, ip + 16, 4);
	ip[8] = TTL;
	memset(ip + 10, 0, 2);
	sum = ~csum_fold(csum_sum(ip, (ip[0] & 15) * 4));
	memcpy(ip + 10, &sum, 2);
	set_type(icmp, ICMP_ECHOREPLY);
}

static void reply6(uint8_t *ip, uint8_t *icmp)
{
	swap(ip + 8, ip + 24, 16);
	ip[7] = TTL;
	set_type(icmp, ICMP6_ECHO_REPLY);
}

bool echo_answer(struct engine *e, struct buf *b)
{
	struct pkt *p = &b->pkt;
	uint8_t *ip = p->frame + p->l3, *icmp = p->frame + p->l4;
	struct address to = { .family = p->family };
	uint64_t sender = 0;

	if (p->family == 4)
		memcpy(to.bytes, ip + 16, 4);
	else
		memcpy(to.bytes, ip + 24, 16);
	/* Any engine that gets it may answer: an old receiver still does, as it hands
	 * over. When all get it, the receiver does. */
	if (p->frame[0] & 1 || icmp[1] != 0 ||
	    icmp[0] != (p->family == 4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST) ||
	    !(e->mirror.on ?
		      neighbour_mine(e, &to, p->side, p->vlan) :
		      snapshot_address(e->lb.snap, &to, p->side, p->vlan)))
		return false;
	for (unsigned i = 0; i < ETHER_MAC; i++)
		sender |= (uint64_t)p->frame[ETHER_MAC + i] << 8 * i;
	if (p->family == 4)
		reply4(ip, icmp);
	else
		reply6(ip, icmp);
	/* The request's tag may have been left with the NIC. */
	nat_link(p, sender, e->lb.mac[p->side], p->vlan);
	b->originated = true;
	loop_send(e, p->side, b);
	return true;
}
