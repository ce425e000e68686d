// SPDX-License-Identifier: BSD-3-Clause
/* test_mss.c - which MSS wins, and by which rule */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mss.h"

static const struct {
	struct mss_input in; /* interface MTU, VLAN MTU, VLAN MSS, profile */
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
	/* an MTU that does not hold the headers */
	{ { 30, 0, 0, 0, 4 }, 0, MSS_INTERFACE_MTU },
	{ { 1500, 60, 0, 0, 6 }, 0, MSS_VLAN_MTU },
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

static void names(void **state)
{
	assert_string_equal(mss_rule_names[MSS_INTERFACE_MTU], "interface-mtu");
	assert_string_equal(mss_rule_names[MSS_VLAN_MTU], "vlan-mtu");
	assert_string_equal(mss_rule_names[MSS_VLAN_MSS], "vlan-mss");
	assert_string_equal(mss_rule_names[MSS_PROFILE], "profile");
	assert_string_equal(mss_rule_names[MSS_ENCAP], "encap");
	assert_string_equal(mss_rule_names[MSS_PATH_MTU], "path-mtu");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
