// SPDX-License-Identifier: BSD-3-Clause
/* test_snapshot.c - compile configurations and look things up in them */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fabric.h"
#include "support.h"

#define YAML_SERVICES                                                      \
	"services:\n"                                                      \
	"  - {name: web, vip: 10.1.0.10, port: 80, backends: [\n"          \
	"      {address: 10.2.0.11}, {address: 10.2.0.12, port: 8080}]}\n" \
	"  - {name: tls, vip: 10.1.0.10, port: 443, backends: []}\n"       \
	"  - {name: dns, vip: 10.1.0.10, port: 53, protocol: udp,\n"       \
	"     backends: [{address: 10.2.0.13}]}\n"                         \
	"  - {name: web6, vip: 'fd01::10', port: 80,\n"                    \
	"     backends: [{address: 'fd02::11'}]}\n"

/* Two tenants that have the same addresses, each in its VLAN. */
#define YAML_TENANTS                                                          \
	"network:\n"                                                          \
	"  vlans:\n"                                                          \
	"    - {side: client, id: 10, mtu: 1400}\n"                           \
	"    - {side: server, id: 10, mss: 1000}\n"                           \
	"    - {side: server, id: 20, mtu: 9000}\n"                           \
	"  subnets:\n"                                                        \
	"    - {side: client, prefix: 10.1.0.0/24, vlan: 10}\n"               \
	"    - {side: client, prefix: 10.1.0.0/24, vlan: 20}\n"               \
	"    - {side: server, prefix: 10.2.0.0/24, vlan: 10}\n"               \
	"    - {side: server, prefix: 10.2.0.0/24, vlan: 20}\n"               \
	"  snat:\n"                                                           \
	"    - {address: 10.2.0.2, vlan: 10}\n"                               \
	"    - {address: 10.2.0.2, vlan: 20}\n"                               \
	"profiles: [{name: small, mss: 900, timeouts: {tcp_syn_s: 7}}]\n"     \
	"services:\n"                                                         \
	"  - {name: a, vip: 10.1.0.10, port: 80, vlan: 10, backends: [\n"     \
	"      {address: 10.2.0.11, vlan: 10},\n"                             \
	"      {address: 10.2.0.11, vlan: 20}]}\n"                            \
	"  - {name: b, vip: 10.1.0.10, port: 80, vlan: 20, profile: small,\n" \
	"     backends: [{address: 10.2.0.11, vlan: 20}]}\n"

static void services_are_found(void **state)
{
	struct snapshot *s =
		support_snapshot(YAML_FLEET YAML_NETWORK YAML_SERVICES);
	struct address v4 = support_address("10.1.0.10");
	struct address v6 = support_address("fd01::10");
	struct address other = support_address("10.1.0.11");

	assert_string_equal(snapshot_service(s, &v4, 0, IPPROTO_TCP, 80)->name,
			    "web");
	assert_string_equal(snapshot_service(s, &v4, 0, IPPROTO_TCP, 443)->name,
			    "tls");
	assert_string_equal(snapshot_service(s, &v4, 0, IPPROTO_UDP, 53)->name,
			    "dns");
	assert_string_equal(snapshot_service(s, &v6, 0, IPPROTO_TCP, 80)->name,
			    "web6");
	assert_null(snapshot_service(s, &v4, 0, IPPROTO_UDP, 80));
	assert_null(snapshot_service(s, &v4, 0, IPPROTO_TCP, 53));
	assert_null(snapshot_service(s, &v4, 7, IPPROTO_TCP, 80));
	assert_null(snapshot_service(s, &other, 0, IPPROTO_TCP, 80));
	free(s);
}

static void any_port_comes_second(void **state)
{
	struct config *c =
		support_config(YAML_FLEET YAML_NETWORK YAML_SERVICES);
	struct address v4 = support_address("10.1.0.10");
	struct snapshot *s;

	c->services[1].port = 0;
	s = support_compile(c);
	assert_string_equal(snapshot_service(s, &v4, 0, IPPROTO_TCP, 80)->name,
			    "web");
	assert_string_equal(snapshot_service(s, &v4, 0, IPPROTO_TCP, 81)->name,
			    "tls");
	assert_null(snapshot_service(s, &v4, 0, IPPROTO_UDP, 81));
	free(s);
	free(c);
}

