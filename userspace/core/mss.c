// SPDX-License-Identifier: BSD-3-Clause
/* mss.c - the MSS rule: interface, VLAN, profile, tunnel, path; each only lowering */
#include "mss.h"

/* IP and TCP headers without options, bytes (RFC 9293 3.7.1, RFC 8200 8.3). */
#define HEADERS4    40
#define HEADERS6    60
#define GUE_HEADERS 12 /* UDP and GUE */

const char *const mss_rule_names[MSS_RULES] = {
	[MSS_INTERFACE_MTU] = "interface-mtu",
	[MSS_VLAN_MTU] = "vlan-mtu",
	[MSS_VLAN_MSS] = "vlan-mss",
	[MSS_PROFILE] = "profile",
	[MSS_LEARNED] = "learned",
	[MSS_ENCAP] = "encap",
	[MSS_PATH_MTU] = "path-mtu",
};

const char *const mss_change_names[MSS_CHANGES] = {
	[MSS_KEPT] = "untouched",
	[MSS_CLAMPED] = "clamped",
	[MSS_INSERTED] = "inserted",
	[MSS_BROKEN] = "malformed",
};

static uint16_t mss_of_mtu(uint16_t mtu, uint16_t encap, uint8_t family)
{
	uint16_t headers = (family == 6 ? HEADERS6 : HEADERS4) + encap;

	return mtu > headers ? mtu - headers : 0;
}

static void lower(struct mss_result *r, uint16_t mss, enum mss_rule rule)
{
	if (mss < r->mss)
		*r = (struct mss_result){ mss, rule };
}

uint8_t mss_encap_bytes(enum mss_encap encap, uint8_t outer_family)
{
	uint8_t outer = outer_family == 6 ? 40 : 20;

	if (encap == MSS_ENCAP_NONE)
		return 0;
	return encap == MSS_ENCAP_GUE ? outer + GUE_HEADERS : outer;
}

struct mss_result mss_lower_to_path(struct mss_result r, uint16_t path_mtu,
				    uint8_t encap, uint8_t family)
{
	uint16_t least = family == 6 ? MTU_MIN6 : MTU_MIN4, mss;

	if (!path_mtu)
		return r;
	mss = mss_of_mtu(path_mtu > least ? path_mtu : least, encap, family);
	lower(&r, mss > MSS_FLOOR ? mss : MSS_FLOOR, MSS_PATH_MTU);
	return r;
}

struct mss_result mss_compute(const struct mss_input *in)
{
	uint16_t mtu = in->interface_mtu;
	struct mss_result r = { mss_of_mtu(mtu, 0, in->family),
				MSS_INTERFACE_MTU };

	if (in->vlan_mtu && in->vlan_mtu < mtu) {
		mtu = in->vlan_mtu;
		lower(&r, mss_of_mtu(mtu, 0, in->family), MSS_VLAN_MTU);
	}
	if (in->vlan_mss)
		lower(&r, in->vlan_mss, MSS_VLAN_MSS);
	if (in->profile_mss)
		lower(&r, in->profile_mss, MSS_PROFILE);
	if (in->learned_mss)
		lower(&r, in->learned_mss, MSS_LEARNED);
	if (in->encap)
		lower(&r, mss_of_mtu(mtu, in->encap, in->family), MSS_ENCAP);
	return mss_lower_to_path(r, in->path_mtu, in->encap, in->family);
}
