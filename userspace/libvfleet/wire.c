// SPDX-License-Identifier: BSD-3-Clause
/* wire.c - between netlink messages and the structs of vfleet.h */
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

static struct nla_policy pf_policy[VFL_A_PF_MAX + 1] = {
	[VFL_A_PF_PCI_NAME] = { .type = NLA_STRING },
	[VFL_A_PF_DRIVER] = { .type = NLA_STRING },
	[VFL_A_PF_STATE] = { .type = NLA_U32 },
	[VFL_A_PF_IFINDEX] = { .type = NLA_U32 },
	[VFL_A_PF_TOTAL_VFS] = { .type = NLA_U32 },
	[VFL_A_PF_NUM_VFS] = { .type = NLA_U32 },
	[VFL_A_PF_FREE_VFS] = { .type = NLA_U32 },
	[VFL_A_PF_LEASED_VFS] = { .type = NLA_U32 },
	[VFL_A_PF_QUARANTINED_VFS] = { .type = NLA_U32 },
	[VFL_A_PF_TUNABLES] = { .type = NLA_U32 },
	[VFL_A_PF_DRAIN_TIMEOUT_MS] = { .type = NLA_U32 },
	[VFL_A_PF_GENERATION] = { .type = NLA_U32 },
	[VFL_A_PF_REASON] = { .type = NLA_U32 },
	[VFL_A_PF_POLICY] = { .type = NLA_U32 },
	[VFL_A_PF_GUARD] = { .type = NLA_U8 },
	[VFL_A_PF_DRAIN_POLL_MS] = { .type = NLA_U32 },
};

static struct nla_policy vf_policy[VFL_A_VF_MAX + 1] = {
	[VFL_A_VF_PCI_NAME] = { .type = NLA_STRING },
	[VFL_A_VF_PF] = { .type = NLA_STRING },
	[VFL_A_VF_INDEX] = { .type = NLA_U32 },
	[VFL_A_VF_GENERATION] = { .type = NLA_U32 },
	[VFL_A_VF_STATE] = { .type = NLA_U32 },
	[VFL_A_VF_DRIVER] = { .type = NLA_STRING },
	[VFL_A_VF_IOMMU_GROUP] = { .type = NLA_U32 },
	[VFL_A_VF_IN_USE] = { .type = NLA_U8 },
	[VFL_A_VF_LEASE_ID] = { .type = NLA_U32 },
	[VFL_A_VF_LAST_ERROR] = { .type = NLA_U32 },
	[VFL_A_VF_RESETS] = { .type = NLA_U32 },
	[VFL_A_VF_TUNING] = { .type = NLA_NESTED },
	[VFL_A_VF_REASON] = { .type = NLA_U32 },
};

static struct nla_policy tuning_policy[VFL_A_TUNING_MAX + 1] = {
	[VFL_A_TUNING_MAC] = { .minlen = VFL_MAC_LEN, .maxlen = VFL_MAC_LEN },
	[VFL_A_TUNING_VLAN] = { .type = NLA_U16 },
	[VFL_A_TUNING_QOS] = { .type = NLA_U8 },
	[VFL_A_TUNING_VLAN_PROTO] = { .type = NLA_U16 },
	[VFL_A_TUNING_MIN_TX_RATE] = { .type = NLA_U32 },
	[VFL_A_TUNING_MAX_TX_RATE] = { .type = NLA_U32 },
	[VFL_A_TUNING_SPOOFCHK] = { .type = NLA_U8 },
	[VFL_A_TUNING_TRUST] = { .type = NLA_U8 },
	[VFL_A_TUNING_LINK_STATE] = { .type = NLA_U8 },
};

static struct nla_policy lease_policy[VFL_A_LEASE_MAX + 1] = {
	[VFL_A_LEASE_ID] = { .type = NLA_U32 },
	[VFL_A_LEASE_PF] = { .type = NLA_STRING },
	[VFL_A_LEASE_VF_INDEX] = { .type = NLA_U32 },
	[VFL_A_LEASE_VF] = { .type = NLA_STRING },
	[VFL_A_LEASE_GENERATION] = { .type = NLA_U32 },
	[VFL_A_LEASE_IOMMU_GROUP] = { .type = NLA_U32 },
	[VFL_A_LEASE_LABEL] = { .type = NLA_STRING },
	[VFL_A_LEASE_PID] = { .type = NLA_U32 },
	[VFL_A_LEASE_UID] = { .type = NLA_U32 },
	[VFL_A_LEASE_FD] = { .type = NLA_U32 },
	[VFL_A_LEASE_TUNING] = { .type = NLA_NESTED },
	[VFL_A_LEASE_REASON] = { .type = NLA_U32 },
};

static uint32_t get_u32(struct nlattr *a, uint32_t absent)
{
	return a ? nla_get_u32(a) : absent;
}

static void get_string(char *out, size_t len, struct nlattr *a)
{
	snprintf(out, len, "%s", a ? nla_get_string(a) : "");
}

