// SPDX-License-Identifier: BSD-3-Clause
/* mss.c - the MSS rule: interface, VLAN, profile, each only lowering */
#include "mss.h"

/* IP and TCP headers without options, bytes (RFC 9293 3.7.1, RFC 8200 8.3). */
#define HEADERS4 40
#define HEADERS6 60

const char *const mss_rule_names[MSS_RULES] = {
	[MSS_INTERFACE_MTU] = "interface-mtu",
	[MSS_VLAN_MTU] = "vlan-mtu",
	[MSS_VLAN_MSS] = "vlan-mss",
	[MSS_PROFILE] = "profile",
	[MSS_ENCAP] = "encap",
	[MSS_PATH_MTU] = "path-mtu",
};

static uint16_t mss_of_mtu(uint16_t mtu, uint8_t family)
{
	uint16_t headers = family == 6 ? HEADERS6 : HEADERS4;

	return mtu > headers ? mtu - headers : 0;
}

static void lower(struct mss_result *r, uint16_t mss, enum mss_rule rule)
{
	if (mss < r->mss)
		*r = (struct mss_result){ mss, rule };
}

struct mss_result mss_compute(const struct mss_input *in)
{
	struct mss_result r = { mss_of_mtu(in->interface_mtu, in->family),
				MSS_INTERFACE_MTU };

	if (in->vlan_mtu)
		lower(&r, mss_of_mtu(in->vlan_mtu, in->family), MSS_VLAN_MTU);
	if (in->vlan_mss)
		lower(&r, in->vlan_mss, MSS_VLAN_MSS);
	if (in->profile_mss)
		lower(&r, in->profile_mss, MSS_PROFILE);
	return r;
}