static void addresses_are_ours(void **state)
{
	struct snapshot *s =
		support_snapshot(YAML_FLEET YAML_NETWORK YAML_SERVICES);
	struct address vip = support_address("10.1.0.10");
	struct address snat = support_address("10.2.0.2");
	const struct snap_address *a;

	/* two VIPs and two SNAT addresses, though four services */
	assert_int_equal(s->n_addresses, 4);
	a = snapshot_address(s, &vip, SIDE_CLIENT, 0);
	assert_non_null(a);
	assert_int_equal(a->kind, ADDRESS_VIP);
	assert_null(snapshot_address(s, &vip, SIDE_SERVER, 0));
	a = snapshot_address(s, &snat, SIDE_SERVER, 0);
	assert_non_null(a);
	assert_int_equal(a->kind, ADDRESS_SNAT);
	assert_null(snapshot_address(s, &snat, SIDE_SERVER, 7));
	assert_null(snapshot_address(s, &snat, SIDE_CLIENT, 0));
	free(s);
}

/* In full tables, where the probe sequences cross. */
static void keys_do_not_mix(void **state)
{
	struct config *c =
		support_config(YAML_FLEET YAML_NETWORK YAML_SERVICES);
	struct snapshot *s;

	for (int i = 10; i < 200; i++) {
		struct address a = { 4, { 10, 1, 0, i } };

		for (int k = 0; k < 3; k++)
			c->services[k].vip = a;
		s = support_compile(c);
		assert_non_null(snapshot_address(s, &a, SIDE_CLIENT, 0));
		assert_null(snapshot_address(s, &a, SIDE_SERVER, 0));
		assert_null(snapshot_address(s, &a, SIDE_CLIENT, i));
		assert_non_null(snapshot_service(s, &a, 0, IPPROTO_TCP, 80));
		assert_null(snapshot_service(s, &a, 0, IPPROTO_UDP, 80));
		assert_null(snapshot_service(s, &a, i, IPPROTO_TCP, 80));
		assert_null(snapshot_service(s, &a, 0, IPPROTO_TCP, 1000 + i));
		free(s);
	}
	free(c);
}

static void tenants_overlap(void **state)
{
	struct snapshot *s = support_snapshot(YAML_FLEET YAML_TENANTS);
	struct address vip = support_address("10.1.0.10");
	const struct snap_address *a =
		snapshot_address(s, &vip, SIDE_CLIENT, 10);
	const struct snap_address *b =
		snapshot_address(s, &vip, SIDE_CLIENT, 20);

	assert_string_equal(
		snapshot_service(s, &vip, 10, IPPROTO_TCP, 80)->name, "a");
	assert_string_equal(
		snapshot_service(s, &vip, 20, IPPROTO_TCP, 80)->name, "b");
	assert_null(snapshot_service(s, &vip, 0, IPPROTO_TCP, 80));
	assert_non_null(a);
	assert_non_null(b);
	assert_int_not_equal(a->slot, b->slot);
	free(s);
}

static void mss_of_each_side(void **state)
{
	struct snapshot *s = support_snapshot(YAML_FLEET YAML_TENANTS);
	const struct snap_service *v =
		snap_array(s, services, struct snap_service);
	const struct snap_backend *b =
		snap_array(s, backends, struct snap_backend);

	assert_int_equal(v[0].mss_client.mss, 1360);
	assert_int_equal(v[0].mss_client.rule, MSS_VLAN_MTU);
	assert_int_equal(v[0].mss_server.mss, 1000); /* the lower of the two */
	assert_int_equal(v[0].mss_server.rule, MSS_VLAN_MSS);
	assert_int_equal(b[0].mss.mss, 1000);
	assert_int_equal(b[1].mss.mss, 1460);
	assert_int_equal(v[1].mss_client.mss, 900);
	assert_int_equal(v[1].mss_client.rule, MSS_PROFILE);
	assert_int_equal(b[2].mss.mss, 900);
	assert_int_equal(v[1].tcp_syn_ms, 7000);
	assert_int_equal(v[0].tcp_syn_ms, CONFIG_TCP_SYN_S * 1000);
	assert_int_equal(v[1].udp_ms, CONFIG_UDP_S * 1000);
	free(s);
}

