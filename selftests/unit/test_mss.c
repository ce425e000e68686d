// SPDX-License-Identifier: BSD-3-Clause
/* test_mss.c - which MSS wins, and by which rule */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mss.h"

static const struct {
	struct mss_input in; /* interface MTU, VLAN MTU, VLAN MSS, profile,
				family, encap, learned, path MTU */
	uint16_t mss;
	enum mss_rule rule;
} cases[] = {
	{ { 1500, 0, 0, 0, 4 }, 1460, MSS_INTERFACE_MTU },
	{ { 1500, 0, 0, 0, 6 }, 1440, MSS_INTERFACE_MTU },
	{ { 9216, 9000, 0, 0, 4 }, 8960, MSS_VLAN_MTU },
	{ { 9216, 9000, 0, 8960, 6 }, 8940, MSS_VLAN_MTU },
	{ { 9216, 1500, 0, 8960, 4 }, 1460, MSS_VLAN_MTU },
	{ { 1500, 9000, 0, 8960, 4 }, 1460, MSS_INTERFACE_MTU },
	{ { 9216, 9000, 4000, 0, 4 }, 4000, MSS_VLAN_MSS },
	{ { 9216, 9000, 0, 1000, 4 }, 1000, MSS_PROFILE },
	{ { 1500, 500, 0, 0, 4 }, 460, MSS_VLAN_MTU },
	/* equal changes nothing */
	{ { 1500, 1500, 0, 1460, 4 }, 1460, MSS_INTERFACE_MTU },
	{ { 9216, 1500, 1460, 1460, 4 }, 1460, MSS_VLAN_MTU },
	{ { 9216, 9000, 1000, 1000, 6 }, 1000, MSS_VLAN_MSS },
	/* each may be the lowest whatever the others say */
	{ { 9216, 9000, 4000, 500, 6 }, 500, MSS_PROFILE },
	{ { 9216, 1000, 4000, 2000, 6 }, 940, MSS_VLAN_MTU },
	/* one byte on either side of a tie, each rule */
	{ { 1500, 1499, 0, 0, 4 }, 1459, MSS_VLAN_MTU },
	{ { 1500, 1501, 0, 0, 4 }, 1460, MSS_INTERFACE_MTU },
	{ { 1500, 0, 1459, 0, 4 }, 1459, MSS_VLAN_MSS },
	{ { 1500, 0, 1461, 0, 4 }, 1460, MSS_INTERFACE_MTU },
	{ { 1500, 0, 1460, 0, 4 }, 1460, MSS_INTERFACE_MTU },
	{ { 1500, 0, 0, 1459, 4 }, 1459, MSS_PROFILE },
	{ { 1500, 0, 0, 1461, 4 }, 1460, MSS_INTERFACE_MTU },
	{ { 1500, 0, 1400, 1400, 4 }, 1400, MSS_VLAN_MSS },
	{ { 1500, 0, 1400, 1399, 4 }, 1399, MSS_PROFILE },
	{ { 1500, 1440, 1400, 1401, 4 }, 1400, MSS_VLAN_MTU },
	{ { 1500, 0, 0, 1440, 6 }, 1440, MSS_INTERFACE_MTU },
	{ { 1500, 0, 0, 1460, 6 }, 1440, MSS_INTERFACE_MTU },
	{ { 1500, 1500, 1440, 1440, 6 }, 1440, MSS_INTERFACE_MTU },
	/* jumbo frames, and the smallest links of both families */
	{ { 9216, 0, 0, 0, 4 }, 9176, MSS_INTERFACE_MTU },
	{ { 9216, 0, 0, 0, 6 }, 9156, MSS_INTERFACE_MTU },
	{ { 9216, 0, 0, 9216, 4 }, 9176, MSS_INTERFACE_MTU },
	{ { 9000, 0, 0, 0, 4 }, 8960, MSS_INTERFACE_MTU },
	{ { 9000, 0, 0, 0, 6 }, 8940, MSS_INTERFACE_MTU },
	{ { 9216, 9216, 9176, 9176, 4 }, 9176, MSS_INTERFACE_MTU },
	{ { 1280, 0, 0, 0, 6 }, 1220, MSS_INTERFACE_MTU },
	{ { 576, 0, 0, 0, 4 }, 536, MSS_INTERFACE_MTU },
	{ { 128, 0, 0, 0, 4 }, MSS_FLOOR, MSS_INTERFACE_MTU },
	{ { 68, 0, 0, 0, 4 }, 28, MSS_INTERFACE_MTU },
	/* learned from the servers: client side, after the profile */
	{ { 1500, 0, 0, 0, 4, 0, 1400 }, 1400, MSS_LEARNED },
	{ { 1500, 0, 0, 0, 4, 0, 1460 }, 1460, MSS_INTERFACE_MTU },
	{ { 1500, 0, 0, 0, 4, 0, 8960 }, 1460, MSS_INTERFACE_MTU },
	{ { 1500, 0, 0, 1400, 4, 0, 1400 }, 1400, MSS_PROFILE },
	{ { 1500, 0, 0, 1300, 4, 0, 1400 }, 1300, MSS_PROFILE },
	{ { 1500, 0, 0, 1400, 4, 0, 1300 }, 1300, MSS_LEARNED },
	{ { 9000, 0, 0, 0, 6, 0, 1440 }, 1440, MSS_LEARNED },
	/* tunnels: their headers come off the MTU, not off a configured MSS */
	{ { 1500, 0, 0, 0, 4, 20 }, 1440, MSS_ENCAP },
	{ { 1500, 0, 0, 0, 4, 32 }, 1428, MSS_ENCAP },
	{ { 1500, 0, 0, 0, 6, 40 }, 1400, MSS_ENCAP },
	{ { 1500, 0, 0, 0, 6, 52 }, 1388, MSS_ENCAP },
	{ { 9000, 1500, 0, 0, 4, 20 }, 1440, MSS_ENCAP },
	{ { 1500, 9000, 0, 0, 4, 20 }, 1440, MSS_ENCAP },
	{ { 1500, 0, 0, 1440, 4, 20 }, 1440, MSS_PROFILE },
	{ { 1500, 0, 1400, 0, 4, 20 }, 1400, MSS_VLAN_MSS },
	{ { 1500, 0, 1441, 0, 4, 20 }, 1440, MSS_ENCAP },
	/* learned path MTU */
	{ { 1500, 0, 0, 0, 4, 0, 0, 1400 }, 1360, MSS_PATH_MTU },
	{ { 1500, 0, 0, 0, 6, 0, 0, 1400 }, 1340, MSS_PATH_MTU },
	{ { 1500, 0, 0, 0, 4, 0, 0, 1500 }, 1460, MSS_INTERFACE_MTU },
	{ { 1500, 0, 0, 0, 4, 0, 0, 9000 }, 1460, MSS_INTERFACE_MTU },
	{ { 1500, 0, 0, 0, 4, 20, 0, 1400 }, 1340, MSS_PATH_MTU },
	{ { 1500, 0, 0, 1360, 4, 0, 0, 1400 }, 1360, MSS_PROFILE },
	{ { 1500, 0, 0, 1000, 4, 0, 0, 1400 }, 1000, MSS_PROFILE },
	/* an ICMP error cannot push it below what the family guarantees */
	{ { 1500, 0, 0, 0, 6, 0, 0, 600 }, 1220, MSS_PATH_MTU },
	{ { 1500, 0, 0, 0, 4, 0, 0, 68 }, MSS_FLOOR, MSS_PATH_MTU },
	{ { 1500, 0, 0, 0, 4, 0, 0, 1 }, MSS_FLOOR, MSS_PATH_MTU },
	{ { 1500, 0, 0, 0, 4, 0, 0, 128 }, MSS_FLOOR, MSS_PATH_MTU },
	{ { 1500, 0, 0, 0, 4, 0, 0, 129 }, 89, MSS_PATH_MTU },
	/* an MTU that does not hold the headers */
	{ { 30, 0, 0, 0, 4 }, 0, MSS_INTERFACE_MTU },
	{ { 1500, 60, 0, 0, 6 }, 0, MSS_VLAN_MTU },
	{ { 1500, 60, 0, 0, 4, 40 }, 0, MSS_ENCAP },
};

