/* SPDX-License-Identifier: BSD-3-Clause */
/* test_packet.c - the parser: good frames, every length, every refusal */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"
#include "toeplitz.h"

static struct toeplitz hash;

static const struct frame_spec tcp4 = { .source = "10.0.0.1",
					.destination = "10.0.0.2",
					.source_port = 1000,
					.destination_port = 80,
					.payload_bytes = 10 };
static const struct frame_spec tcp6 = { .source = "fd00::1",
					.destination = "fd00::2",
					.source_port = 1000,
					.destination_port = 80,
					.payload_bytes = 10 };
static const struct frame_spec udp4 = { .source = "10.0.0.1",
					.destination = "10.0.0.2",
					.source_port = 1000,
					.destination_port = 53,
					.protocol = IPPROTO_UDP,
					.payload_bytes = 10 };
static const struct frame_spec udp6 = { .source = "fd00::1",
					.destination = "fd00::2",
					.source_port = 1000,
					.destination_port = 53,
					.protocol = IPPROTO_UDP,
					.payload_bytes = 10 };
static const struct frame_spec *const specs[] = { &tcp4, &tcp6, &udp4, &udp6 };

#define L3   14
#define L4_4 (L3 + 20)
#define L4_6 (L3 + 40)

/* Recompute the IPv4 header checksum after a change by hand. */
static void fix_ip4(struct frame *f)
{
	uint8_t *l3 = f->pkt.frame + L3;
	uint32_t sum = 0;

	l3[10] = l3[11] = 0;
	for (unsigned i = 0; i < (l3[0] & 15u) * 4; i += 2)
		sum += l3[i] << 8 | l3[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	l3[10] = (uint16_t)~sum >> 8;
	l3[11] = ~sum;
}

static void good_frames(void **state)
{
	for (unsigned i = 0; i < 4; i++) {
		for (uint16_t vlan = 0; vlan < 4095; vlan += 1234) {
			struct frame_spec s = *specs[i];
			struct frame f, made;

			s.vlan = vlan;
			frame_make(&made, SIDE_CLIENT, &s);
			f = made;
			f.pkt.frame = f.room + FRAME_HEADROOM;
			f.pkt.len += 7; /* padding */
			f.pkt.l3 = f.pkt.l4 = f.pkt.family = 0;
			pkt_parse(&f.pkt, &hash);
			assert_int_equal(f.pkt.verdict, VERDICT_NONE);
			assert_int_equal(f.pkt.len, made.pkt.len);
			assert_int_equal(f.pkt.l3, made.pkt.l3);
			assert_int_equal(f.pkt.l4, made.pkt.l4);
			assert_int_equal(f.pkt.family, made.pkt.family);
			assert_int_equal(f.pkt.protocol, made.pkt.protocol);
			assert_int_equal(f.pkt.vlan, vlan);
			assert_int_equal(f.pkt.tcp_flags, i < 2 ? 0x10 : 0);
			assert_int_equal(f.pkt.slice, f.pkt.hash & 255);
			assert_memory_equal(f.room, made.room, sizeof(f.room));
		}
	}
}

static void hash_of_the_nic(void **state)
{
	struct frame f;

	frame_make(&f, SIDE_CLIENT, &tcp4);
	f.pkt.hash = 0x12345678;
	f.pkt.flags = PKT_HASHED;
	pkt_parse(&f.pkt, &hash);
	assert_int_equal(f.pkt.hash, 0x12345678);
	assert_int_equal(f.pkt.slice, 0x78);
	f.pkt.flags = 0;
	pkt_parse(&f.pkt, &hash);
	assert_int_equal(f.pkt.hash, toeplitz_v4(&hash, f.pkt.frame + L3 + 12,
						 f.pkt.frame + L4_4));
}

/* Cut at every length, in memory that ends there: the sanitizer sees a read
 * behind it. Nothing shorter than the packet may pass. */
static void every_length(void **state)
{
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned vlan = 0; vlan < 2; vlan++) {
			struct frame_spec s = *specs[i];
			struct frame f;

			s.vlan = vlan;
			frame_make(&f, SIDE_CLIENT, &s);
			for (unsigned len = 0; len < f.pkt.len; len++) {
				struct pkt p = f.pkt;
				uint8_t *cut = malloc(len ? len : 1);

				memcpy(cut, f.pkt.frame, len);
				p.frame = cut;
				p.len = len;
				p.vlan = 0;
				pkt_parse(&p, &hash);
				assert_int_equal(p.verdict, VERDICT_DROP);
				free(cut);
			}
		}
	}
}

/* One byte changed in a good frame and the name of the drop. */
struct damage {
	const struct frame_spec *spec;
	unsigned at;
	uint8_t value;
	enum vfl_drop reason;
};