static void mtu_of_vlans(void **state)
{
	struct snapshot *s = support_snapshot(YAML_FLEET YAML_TENANTS);

	assert_int_equal(snapshot_mtu(s, SIDE_CLIENT, 0), 1500);
	assert_int_equal(snapshot_mtu(s, SIDE_CLIENT, 10), 1400);
	assert_int_equal(snapshot_mtu(s, SIDE_SERVER, 10), 1500);
	/* a subnet makes the VLAN known; more than the port's is not possible */
	assert_int_equal(snapshot_mtu(s, SIDE_CLIENT, 20), 1500);
	assert_int_equal(snapshot_mtu(s, SIDE_SERVER, 20), 1500);
	assert_int_equal(snapshot_mtu(s, SIDE_SERVER, 30), 0);
	free(s);
}

static void longest_prefix_wins(void **state)
{
	struct snapshot *s = support_snapshot(
		YAML_FLEET
		"network:\n"
		"  subnets:\n"
		"    - {side: client, prefix: 10.1.0.0/24}\n"
		"    - {side: client, prefix: 10.1.0.0/24, vlan: 7}\n"
		"  routes:\n"
		"    - {prefix: 0.0.0.0/0, via: 10.1.0.1, side: client}\n"
		"    - {prefix: 10.9.9.0/24, via: 10.1.0.3, side: client}\n"
		"    - {prefix: 10.9.0.0/16, via: 10.1.0.2, side: client}\n"
		"    - {prefix: 10.9.0.0/16, via: 10.1.0.9, side: client, vlan: 7}\n"
		"services: []\n");
	static const struct {
		const char *to, *via;
		uint16_t vlan;
	} cases[] = {
		{ "10.9.9.9", "10.1.0.3", 0 },	  { "10.9.8.1", "10.1.0.2", 0 },
		{ "203.0.113.1", "10.1.0.1", 0 }, { "10.1.0.77", "-", 0 },
		{ "10.9.9.9", "10.1.0.9", 7 },	  { "10.1.0.77", "-", 7 },
	};
	struct address to = support_address("203.0.113.1");
	char text[ADDRESS_TEXT];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct address a = support_address(cases[i].to);
		const struct snap_route *r =
			snapshot_route(s, SIDE_CLIENT, cases[i].vlan, &a);

		assert_non_null(r);
		assert_string_equal(address_text(&r->via, text), cases[i].via);
	}
	assert_null(snapshot_route(s, SIDE_CLIENT, 7, &to));
	assert_null(snapshot_route(s, SIDE_SERVER, 0, &to));
	free(s);
}

static void backends_carry_their_service(void **state)
{
	struct snapshot *s =
		support_snapshot(YAML_FLEET YAML_NETWORK YAML_SERVICES);
	const struct snap_backend *b =
		snap_array(s, backends, struct snap_backend);

	assert_int_equal(s->n_backends, 4);
	assert_string_equal(b[1].name, "10.2.0.12:8080");
	assert_int_equal(b[1].service, 0);
	assert_int_equal(b[2].service, 2);
	assert_string_equal(b[3].name, "[fd02::11]:80");
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(b[i].slot, i);
		assert_true(b[i].usable);
	}
	free(s);
}