static void table(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct mss_result r = mss_compute(&cases[i].in);

		if (r.mss != cases[i].mss || r.rule != cases[i].rule)
			fail_msg("case %zu: %u by %s", i, r.mss,
				 mss_rule_names[r.rule]);
	}
}

/* Rows and answers of a few lines of Python that know nothing of mss.c. */
static void oracle(void **state)
{
	FILE *rows = popen("/usr/bin/python3 " ORACLE " 20260 20000", "r");
	unsigned n = 0, by_rule[MSS_RULES] = { 0 };
	struct mss_input in;
	char rule[32];
	uint16_t mss;

	assert_non_null(rows);
	while (fscanf(rows, "%hu %hu %hu %hu %hhu %hhu %hu %hu %hu %31s",
		      &in.interface_mtu, &in.vlan_mtu, &in.vlan_mss,
		      &in.profile_mss, &in.family, &in.encap, &in.learned_mss,
		      &in.path_mtu, &mss, rule) == 10) {
		struct mss_result r = mss_compute(&in);

		if (r.mss != mss || strcmp(mss_rule_names[r.rule], rule))
			fail_msg("%u %u %u %u IPv%u %u %u %u: %u by %s, not "
				 "%u by %s",
				 in.interface_mtu, in.vlan_mtu, in.vlan_mss,
				 in.profile_mss, in.family, in.encap,
				 in.learned_mss, in.path_mtu, r.mss,
				 mss_rule_names[r.rule], mss, rule);
		by_rule[r.rule]++;
		n++;
	}
	assert_int_equal(pclose(rows), 0);
	assert_int_equal(n, 20000);
	for (unsigned i = 0; i < MSS_RULES; i++)
		assert_true(by_rule[i] > 100);
}

