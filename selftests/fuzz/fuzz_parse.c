// SPDX-License-Identifier: BSD-3-Clause
/* fuzz_parse.c - any frames through parser and packet path, from both sides */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "split.h"
#include "steps.h"
#include "world.h"

/*
 * The input is a list of steps: one byte of STEP_* bits, one byte length, then
 * that many bytes. A step is a frame, or an answer to what was forwarded last,
 * so that whole connections can be found without guessing SNAT ports.
 */
#define STEP_SERVER   (1 << 0) /* the frame comes from the server side */
#define STEP_ANSWER   (1 << 1) /* bytes are pairs (offset, XOR) on the answer */
#define STEP_FIX      (1 << 2) /* make the checksums right before it is sent */
#define STEP_VLAN     (1 << 3) /* the NIC has taken off the tag */
#define STEP_CKSUM_OK (1 << 4) /* the NIC has checked the checksums */
#define STEP_LATER    (1 << 5) /* half a minute has passed; sweep */

static struct world world;
static struct pkt sent;
static uint8_t sent_frame[FRAME_ROOM];

static const struct world_spec spec = {
	.backends = 3,
	.snats = 1,
	.flows4 = 512,
	.flows6 = 512,
	.client_mtu = 1400,
	.server_mtu = 1280, /* the least that IPv6 takes */
};

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	world_init(&world, &spec);
	return 0;
}

/* Every input starts from the same world. */
static void reset(void)
{
	struct flow_limits limits = { spec.flows4, spec.flows6 };

	memset(world.store, 0, world.store_bytes);
	flow_store_format(world.store, &limits);
	memset(world.datagrams, 0,
	       FAB_SLICES * FAB_DATAGRAMS * sizeof(*world.datagrams));
	memset(world.neighbours, 0, FAB_NEIGHBOURS * sizeof(struct fab_neigh));
	world.lb.now_ms = 1000;
	world.lb.now_s = 1;
	memset(&sent, 0, sizeof(sent));
}

static void swap(uint8_t *a, uint8_t *b, unsigned bytes)
{
	for (; bytes--; a++, b++) {
		uint8_t t = *a;

		*a = *b;
		*b = t;
	}
}

/* What the peer of the last forwarded packet would send back, changed by the
 * pairs. Returns its length, 0 when nothing was forwarded. */
static unsigned answer(uint8_t *frame, const uint8_t *pairs, unsigned bytes)
{
	unsigned addresses = sent.family == 4 ? 4 : 16;
	uint8_t *l3 = frame + sent.l3 + (sent.family == 4 ? 12 : 8);

	if (!sent.len)
		return 0;
	memcpy(frame, sent_frame, sent.len);
	swap(frame, frame + 6, 6);
	swap(l3, l3 + addresses, addresses);
	swap(frame + sent.l4, frame + sent.l4 + 2, 2);
	for (unsigned i = 0; i + 1 < bytes; i += 2) {
		if (pairs[i] < sent.len)
			frame[pairs[i]] ^= pairs[i + 1];
	}
	return sent.len;
}