/* What cannot work, and words that the refusal must have. */
static const struct {
	const char *yaml, *words[3];
} refusals[] = {
	{ YAML_FLEET YAML_NETWORK
	  "services: [{name: web, vip: 10.1.0.10, port: 80,\n"
	  " backends: [{address: 10.3.0.1}]}]\n",
	  { "web", "10.3.0.1", "network.routes" } },
	{ YAML_FLEET YAML_NETWORK
	  "services: [{name: web, vip: 10.1.0.10, port: 80,\n"
	  " backends: [{address: 10.2.0.11, vlan: 5}]}]\n",
	  { "web", "10.2.0.11", "VLAN 5" } },
	{ YAML_FLEET YAML_NETWORK
	  "services: [{name: web, vip: 10.1.0.10, port: 80, vlan: 9,\n"
	  " backends: []}]\n",
	  { "web", "client side", "VLAN 9" } },
	{ YAML_FLEET "network:\n"
		     "  subnets:\n"
		     "    - {side: client, prefix: 'fd01::/64'}\n"
		     "    - {side: server, prefix: 'fd02::/64'}\n"
		     "    - {side: server, prefix: 10.2.0.0/24}\n"
		     "  snat: [10.2.0.2]\n"
		     "services: [{name: web, vip: 'fd01::10', port: 80,\n"
		     " backends: [{address: 'fd02::11'}]}]\n",
	  { "web", "network.snat", "IPv6" } },
	{ YAML_FLEET
	  "network: {subnets: [{side: client, prefix: 10.1.0.0/24}],\n"
	  " snat: [10.1.0.2]}\n"
	  "services: []\n",
	  { "10.1.0.2", "server side", "network.subnets" } },
	{ YAML_FLEET
	  "network: {subnets: [{side: client, prefix: 10.1.0.0/24}],\n"
	  " routes: [{prefix: 0.0.0.0/0, via: 10.5.0.1, side: client}]}\n"
	  "services: []\n",
	  { "0.0.0.0/0", "10.5.0.1", "no subnet" } },
	{ YAML_FLEET
	  "network: {subnets: [{side: client, prefix: 10.1.0.0/24},\n"
	  " {side: client, prefix: 10.1.0.0/24}]}\n"
	  "services: []\n",
	  { "10.1.0.0/24", "client", "twice" } },
	/* IPv6 on a link below its minimum, by the port and by the VLAN */
	{ "fleet: {ports: {client: {provider: ring, mtu: 1279},\n"
	  " server: {provider: ring}}}\n" YAML_NETWORK "services: []\n",
	  { "fd01::/64", "client", "1280 (RFC 8200" } },
	{ YAML_FLEET "network:\n"
		     "  vlans: [{side: server, id: 7, mtu: 1000}]\n"
		     "  subnets:\n"
		     "    - {side: server, prefix: 'fd02::/64', vlan: 7}\n"
		     "services: []\n",
	  { "fd02::/64", "VLAN 7", "is 1000" } },
	/* 127 - 40 is below the floor */
	{ "fleet: {ports: {client: {provider: ring, mtu: 127},\n"
	  " server: {provider: ring}}}\n"
	  "network: {subnets: [{side: client, prefix: 10.1.0.0/24}]}\n"
	  "services: [{name: four, vip: 10.1.0.10, port: 80, backends: []}]\n",
	  { "four", "interface-mtu", "88" } },
	{ YAML_FLEET "network:\n"
		     "  vlans: [{side: server, id: 7, mtu: 100}]\n"
		     "  subnets:\n"
		     "    - {side: client, prefix: 10.1.0.0/24}\n"
		     "    - {side: server, prefix: 10.2.0.0/24, vlan: 7}\n"
		     "  snat: [{address: 10.2.0.2, vlan: 7}]\n"
		     "services: [{name: web, vip: 10.1.0.10, port: 80,\n"
		     " backends: [{address: 10.2.0.11, vlan: 7}]}]\n",
	  { "web", "vlan-mtu", "server" } },
};

static void what_cannot_work_is_refused(void **state)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		struct config *c = support_config(refusals[i].yaml);
		size_t bytes = (snapshot_bytes(c) + 63) & ~(size_t)63;
		void *block = aligned_alloc(64, bytes);
		char err[256] = "";

		assert_non_null(block);
		if (snapshot_build(c, 1, block, bytes, err, sizeof(err)))
			fail_msg("case %zu was accepted", i);
		for (int k = 0; k < 3; k++) {
			if (!strstr(err, refusals[i].words[k]))
				fail_msg("case %zu: no \"%s\" in: %s", i,
					 refusals[i].words[k], err);
		}
		free(block);
		free(c);
	}
}