static void get_reason(int *reason, struct nlattr *a)
{
	if (reason)
		*reason = a ? (int)nla_get_u32(a) : -1;
}

static int malformed(struct vfl *h)
{
	return vfl_fail(
		h, -EBADMSG,
		"the vfleet module sent a message this version of libvfleet does not understand");
}

static int parse_tuning(struct vfl_tuning *t, struct nlattr *nest)
{
	struct nlattr *a[VFL_A_TUNING_MAX + 1];

	if (!nest)
		return 0;
	if (nla_parse_nested(a, VFL_A_TUNING_MAX, nest, tuning_policy) < 0)
		return -EBADMSG;
	if (a[VFL_A_TUNING_MAC]) {
		memcpy(t->mac, nla_data(a[VFL_A_TUNING_MAC]), VFL_MAC_LEN);
		t->set |= VFL_TUNE_MAC;
	}
	if (a[VFL_A_TUNING_VLAN]) {
		t->vlan = nla_get_u16(a[VFL_A_TUNING_VLAN]);
		t->qos = a[VFL_A_TUNING_QOS] ? nla_get_u8(a[VFL_A_TUNING_QOS]) :
					       0;
		t->vlan_proto =
			a[VFL_A_TUNING_VLAN_PROTO] ?
				nla_get_u16(a[VFL_A_TUNING_VLAN_PROTO]) :
				0x8100;
		t->set |= VFL_TUNE_VLAN;
	}
	if (a[VFL_A_TUNING_MAX_TX_RATE]) {
		t->max_tx_rate_mbps = nla_get_u32(a[VFL_A_TUNING_MAX_TX_RATE]);
		t->min_tx_rate_mbps = get_u32(a[VFL_A_TUNING_MIN_TX_RATE], 0);
		t->set |= VFL_TUNE_RATE;
	}
	if (a[VFL_A_TUNING_SPOOFCHK]) {
		t->spoofchk = nla_get_u8(a[VFL_A_TUNING_SPOOFCHK]);
		t->set |= VFL_TUNE_SPOOFCHK;
	}
	if (a[VFL_A_TUNING_TRUST]) {
		t->trust = nla_get_u8(a[VFL_A_TUNING_TRUST]);
		t->set |= VFL_TUNE_TRUST;
	}
	if (a[VFL_A_TUNING_LINK_STATE]) {
		t->link_state = nla_get_u8(a[VFL_A_TUNING_LINK_STATE]);
		t->set |= VFL_TUNE_LINK_STATE;
	}
	return 0;
}

static int put_tuning_fields(struct nl_msg *msg, const struct vfl_tuning *t)
{
	int err = 0;

	if (t->set & VFL_TUNE_MAC)
		err |= nla_put(msg, VFL_A_TUNING_MAC, VFL_MAC_LEN, t->mac);
	if (t->set & VFL_TUNE_VLAN) {
		err |= nla_put_u16(msg, VFL_A_TUNING_VLAN, t->vlan);
		err |= nla_put_u8(msg, VFL_A_TUNING_QOS, t->qos);
		if (t->vlan_proto)
			err |= nla_put_u16(msg, VFL_A_TUNING_VLAN_PROTO,
					   t->vlan_proto);
	}
	if (t->set & VFL_TUNE_RATE) {
		err |= nla_put_u32(msg, VFL_A_TUNING_MIN_TX_RATE,
				   t->min_tx_rate_mbps);
		err |= nla_put_u32(msg, VFL_A_TUNING_MAX_TX_RATE,
				   t->max_tx_rate_mbps);
	}
	if (t->set & VFL_TUNE_SPOOFCHK)
		err |= nla_put_u8(msg, VFL_A_TUNING_SPOOFCHK, t->spoofchk);
	if (t->set & VFL_TUNE_TRUST)
		err |= nla_put_u8(msg, VFL_A_TUNING_TRUST, t->trust);
	if (t->set & VFL_TUNE_LINK_STATE)
		err |= nla_put_u8(msg, VFL_A_TUNING_LINK_STATE, t->link_state);
	return err ? -1 : 0;
}

int vfl_put_tuning(struct nl_msg *msg, int attr, const struct vfl_tuning *t)
{
	struct nlattr *nest;

	if (!t->set)
		return 0;
	nest = nla_nest_start(msg, attr | NLA_F_NESTED);
	if (!nest || put_tuning_fields(msg, t) < 0)
		return -1;
	nla_nest_end(msg, nest);
	return 0;
}

