// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	specs/vfleet.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "nl_policy.h"

#include <uapi/linux/vfleet.h>

/* Common nested types */
const struct nla_policy vfleet_tuning_nl_policy[VFL_A_TUNING_LINK_STATE + 1] = {
	[VFL_A_TUNING_MAC] = NLA_POLICY_EXACT_LEN(6),
	[VFL_A_TUNING_VLAN] = NLA_POLICY_MAX(NLA_U16, 4094),
	[VFL_A_TUNING_QOS] = NLA_POLICY_MAX(NLA_U8, 7),
	[VFL_A_TUNING_VLAN_PROTO] = { .type = NLA_U16, },
	[VFL_A_TUNING_MIN_TX_RATE] = { .type = NLA_U32, },
	[VFL_A_TUNING_MAX_TX_RATE] = { .type = NLA_U32, },
	[VFL_A_TUNING_SPOOFCHK] = NLA_POLICY_MAX(NLA_U8, 1),
	[VFL_A_TUNING_TRUST] = NLA_POLICY_MAX(NLA_U8, 1),
	[VFL_A_TUNING_LINK_STATE] = NLA_POLICY_MAX(NLA_U8, 2),
};

/* VFL_CMD_PF_GET - do */
const struct nla_policy vfleet_pf_get_nl_policy[VFL_A_PF_PCI_NAME + 1] = {
	[VFL_A_PF_PCI_NAME] = { .type = NLA_NUL_STRING, .len = 15, },
};

/* VFL_CMD_PF_SET - do */
const struct nla_policy vfleet_pf_set_nl_policy[VFL_A_PF_DRAIN_POLL_MS + 1] = {
	[VFL_A_PF_PCI_NAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[VFL_A_PF_NUM_VFS] = { .type = NLA_U32, },
	[VFL_A_PF_POLICY] = NLA_POLICY_MAX(NLA_U32, 2),
	[VFL_A_PF_GUARD] = NLA_POLICY_MAX(NLA_U8, 1),
	[VFL_A_PF_DRAIN_TIMEOUT_MS] = { .type = NLA_U32, },
	[VFL_A_PF_DRAIN_POLL_MS] = NLA_POLICY_RANGE(NLA_U32, 10, 1000),
	[VFL_A_PF_GENERATION] = { .type = NLA_U32, },
};

/* VFL_CMD_VF_GET - do */
const struct nla_policy vfleet_vf_get_nl_policy[VFL_A_VF_PCI_NAME + 1] = {
	[VFL_A_VF_PCI_NAME] = { .type = NLA_NUL_STRING, .len = 15, },
};

/* VFL_CMD_VF_SET - do */
const struct nla_policy vfleet_vf_set_nl_policy[VFL_A_VF_TUNING + 1] = {
	[VFL_A_VF_PCI_NAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[VFL_A_VF_GENERATION] = { .type = NLA_U32, },
	[VFL_A_VF_TUNING] = NLA_POLICY_NESTED(vfleet_tuning_nl_policy),
};

/* VFL_CMD_VF_RESET - do */
const struct nla_policy vfleet_vf_reset_nl_policy[VFL_A_VF_GENERATION + 1] = {
	[VFL_A_VF_PCI_NAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[VFL_A_VF_GENERATION] = { .type = NLA_U32, },
};

/* VFL_CMD_LEASE_ACQUIRE - do */
const struct nla_policy vfleet_lease_acquire_nl_policy[VFL_A_LEASE_TUNING + 1] = {
	[VFL_A_LEASE_PF] = { .type = NLA_NUL_STRING, .len = 15, },
	[VFL_A_LEASE_VF_INDEX] = NLA_POLICY_MAX(NLA_U32, 32767),
	[VFL_A_LEASE_GENERATION] = { .type = NLA_U32, },
	[VFL_A_LEASE_LABEL] = { .type = NLA_NUL_STRING, .len = 63, },
	[VFL_A_LEASE_TUNING] = NLA_POLICY_NESTED(vfleet_tuning_nl_policy),
};

/* VFL_CMD_LEASE_GET - do */
const struct nla_policy vfleet_lease_get_nl_policy[VFL_A_LEASE_ID + 1] = {
	[VFL_A_LEASE_ID] = { .type = NLA_U32, },
};

/* VFL_CMD_LEASE_REVOKE - do */
const struct nla_policy vfleet_lease_revoke_nl_policy[VFL_A_LEASE_ID + 1] = {
	[VFL_A_LEASE_ID] = { .type = NLA_U32, },
};

/* Ops table for vfleet */
const struct genl_ops vfleet_nl_ops[8] = {
	{
		.cmd		= VFL_CMD_PF_GET,
		.doit		= vfleet_nl_pf_get_doit,
		.dumpit		= vfleet_nl_pf_get_dumpit,
		.policy		= vfleet_pf_get_nl_policy,
		.maxattr	= VFL_A_PF_PCI_NAME,
	},
	{
		.cmd		= VFL_CMD_PF_SET,
		.doit		= vfleet_nl_pf_set_doit,
		.policy		= vfleet_pf_set_nl_policy,
		.maxattr	= VFL_A_PF_DRAIN_POLL_MS,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VFL_CMD_VF_GET,
		.doit		= vfleet_nl_vf_get_doit,
		.dumpit		= vfleet_nl_vf_get_dumpit,
		.policy		= vfleet_vf_get_nl_policy,
		.maxattr	= VFL_A_VF_PCI_NAME,
	},
	{
		.cmd		= VFL_CMD_VF_SET,
		.doit		= vfleet_nl_vf_set_doit,
		.policy		= vfleet_vf_set_nl_policy,
		.maxattr	= VFL_A_VF_TUNING,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VFL_CMD_VF_RESET,
		.doit		= vfleet_nl_vf_reset_doit,
		.policy		= vfleet_vf_reset_nl_policy,
		.maxattr	= VFL_A_VF_GENERATION,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VFL_CMD_LEASE_ACQUIRE,
		.doit		= vfleet_nl_lease_acquire_doit,
		.policy		= vfleet_lease_acquire_nl_policy,
		.maxattr	= VFL_A_LEASE_TUNING,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VFL_CMD_LEASE_GET,
		.doit		= vfleet_nl_lease_get_doit,
		.dumpit		= vfleet_nl_lease_get_dumpit,
		.policy		= vfleet_lease_get_nl_policy,
		.maxattr	= VFL_A_LEASE_ID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VFL_CMD_LEASE_REVOKE,
		.doit		= vfleet_nl_lease_revoke_doit,
		.policy		= vfleet_lease_revoke_nl_policy,
		.maxattr	= VFL_A_LEASE_ID,
		.flags		= GENL_ADMIN_PERM,
	},
};

static const struct genl_multicast_group vfleet_nl_mcgrps[] = {
	[VFLEET_NLGRP_EVENTS] = { "events", },
};