static void same_service_twice_is_refused(void **state)
{
	struct config *c =
		support_config(YAML_FLEET YAML_NETWORK YAML_SERVICES);
	size_t bytes = (snapshot_bytes(c) + 63) & ~(size_t)63;
	void *block = aligned_alloc(64, bytes);
	char err[256] = "";

	assert_non_null(block);
	c->services[1].port = 80;
	assert_false(snapshot_build(c, 1, block, bytes, err, sizeof(err)));
	assert_non_null(strstr(err, "\"web\" and \"tls\""));
	free(block);
	free(c);
}

static void too_little_room_is_refused(void **state)
{
	struct config *c =
		support_config(YAML_FLEET YAML_NETWORK YAML_SERVICES);
	size_t bytes = snapshot_bytes(c);
	uint64_t block[8] = { 0 }, untouched[8] = { 0 };
	char err[256] = "";

	assert_false(snapshot_build(c, 1, block, bytes - 1, err, sizeof(err)) ||
		     memcmp(block, untouched, sizeof(block)));
	assert_non_null(strstr(err, "shared memory"));
	free(c);
}

static void fill_largest(struct config *c)
{
	c->n_services = CONFIG_SERVICES;
	c->n_backends = CONFIG_BACKENDS;
	for (unsigned i = 0; i < CONFIG_SERVICES; i++) {
		struct config_service *v = &c->services[i];

		*v = c->services[0];
		v->port = 1000 + i;
		v->slot = i;
		v->scheduler = i % 3;
		v->first_backend = i * 3;
		v->n_backends = 3;
	}
	/* the rest belongs to the last one, with the heaviest weights */
	c->services[CONFIG_SERVICES - 1].n_backends =
		CONFIG_BACKENDS - 3 * (CONFIG_SERVICES - 1);
	for (unsigned i = 0; i < CONFIG_BACKENDS; i++) {
		struct config_backend *b = &c->backends[i];

		*b = c->backends[0];
		b->port = 1000 + i;
		b->slot = i;
		b->weight = 256 - i % 2;
	}
}

/* The largest configuration fits the room that is promised for all. */
static void largest_fits(void **state)
{
	static const enum scheduler last[] = { SCHEDULER_MAGLEV, SCHEDULER_WRR,
					       SCHEDULER_LC };
	struct config *c =
		support_config(YAML_FLEET YAML_NETWORK YAML_SERVICES);

	fill_largest(c);
	for (int i = 0; i < 3; i++) {
		struct snapshot *s;

		c->services[CONFIG_SERVICES - 1].scheduler = last[i];
		assert_true(snapshot_bytes(c) <= SNAPSHOT_BYTES_MAX);
		s = support_compile(c);
		assert_true(s->bytes <= snapshot_bytes(c));
		for (unsigned k = 0; k < CONFIG_SERVICES; k++) {
			const struct config_service *v = &c->services[k];

			assert_non_null(snapshot_service(s, &v->vip, 0,
							 IPPROTO_TCP, v->port));
		}
		free(s);
	}
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_are_found),
		cmocka_unit_test(any_port_comes_second),
		cmocka_unit_test(addresses_are_ours),
		cmocka_unit_test(keys_do_not_mix),
		cmocka_unit_test(tenants_overlap),
		cmocka_unit_test(mss_of_each_side),
		cmocka_unit_test(mtu_of_vlans),
		cmocka_unit_test(longest_prefix_wins),
		cmocka_unit_test(backends_carry_their_service),
		cmocka_unit_test(what_cannot_work_is_refused),
		cmocka_unit_test(same_service_twice_is_refused),
		cmocka_unit_test(too_little_room_is_refused),
		cmocka_unit_test(largest_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
