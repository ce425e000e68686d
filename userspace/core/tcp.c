/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp.c - connection tracking, timeouts and the MSS option */
#include <netinet/in.h>

#include "csum.h"
#include "fabric.h"
#include "segment.h"
#include "tcp.h"

#define TCP_HEADER_MAX	 60
#define OPTION_MSS_BYTES 4

const char *const flow_state_names[FLOW_STATES] = {
	[FLOW_FREE] = "free",		[FLOW_SYN_SENT] = "syn-sent",
	[FLOW_SYN_RECV] = "syn-recv",	[FLOW_ESTABLISHED] = "established",
	[FLOW_FIN_WAIT] = "fin-wait",	[FLOW_LAST_ACK] = "last-ack",
	[FLOW_TIME_WAIT] = "time-wait", [FLOW_CLOSED] = "closed",
	[FLOW_UDP_NEW] = "udp-new",	[FLOW_UDP] = "udp",
	[FLOW_SYN_PROXY] = "syn-proxy", [FLOW_PROXY] = "proxy",
	[FLOW_SERVED] = "served",
};

/* State a FIN from `side` leads to, given the FINs seen so far. */
static uint32_t after_fin(uint32_t word, unsigned side)
{
	word |= FLOW_FIN(side);
	return (word & ~0xffu) |
	       (word & FLOW_FIN(!side) ? FLOW_LAST_ACK : FLOW_FIN_WAIT);
}

uint32_t tcp_next(uint32_t word, unsigned side, uint8_t flags)
{
	enum flow_state state = word & 0xff, next = state;

	if (flags & TCP_RST) {
		next = FLOW_CLOSED;
	} else if (flags & TCP_SYN) {
		if (state == FLOW_SYN_SENT && side == SIDE_SERVER &&
		    flags & TCP_ACK)
			next = FLOW_SYN_RECV;
	} else if (flags & TCP_FIN) {
		/* A retransmitted FIN starts nothing again. */
		if (state == FLOW_SYN_RECV || state == FLOW_ESTABLISHED ||
		    state == FLOW_FIN_WAIT)
			return after_fin(word, side);
	} else if (state == FLOW_SYN_RECV && side == SIDE_CLIENT) {
		next = FLOW_ESTABLISHED;
	} else if (state == FLOW_LAST_ACK) {
		next = FLOW_TIME_WAIT;
	}
	return (word & ~0xffu) | next;
}

uint32_t udp_next(uint32_t word, unsigned side)
{
	if ((word & 0xff) == FLOW_UDP_NEW && side == SIDE_SERVER)
		return (word & ~0xffu) | FLOW_UDP;
	return word;
}

static uint32_t given_or(uint32_t given_ms, uint32_t default_s)
{
	return given_ms ? given_ms : default_s * 1000;
}