/* Set the IPv4 header checksum, whatever the header says. */
static void fix_ip4(uint8_t *l3, unsigned room)
{
	unsigned header = (l3[0] & 15) * 4;
	uint32_t sum = 0;

	if (header < 20 || header > room)
		return;
	l3[10] = l3[11] = 0;
	for (unsigned i = 0; i < header; i += 2)
		sum += l3[i] << 8 | l3[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	l3[10] = (uint8_t)(~sum >> 8);
	l3[11] = (uint8_t)~sum;
}

/* The parser looks at ICMP checksums: fix it before, by the headers alone. */
static void fix_icmp(struct pkt p)
{
	const uint8_t *l3 = p.frame + p.l3;

	p.family = l3[0] >> 4;
	p.protocol = p.family == 4 ? l3[9] : l3[6];
	p.l4 = p.l3 + (p.family == 4 ? (l3[0] & 15) * 4 : 40);
	if (p.l4 + 8 <= p.len && p.protocol == (p.family == 4 ? 1 : 58))
		frame_set_l4_checksum(&p);
}

static void fix_checksums(struct pkt p)
{
	p.l3 = 14;
	if (p.len > 18 && p.frame[12] == 0x81 && p.frame[13] == 0)
		p.l3 = 18;
	if (p.len < p.l3 + 20)
		return;
	if (p.frame[p.l3] >> 4 == 4)
		fix_ip4(p.frame + p.l3, p.len - p.l3);
	fix_icmp(p);
	pkt_parse(&p, &world.hash);
	if (p.verdict == VERDICT_NONE &&
	    !(p.flags & (PKT_ICMP_ERROR | PKT_FRAGMENT)))
		frame_set_l4_checksum(&p);
}

static void check_parsed(const struct pkt *p, const uint8_t *copy, unsigned len)
{
	expect(!memcmp(p->frame, copy, len));
	if (p->verdict == VERDICT_DROP) {
		expect(p->reason < DROP_COUNT);
		return;
	}
	expect(p->len <= len);
	if (p->verdict == VERDICT_PUNT)
		return;
	expect(p->verdict == VERDICT_NONE);
	expect(p->family == 4 || p->family == 6);
	expect(p->l3 >= 14 && p->l4 >= p->l3 + (p->family == 4 ? 20 : 40));
	expect(p->l4 + (p->flags & PKT_LATER ? 1 : 8) <= p->len);
	expect(p->slice == (p->hash & 255));
}

/* A right packet must not leave with a wrong checksum. */
static void check_forwarded(const struct pkt *p, bool was_right)
{
	expect(p->out_side != p->side);
	expect(p->neigh < FAB_NEIGHBOURS);
	if (was_right && !(p->flags & (PKT_ICMP_ERROR | PKT_FRAGMENT)))
		expect(frame_checksums_ok(p));
}

/* Our own error is right and goes back. */
static void check_answer(const struct pkt *p)
{
	struct pkt error = *p;

	expect(p->out_side == p->side);
	error.protocol = p->family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	expect(frame_checksums_ok(&error));
}

/* Every byte is in one piece, and no piece too long. */
static void check_pieces(const struct pkt *p)
{
	struct pkt piece = *p;
	unsigned at = 0, bytes = 0;

	piece.frame = malloc(split_room(p));
	expect(piece.frame);
	while (split_next(p, &at, &piece)) {
		expect(piece.len <= split_room(p));
		bytes += piece.len - piece.l4;
	}
	expect(bytes == p->len - p->l4);
	free(piece.frame);
}

static void process(struct pkt *p)
{
	bool was_right = !(p->flags & PKT_FRAGMENT) && frame_checksums_ok(p);
	struct pkt *vector[1] = { p };
	const uint8_t *room = (const uint8_t *)p->owner;

	lb_process(&world.lb, vector, 1);
	if (p->verdict == VERDICT_STEER) {
		/* As the owner of the flow's slice has it from a ring. */
		pkt_parse(p, &world.hash);
		expect(p->verdict == VERDICT_NONE);
		expect(p->flags & PKT_TRACKED && p->flags & PKT_FRAGMENT);
		lb_process(&world.lb, vector, 1);
		expect(p->verdict != VERDICT_STEER);
	}
	expect(p->verdict > VERDICT_NONE && p->verdict <= VERDICT_WAIT);
	if (p->verdict == VERDICT_DROP || p->verdict == VERDICT_ANSWER)
		expect(p->reason < DROP_COUNT);
	expect(p->frame >= room);
	if (p->verdict == VERDICT_ANSWER)
		check_answer(p);
	if (p->verdict == VERDICT_SPLIT)
		check_pieces(p);
	if (p->verdict != VERDICT_TX && p->verdict != VERDICT_NEIGH)
		return;
	check_forwarded(p, was_right);
	sent = *p;
	memcpy(sent_frame, p->frame, p->len);
}

static void later(void)
{
	world.lb.now_ms += 30000;
	world.lb.now_s += 30;
	for (unsigned slice = 0; slice < FAB_SLICES; slice++)
		lb_sweep(&world.lb, slice, 16);
}

static void step(uint8_t bits, const uint8_t *data, unsigned bytes)
{
	uint8_t frame[FRAME_ROOM], *room, *copy;
	unsigned len = bytes;
	struct pkt p = { .side = bits & STEP_SERVER ? SIDE_SERVER :
						      SIDE_CLIENT };

	if (bits & STEP_LATER)
		later();
	if (bits & STEP_ANSWER) {
		len = answer(frame, data, bytes);
		p.side = sent.out_side;
	} else {
		memcpy(frame, data, bytes);
	}
	/* memory ends where the frame does, so that a read behind it is seen */
	room = malloc(PKT_HEADROOM + len);
	copy = malloc(len + 1);
	expect(room && copy);
	p.owner = room;
	p.frame = memcpy(room + PKT_HEADROOM, frame, len);
	p.len = len;
	p.vlan = bits & STEP_VLAN ? 7 : 0;
	if (bits & STEP_FIX)
		fix_checksums(p);
	if (bits & STEP_CKSUM_OK)
		p.flags = PKT_IP_CKSUM_OK | PKT_L4_CKSUM_OK;
	memcpy(copy, p.frame, len);
	pkt_parse(&p, &world.hash);
	check_parsed(&p, copy, len);
	if (p.verdict == VERDICT_NONE)
		process(&p);
	free(room);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	reset();
	take_steps(data, bytes, step);
	return 0;
}