/* Every value with every rule survives the flow record. */
static void packing(void **state)
{
	for (unsigned mss = 0; mss <= MTU_MAX; mss++) {
		for (unsigned rule = 0; rule < MSS_RULES; rule++) {
			struct mss_result r = { mss, rule };
			struct mss_result back = mss_unpack(mss_pack(r));

			assert_true(back.mss == mss && back.rule == rule);
		}
	}
}

static void encap_bytes(void **state)
{
	assert_int_equal(mss_encap_bytes(MSS_ENCAP_NONE, 4), 0);
	assert_int_equal(mss_encap_bytes(MSS_ENCAP_IPIP, 4), 20);
	assert_int_equal(mss_encap_bytes(MSS_ENCAP_IPIP, 6), 40);
	assert_int_equal(mss_encap_bytes(MSS_ENCAP_GUE, 4), 32);
	assert_int_equal(mss_encap_bytes(MSS_ENCAP_GUE, 6), 52);
}

static void names(void **state)
{
	assert_string_equal(mss_rule_names[MSS_INTERFACE_MTU], "interface-mtu");
	assert_string_equal(mss_rule_names[MSS_VLAN_MTU], "vlan-mtu");
	assert_string_equal(mss_rule_names[MSS_VLAN_MSS], "vlan-mss");
	assert_string_equal(mss_rule_names[MSS_PROFILE], "profile");
	assert_string_equal(mss_rule_names[MSS_LEARNED], "learned");
	assert_string_equal(mss_rule_names[MSS_ENCAP], "encap");
	assert_string_equal(mss_rule_names[MSS_PATH_MTU], "path-mtu");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),   cmocka_unit_test(oracle),
		cmocka_unit_test(packing), cmocka_unit_test(encap_bytes),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