static uint32_t lower(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

uint32_t flow_timeout_ms(enum flow_state state, const struct snap_service *s)
{
	uint32_t close_ms =
		given_or(s ? s->tcp_close_ms : 0, CONFIG_TCP_CLOSE_S);
	uint32_t udp_ms = given_or(s ? s->udp_ms : 0, CONFIG_UDP_S);

	switch (state) {
	case FLOW_SYN_SENT:
	case FLOW_SYN_RECV:
	case FLOW_SYN_PROXY:
		return given_or(s ? s->tcp_syn_ms : 0, CONFIG_TCP_SYN_S);
	case FLOW_ESTABLISHED:
		return given_or(s ? s->tcp_established_ms : 0,
				CONFIG_TCP_ESTABLISHED_S);
	case FLOW_FIN_WAIT:
	case FLOW_LAST_ACK:
	case FLOW_TIME_WAIT:
		return close_ms;
	case FLOW_CLOSED:
		return lower(close_ms, TCP_RESET_MS);
	case FLOW_PROXY:
	case FLOW_SERVED:
		return TCP_PROXY_MS;
	case FLOW_UDP_NEW:
		return lower(udp_ms, UDP_NEW_MS);
	case FLOW_UDP:
		return udp_ms;
	case FLOW_FREE:
	case FLOW_STATES:
		break;
	}
	return 0;
}

static unsigned header_bytes(const uint8_t *tcp)
{
	return (tcp[12] >> 4) * 4;
}

static uint16_t load16(const void *at)
{
	uint16_t v;

	memcpy(&v, at, 2);
	return v;
}

static void store16(void *at, uint16_t v)
{
	memcpy(at, &v, 2);
}

/* Lower the option at `at`; true when it was above `mss`. */
static bool lower_option(uint8_t *tcp, unsigned at, uint16_t mss,
			 uint16_t *said)
{
	uint8_t *value = tcp + at + 2, *check = tcp + 16;
	uint16_t old = load16(value), new = htobe16(mss);
	uint32_t delta;

	*said = be16toh(old);
	if (!(mss < *said))
		return false;
	delta = csum_change(old, new);
	/* At an odd offset the bytes lie in the other halves of two words. */
	if (at & 1)
		delta = csum_change(__builtin_bswap16(old),
				    __builtin_bswap16(new));
	store16(check, csum_adjust(load16(check), delta));
	store16(value, new);
	return true;
}

/* Room for a four byte option behind the fixed header: lengths and sums. All is read
 * before the headers move: what was just written takes long to read back. */
static void insert_option(struct pkt *p, uint16_t mss)
{
	const uint16_t kind = htobe16(TCP_OPTION_MSS << 8 | OPTION_MSS_BYTES);
	unsigned length_at = p->l3 + (p->family == 4 ? 2 : 4);
	uint8_t *at = p->frame, *tcp = at + p->l4;
	uint16_t offset = load16(tcp + 12), check = load16(tcp + 16);
	uint16_t length = load16(at + length_at);
	uint16_t ip_check = load16(at + p->l3 + 10);
	uint16_t longer = htobe16(be16toh(length) + OPTION_MSS_BYTES);
	/* Data offset lives in the high half of its word; the pseudo header
	 * counts the segment's bytes. */
	uint16_t further =
		htobe16(be16toh(offset) + (OPTION_MSS_BYTES / 4 << 12));
	uint32_t delta = csum_change(offset, further) + csum_change(0, kind) +
			 csum_change(0, htobe16(mss)) +
			 csum_change(0, htobe16(OPTION_MSS_BYTES));

	memmove(at - OPTION_MSS_BYTES, at, p->l4 + TCP_HEADER);
	at = p->frame -= OPTION_MSS_BYTES;
	tcp = at + p->l4;
	p->len += OPTION_MSS_BYTES;
	store16(at + length_at, longer);
	if (p->family == 4)
		store16(at + p->l3 + 10,
			csum_adjust(ip_check, csum_change(length, longer)));
	store16(tcp + 12, further);
	store16(tcp + 16, csum_adjust(check, delta));
	store16(tcp + TCP_HEADER, kind);
	store16(tcp + TCP_HEADER + 2, htobe16(mss));
}

/* The header and, with data behind it, the egress link take four bytes more. */
static bool has_room(const struct pkt *p, unsigned header, uint16_t mtu)
{
	return header + OPTION_MSS_BYTES <= TCP_HEADER_MAX &&
	       p->len - p->l3 + OPTION_MSS_BYTES <= mtu;
}

enum mss_change tcp_clamp_mss(struct pkt *p, uint16_t mss, uint16_t mtu,
			      uint16_t *said)
{
	uint8_t *tcp = p->frame + p->l4;
	unsigned at = TCP_HEADER, end = header_bytes(tcp);
	bool there = false, lowered = false;

	*said = 0;
	while (at < end && tcp[at] != TCP_OPTION_END) {
		unsigned bytes;

		if (tcp[at] == TCP_OPTION_NOP) {
			at++;
			continue;
		}
		if (at + 1 == end)
			return MSS_BROKEN;
		bytes = tcp[at + 1];
		if (bytes < 2 || at + bytes > end)
			return MSS_BROKEN;
		if (tcp[at] == TCP_OPTION_MSS) {
			if (bytes != OPTION_MSS_BYTES)
				return MSS_BROKEN;
			there = true;
			lowered |= lower_option(tcp, at, mss, said);
		}
		at += bytes;
	}
	if (there)
		return lowered ? MSS_CLAMPED : MSS_KEPT;
	if (!has_room(p, end, mtu))
		return MSS_KEPT;
	insert_option(p,
		      lower(mss, p->family == 4 ? MSS_DEFAULT4 : MSS_DEFAULT6));
	return MSS_INSERTED;
}
