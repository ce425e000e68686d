/* SPDX-License-Identifier: BSD-3-Clause */
/* test_nat.c - rewriting: checksums by difference, the Ethernet header */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "csum.h"
#include "frame.h"
#include "nat.h"

/* A flow with random ends; the client's packets match `f`. */
static void random_flow(struct flow *flow, uint8_t family,
			const struct frame *f)
{
	unsigned bytes = family == 4 ? 8 : 32;
	uint8_t *addrs = (uint8_t *)&flow->addrs;
	const uint8_t *l3 = f->pkt.frame + f->pkt.l3;

	memset(flow, 0, sizeof(*flow));
	memcpy(addrs, l3 + (family == 4 ? 12 : 8), bytes);
	for (unsigned i = 0; i < bytes; i++)
		addrs[bytes + i] = rand() % 3 ? rand() : rand() % 2 * 255;
	memcpy(&flow->ports[SIDE_CLIENT], f->pkt.frame + f->pkt.l4, 4);
	flow->ports[SIDE_SERVER] = (uint32_t)rand() << 16 ^ rand();
	nat_prepare(flow, family);
}

/* There and back gives the packet the client sent, two hops older. */
static void there_and_back(void **state)
{
	srand(5);
	for (unsigned i = 0; i < 100000; i++) {
		struct frame_spec s = {
			.source = i & 1 ? "fd00::1:2" : "10.0.0.1",
			.destination = i & 1 ? "fd00::100" : "10.0.0.100",
			.source_port = rand(),
			.destination_port = rand(),
			.protocol = i & 2 ? IPPROTO_UDP : IPPROTO_TCP,
			.payload_bytes = rand() % 64
		};
		uint8_t family = i & 1 ? 6 : 4, swapped[32];
		unsigned at = family == 4 ? 12 : 8, half = family == 4 ? 4 : 16;
		struct frame f, sent;
		struct flow flow;
		uint8_t *l3;

		frame_make(&f, SIDE_CLIENT, &s);
		sent = f;
		random_flow(&flow, family, &f);
		nat_rewrite(&f.pkt, &flow);
		assert_true(frame_checksums_ok(&f.pkt));
		l3 = f.pkt.frame + f.pkt.l3;
		/* Source is SNAT, destination the server: the reverse of what
		 * comes in on that side. */
		memcpy(swapped, l3 + at + half, half);
		memcpy(swapped + half, l3 + at, half);
		assert_memory_equal(swapped, (uint8_t *)&flow.addrs + 2 * half,
				    2 * half);
		/* Turn it round, as the server would. */
		memcpy(l3 + at, swapped, 2 * half);
		memcpy(f.pkt.frame + f.pkt.l4, &flow.ports[SIDE_SERVER], 4);
		f.pkt.side = SIDE_SERVER;
		nat_rewrite(&f.pkt, &flow);
		assert_true(frame_checksums_ok(&f.pkt));
		memcpy(swapped, l3 + at + half, half);
		memcpy(swapped + half, l3 + at, half);
		assert_memory_equal(swapped,
				    sent.room + FRAME_HEADROOM + f.pkt.l3 + at,
				    2 * half);
		assert_int_equal(l3[family == 4 ? 8 : 7], 62);
	}
}

/* Every old word, several new ones: as RFC 1071 from the start. */
static void differences(void **state)
{
	for (uint32_t old = 0; old < 65536; old++) {
		for (unsigned i = 0; i < 8; i++) {
			static const uint16_t news[] = { 0,	 1,	 0xff,
							 0x100,	 0x7fff, 0x8000,
							 0xfffe, 0xffff };
			uint16_t words[3] = { old, 0x1234, 0 };

			words[2] = ~csum_fold(csum_sum(words, 6));
			words[2] = csum_adjust(words[2],
					       csum_change(old, news[i]));
			words[0] = news[i];
			assert_true(csum_ok(0, words, 6));
		}
	}
}

static void sums_of_any_length(void **state)
{
	uint8_t data[67];

	srand(6);
	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = rand();
	for (unsigned n = 0; n <= sizeof(data); n++) {
		uint32_t sum = 0;

		for (unsigned i = 0; i < n; i++)
			sum += i & 1 ? data[i] : data[i] << 8;
		while (sum >> 16)
			sum = (sum & 0xffff) + (sum >> 16);
		assert_int_equal(htons(csum_fold(csum_sum(data, n))), sum);
	}
}

static void udp_checksum_is_never_0(void **state)
{
	struct frame_spec s = { .source = "10.0.0.1",
				.destination = "10.0.0.100",
				.source_port = 1,
				.destination_port = 2,
				.protocol = IPPROTO_UDP };
	unsigned ones = 0;

	/* Of all SNAT ports one makes the sum come out as 0. */
	for (uint32_t port = 0; port < 65536; port++) {
		struct frame f;
		struct flow flow;
		uint16_t check;

		frame_make(&f, SIDE_CLIENT, &s);
		random_flow(&flow, 4, &f);
		flow.addrs.v4[SIDE_SERVER] = flow.addrs.v4[SIDE_CLIENT];
		flow.ports[SIDE_SERVER] = port;
		nat_prepare(&flow, 4);
		nat_rewrite(&f.pkt, &flow);
		memcpy(&check, f.pkt.frame + f.pkt.l4 + 6, 2);
		assert_int_not_equal(check, 0);
		assert_true(frame_checksums_ok(&f.pkt));
		ones += check == 0xffff;
	}
	assert_true(ones > 0);
}

static void ethernet(void **state)
{
	static const uint8_t source[6] = { 2, 3, 4, 5, 6, 7 };

	for (unsigned in = 0; in < 2; in++) {
		for (unsigned out = 0; out < 2; out++) {
			struct frame_spec s = { .source = "10.0.0.1",
						.destination = "10.0.0.2",
						.vlan = in * 7 };
			struct frame f, before;
			unsigned header = out ? 18 : 14;

			frame_make(&f, SIDE_CLIENT, &s);
			before = f;
			nat_link(&f.pkt, 0x665544332211, source, out * 4094);
			assert_int_equal(f.pkt.l3, header);
			assert_int_equal(f.pkt.l4, header + 20);
			assert_int_equal(f.pkt.len, header + 40);
			assert_memory_equal(f.pkt.frame,
					    "\x11\x22\x33\x44\x55\x66", 6);
			assert_memory_equal(f.pkt.frame + 6, source, 6);
			if (out)
				assert_memory_equal(f.pkt.frame + 12,
						    "\x81\x00\x0f\xfe", 4);
			assert_memory_equal(f.pkt.frame + header - 2,
					    "\x08\x00", 2);
			assert_memory_equal(f.pkt.frame + header,
					    before.room + FRAME_HEADROOM +
						    before.pkt.l3,
					    40);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(differences),
		cmocka_unit_test(sums_of_any_length),
		cmocka_unit_test(udp_checksum_is_never_0),
		cmocka_unit_test(ethernet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
