// SPDX-License-Identifier: BSD-3-Clause
/* snapshot_mss.c - MTUs and MSS of a configuration: what works, and with which value */
#include "fabric.h"
#include "snapshot_build.h"

struct mss_input snapshot_mss_input(const struct config *c,
				    const struct config_service *s,
				    uint8_t side, uint16_t vlan)
{
	const struct config_vlan *v = build_find_vlan(c, side, vlan);
	bool has_profile = s->profile < c->n_profiles;

	return (struct mss_input){
		.interface_mtu = c->ports[side].mtu,
		.vlan_mtu = v ? v->mtu : 0,
		.vlan_mss = v ? v->mss : 0,
		.profile_mss = has_profile ? c->profiles[s->profile].mss : 0,
		.family = s->vip.family,
		/* What servers say is told to clients. */
		.learned_mss = side == SIDE_CLIENT ? s->learned_mss : 0,
	};
}

struct mss_result build_mss(const struct build *b,
			    const struct config_service *s, uint8_t side,
			    uint16_t vlan)
{
	struct mss_input in = snapshot_mss_input(b->config, s, side, vlan);

	return mss_compute(&in);
}

bool build_mss_allowed(const struct build *b, const char *service, uint8_t side,
		       struct mss_result r)
{
	if (r.mss >= MSS_FLOOR)
		return true;
	return build_refuse(
		b,
		"service \"%s\": MSS %u of the %s side (rule %s) is "
		"below the floor of %u; raise that MTU or MSS",
		service, r.mss, build_side_names[side], mss_rule_names[r.rule],
		MSS_FLOOR);
}

/* Routes, SNAT addresses and backends all need a subnet of their family. */
bool build_check_mtus(const struct build *b)
{
	const struct config *c = b->config;
	char text[ADDRESS_TEXT];

	for (unsigned i = 0; i < c->n_subnets; i++) {
		const struct config_subnet *n = &c->subnets[i];
		uint16_t mtu = snapshot_mtu(b->snap, n->side, n->vlan);

		if (n->prefix.address.family == 6 && mtu < MTU_MIN6)
			return build_refuse(
				b,
				"subnet %s/%u is on the %s side, VLAN %u, whose "
				"MTU is %u; IPv6 needs %u (RFC 8200, 5), so raise "
				"the MTU of the port or VLAN",
				address_text(&n->prefix.address, text),
				n->prefix.length, build_side_names[n->side],
				n->vlan, mtu, MTU_MIN6);
	}
	return true;
}