int vfl_parse_pf(struct vfl *h, struct nlmsghdr *nlh, struct vfl_pf *out,
		 int *reason)
{
	struct nlattr *a[VFL_A_PF_MAX + 1];

	if (genlmsg_parse(nlh, 0, a, VFL_A_PF_MAX, pf_policy) < 0 ||
	    !a[VFL_A_PF_PCI_NAME] || !a[VFL_A_PF_STATE])
		return malformed(h);
	get_string(out->bdf, sizeof(out->bdf), a[VFL_A_PF_PCI_NAME]);
	get_string(out->driver, sizeof(out->driver), a[VFL_A_PF_DRIVER]);
	out->state = nla_get_u32(a[VFL_A_PF_STATE]);
	out->ifindex = get_u32(a[VFL_A_PF_IFINDEX], 0);
	out->total_vfs = get_u32(a[VFL_A_PF_TOTAL_VFS], 0);
	out->num_vfs = get_u32(a[VFL_A_PF_NUM_VFS], 0);
	out->free_vfs = get_u32(a[VFL_A_PF_FREE_VFS], 0);
	out->leased_vfs = get_u32(a[VFL_A_PF_LEASED_VFS], 0);
	out->quarantined_vfs = get_u32(a[VFL_A_PF_QUARANTINED_VFS], 0);
	out->tunables = get_u32(a[VFL_A_PF_TUNABLES], 0);
	out->drain_timeout_ms = get_u32(a[VFL_A_PF_DRAIN_TIMEOUT_MS], 0);
	out->drain_poll_ms = get_u32(a[VFL_A_PF_DRAIN_POLL_MS], 0);
	out->policy = get_u32(a[VFL_A_PF_POLICY], VFL_POLICY_PARKED);
	out->guard = a[VFL_A_PF_GUARD] && nla_get_u8(a[VFL_A_PF_GUARD]);
	out->generation = get_u32(a[VFL_A_PF_GENERATION], 0);
	get_reason(reason, a[VFL_A_PF_REASON]);
	return 0;
}

int vfl_parse_vf(struct vfl *h, struct nlmsghdr *nlh, struct vfl_vf *out,
		 int *reason)
{
	struct nlattr *a[VFL_A_VF_MAX + 1];

	if (genlmsg_parse(nlh, 0, a, VFL_A_VF_MAX, vf_policy) < 0 ||
	    !a[VFL_A_VF_PCI_NAME] || !a[VFL_A_VF_STATE] ||
	    parse_tuning(&out->tuning, a[VFL_A_VF_TUNING]) < 0)
		return malformed(h);
	get_string(out->bdf, sizeof(out->bdf), a[VFL_A_VF_PCI_NAME]);
	get_string(out->pf, sizeof(out->pf), a[VFL_A_VF_PF]);
	get_string(out->driver, sizeof(out->driver), a[VFL_A_VF_DRIVER]);
	out->index = get_u32(a[VFL_A_VF_INDEX], 0);
	out->generation = get_u32(a[VFL_A_VF_GENERATION], 0);
	out->state = nla_get_u32(a[VFL_A_VF_STATE]);
	out->iommu_group = get_u32(a[VFL_A_VF_IOMMU_GROUP], VFL_NO_GROUP);
	out->in_use = a[VFL_A_VF_IN_USE] && nla_get_u8(a[VFL_A_VF_IN_USE]);
	out->lease_id = get_u32(a[VFL_A_VF_LEASE_ID], 0);
	out->last_error = get_u32(a[VFL_A_VF_LAST_ERROR], 0);
	out->resets = get_u32(a[VFL_A_VF_RESETS], 0);
	get_reason(reason, a[VFL_A_VF_REASON]);
	return 0;
}

int vfl_parse_lease(struct vfl *h, struct nlmsghdr *nlh, struct vfl_lease *out,
		    int *reason)
{
	struct nlattr *a[VFL_A_LEASE_MAX + 1];

	out->fd = -1;
	if (genlmsg_parse(nlh, 0, a, VFL_A_LEASE_MAX, lease_policy) < 0)
		return malformed(h);
	if (a[VFL_A_LEASE_FD])
		out->fd = (int)nla_get_u32(a[VFL_A_LEASE_FD]);
	if (!a[VFL_A_LEASE_ID] ||
	    parse_tuning(&out->tuning, a[VFL_A_LEASE_TUNING]) < 0)
		return malformed(h);
	out->id = nla_get_u32(a[VFL_A_LEASE_ID]);
	get_string(out->pf, sizeof(out->pf), a[VFL_A_LEASE_PF]);
	get_string(out->vf, sizeof(out->vf), a[VFL_A_LEASE_VF]);
	out->vf_index = get_u32(a[VFL_A_LEASE_VF_INDEX], 0);
	out->generation = get_u32(a[VFL_A_LEASE_GENERATION], 0);
	out->iommu_group = get_u32(a[VFL_A_LEASE_IOMMU_GROUP], VFL_NO_GROUP);
	get_string(out->label, sizeof(out->label), a[VFL_A_LEASE_LABEL]);
	out->pid = (pid_t)get_u32(a[VFL_A_LEASE_PID], 0);
	out->uid = get_u32(a[VFL_A_LEASE_UID], 0);
	get_reason(reason, a[VFL_A_LEASE_REASON]);
	return 0;
}
