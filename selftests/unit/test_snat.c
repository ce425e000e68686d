/* SPDX-License-Identifier: BSD-3-Clause */
/* test_snat.c - SNAT ports lead answers to the slice of the request */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "snat.h"
#include "world.h"

static const struct world_spec small = { .backends = 2,
					 .snats = 2,
					 .flows4 = 400000,
					 .flows6 = 4096 };

static struct snat_request request_of(const struct world *w, unsigned backend)
{
	const struct snap_backend *b =
		snap_array(w->snap, backends, struct snap_backend);

	return (struct snat_request){ .snap = w->snap,
				      .ports = &w->ports,
				      .hash = &w->hash,
				      .backend = &b[backend],
				      .server_port = 8080 };
}

/* The whole choice in one call. */
static bool choose(const struct world *w, const struct snat_request *r,
		   struct flow_key *k)
{
	struct snat_search search;

	snat_start(&search, r, k);
	return snat_next(&search, k) && snat_settle(&search, w->store, k);
}

static uint16_t port_of(const struct flow_key *k)
{
	uint16_t ports[2];

	memcpy(ports, &k->ports, 4);
	return ntohs(ports[1]);
}

/* The hash the answer will have, from its bytes alone. */
static uint32_t hash_of(const struct world *w, const struct flow_key *k)
{
	return k->family == 4 ? toeplitz_v4(&w->hash, k->addrs, &k->ports) :
				toeplitz_v6(&w->hash, k->addrs, &k->ports);
}

static void every_slice(void **state)
{
	struct world w = { 0 };

	world_init(&w, &small);
	for (unsigned family = 4; family <= 6; family += 2) {
		/* Backends of the TCP services: 0.. and 4.. */
		struct snat_request r = request_of(&w, family == 4 ? 0 : 4);

		for (unsigned slice = 0; slice < FAB_SLICES; slice++) {
			for (r.turn = 0; r.turn < 1024; r.turn += 7) {
				struct flow_key k = { .family = family,
						      .protocol = IPPROTO_TCP,
						      .slice = slice };

				assert_true(choose(&w, &r, &k));
				assert_int_equal(k.hash, hash_of(&w, &k));
				assert_int_equal(k.hash & 255, slice);
				assert_true(port_of(&k) >= SNAT_PORT_MIN);
				assert_int_equal(k.side, SIDE_SERVER);
			}
		}
	}
	world_free(&w);
}

/* Ports from SNAT_PORT_MIN up that bring an answer from `server` to a slice,
 * found by trying them all. */
static unsigned usable_ports(const struct world *w, const struct flow_key *k)
{
	unsigned n = 0;

	for (uint32_t port = SNAT_PORT_MIN; port < 65536; port++) {
		struct flow_key probe = *k;
		uint16_t ports[2];

		memcpy(ports, &k->ports, 4);
		ports[1] = htons(port);
		memcpy(&probe.ports, ports, 4);
		n += (hash_of(w, &probe) & 255) == k->slice;
	}
	return n;
}

static void occupy(struct world *w, const struct flow_key *k)
{
	struct flow f = { .state = 1 | IPPROTO_TCP
					       << FLOW_WORD_PROTOCOL_SHIFT };

	f.hash[SIDE_SERVER] = k->hash;
	f.ports[SIDE_SERVER] = k->ports;
	f.addrs.v4[SIDE_SERVER] = k->addrs[0];
	/* The client's side: anything of its own. */
	f.hash[SIDE_CLIENT] = k->hash;
	f.ports[SIDE_CLIENT] = k->ports;
	f.addrs.v4[SIDE_CLIENT] = k->addrs[0];
	assert_non_null(flow_insert(w->store, 4, k->slice, &f));
}

/* Each port is given out once, all of them are, then it says no. */
static void all_ports_once(void **state)
{
	const unsigned slice = 77;
	struct world w = { 0 };
	struct snat_request r;
	unsigned given = 0, want = 0;

	world_init(&w, &small);
	r = request_of(&w, 0);
	for (;; given++, r.turn++) {
		struct flow_key k = { .family = 4,
				      .protocol = IPPROTO_TCP,
				      .slice = slice };

		if (!choose(&w, &r, &k))
			break;
		if (given < 2) /* one for each SNAT address */
			want += usable_ports(&w, &k);
		assert_null(flow_find(w.store, &k));
		occupy(&w, &k);
		assert_non_null(flow_find(w.store, &k));
	}
	assert_int_equal(given, want);
	assert_true(given > 2 * 240);
	world_free(&w);
}

/* Another backend, another protocol: the same ports are free again. */
static void per_backend(void **state)
{
	struct flow_key k = { .family = 4, .protocol = IPPROTO_TCP };
	struct flow_key again = k;
	struct world w = { 0 };
	struct snat_request r;

	world_init(&w, &small);
	r = request_of(&w, 0);
	assert_true(choose(&w, &r, &k));
	occupy(&w, &k);
	again.protocol = IPPROTO_UDP;
	assert_true(choose(&w, &r, &again));
	assert_int_equal(again.ports, k.ports);
	again.protocol = IPPROTO_TCP;
	assert_true(choose(&w, &r, &again));
	assert_int_not_equal(again.ports, k.ports);
	world_free(&w);
}

/* A SNAT address of another VLAN is somebody else's. */
static void own_vlan_only(void **state)
{
	struct world w = { 0 };
	struct snat_request r;

	world_init(&w, &small);
	w.config.subnets[w.config.n_subnets] = w.config.subnets[2];
	w.config.subnets[w.config.n_subnets++].vlan = 5;
	w.config.snats[2].vlan = 5; /* the second of IPv4 */
	world_reload(&w);
	r = request_of(&w, 0);
	for (r.turn = 0; r.turn < 2048; r.turn += 100) {
		struct flow_key k = { .family = 4, .protocol = IPPROTO_TCP };

		assert_true(choose(&w, &r, &k));
		assert_memory_equal((uint8_t *)k.addrs + 4, "\x0a\x01\x02\x01",
				    4);
	}
	world_free(&w);
}

static void poor_key(void **state)
{
	uint8_t key[FAB_HASH_KEY_BYTES] = { 0x6d, 0x5a };
	static struct toeplitz t;
	struct snat_ports ports;

	toeplitz_init(&t, key);
	assert_false(snat_ports_init(&ports, &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_slice), cmocka_unit_test(all_ports_once),
		cmocka_unit_test(per_backend), cmocka_unit_test(own_vlan_only),
		cmocka_unit_test(poor_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