static const struct damage damages[] = {
	{ &tcp4, 12, 0x88, DROP_ethertype },
	{ &tcp4, L3, 0x65, DROP_ip4_header },
	{ &tcp4, L3, 0x44, DROP_ip4_header },
	{ &tcp4, L3, 0x4f, DROP_ip4_header },
	{ &tcp4, L3 + 3, 19, DROP_ip4_header },
	{ &tcp4, L3 + 2, 1, DROP_ip4_header },
	{ &tcp4, L3 + 6, 0x20, DROP_ip_fragment },
	{ &tcp4, L3 + 12, 0, DROP_ip_source },
	{ &tcp4, L3 + 12, 127, DROP_ip_source },
	{ &tcp4, L3 + 12, 224, DROP_ip_source },
	{ &tcp4, L3 + 12, 255, DROP_ip_source },
	{ &tcp4, L3 + 9, 47, DROP_ip_protocol },
	{ &tcp4, L3 + 9, IPPROTO_ICMPV6, DROP_ip_protocol },
	{ &tcp4, L4_4 + 12, 0x40, DROP_tcp_header },
	{ &tcp4, L4_4 + 12, 0x80, DROP_tcp_header },
	{ &tcp4, L4_4 + 13, 0x00, DROP_tcp_flags },
	{ &tcp4, L4_4 + 13, 0x01, DROP_tcp_flags },
	{ &tcp4, L4_4 + 13, 0x03, DROP_tcp_flags },
	{ &tcp4, L4_4 + 13, 0x06, DROP_tcp_flags },
	{ &tcp4, L4_4 + 13, 0x3f, DROP_tcp_flags },
	{ &udp4, L4_4 + 5, 7, DROP_udp_header },
	{ &udp4, L4_4 + 5, 19, DROP_udp_header },
	{ &tcp6, L3, 0x40, DROP_ip6_header },
	{ &tcp6, L3 + 5, 31, DROP_ip6_header },
	{ &tcp6, L3 + 5, 19, DROP_tcp_header },
	{ &tcp6, L3 + 6, IPPROTO_HOPOPTS, DROP_ip6_extension },
	{ &tcp6, L3 + 6, IPPROTO_ROUTING, DROP_ip6_extension },
	{ &tcp6, L3 + 6, IPPROTO_DSTOPTS, DROP_ip6_extension },
	{ &tcp6, L3 + 6, IPPROTO_ICMP, DROP_ip_protocol },
	{ &tcp6, L3 + 8, 0xff, DROP_ip_source },
	{ &udp6, L4_6 + 4, 1, DROP_udp_header },
};

static void named_drops(void **state)
{
	for (unsigned i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
		const struct damage *d = &damages[i];
		struct frame f;

		frame_make(&f, SIDE_CLIENT, d->spec);
		f.pkt.frame[d->at] = d->value;
		if (d->spec == &tcp4 || d->spec == &udp4)
			fix_ip4(&f);
		pkt_parse(&f.pkt, &hash);
		assert_int_equal(f.pkt.verdict, VERDICT_DROP);
		assert_string_equal(vfl_drop_names[f.pkt.reason],
				    vfl_drop_names[d->reason]);
	}
}

static void unspecified_and_loopback6(void **state)
{
	struct frame f;

	for (unsigned last = 0; last < 3; last++) {
		frame_make(&f, SIDE_CLIENT, &tcp6);
		memset(f.pkt.frame + L3 + 8, 0, 16);
		f.pkt.frame[L3 + 8 + 15] = last;
		pkt_parse(&f.pkt, &hash);
		assert_int_equal(f.pkt.verdict,
				 last < 2 ? VERDICT_DROP : VERDICT_NONE);
		if (last < 2)
			assert_int_equal(f.pkt.reason, DROP_ip_source);
	}
}

static void header_checksum(void **state)
{
	struct frame f;

	frame_make(&f, SIDE_CLIENT, &tcp4);
	f.pkt.frame[L3 + 11] ^= 4;
	pkt_parse(&f.pkt, &hash);
	assert_int_equal(f.pkt.reason, DROP_ip4_checksum);
	/* The NIC's word is taken. */
	f.pkt.flags = PKT_IP_CKSUM_OK;
	pkt_parse(&f.pkt, &hash);
	assert_int_equal(f.pkt.verdict, VERDICT_NONE);
}

static void two_tags(void **state)
{
	struct frame_spec s = tcp4;
	struct frame f;

	s.vlan = 5;
	frame_make(&f, SIDE_CLIENT, &s);
	f.pkt.vlan = 7; /* the NIC took off another */
	pkt_parse(&f.pkt, &hash);
	assert_int_equal(f.pkt.verdict, VERDICT_DROP);
	assert_int_equal(f.pkt.reason, DROP_ethertype);
}

static void arp(void **state)
{
	struct pkt p = { 0 };
	uint8_t frame[60] = { 0 };

	frame[12] = 0x08;
	frame[13] = 0x06;
	p.frame = frame;
	p.len = 42;
	pkt_parse(&p, &hash);
	assert_int_equal(p.verdict, VERDICT_PUNT);
	p.len = 41;
	pkt_parse(&p, &hash);
	assert_int_equal(p.verdict, VERDICT_DROP);
	assert_int_equal(p.reason, DROP_short_frame);
}

/* Random bytes behind a plausible start: no crash, a verdict. */
static void noise(void **state)
{
	unsigned seen[8] = { 0 };

	srand(1);
	for (unsigned i = 0; i < 200000; i++) {
		struct frame f;

		frame_make(&f, SIDE_CLIENT, specs[i % 4]);
		f.pkt.len -= rand() % 4 ? 0 : rand() % f.pkt.len;
		for (unsigned n = rand() % 4; n; n--)
			f.pkt.frame[12 + rand() % 50] = rand();
		f.pkt.flags = PKT_IP_CKSUM_OK;
		pkt_parse(&f.pkt, &hash);
		assert_in_range(f.pkt.verdict, VERDICT_NONE, VERDICT_PUNT);
		seen[f.pkt.verdict]++;
	}
	assert_true(seen[VERDICT_NONE] && seen[VERDICT_DROP]);
}

static int init(void **state)
{
	toeplitz_init(&hash, toeplitz_default_key);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_frames),
		cmocka_unit_test(hash_of_the_nic),
		cmocka_unit_test(every_length),
		cmocka_unit_test(named_drops),
		cmocka_unit_test(unspecified_and_loopback6),
		cmocka_unit_test(header_checksum),
		cmocka_unit_test(two_tags),
		cmocka_unit_test(arp),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests(tests, init, NULL);
}
