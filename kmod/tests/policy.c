// SPDX-License-Identifier: GPL-2.0
/* policy.c - KUnit: what the generated netlink policies let through */
#include <kunit/test.h>
#include <linux/vfleet.h>

#include "nl_policy.h"

#define ROOM 256

/* One attribute as it arrives: raw bytes */
static const struct request {
	const char *what;
	u8 cmd;
	u16 type;
	u16 nested; /* in a nest of `type`; 0: not */
	u16 len;
	u32 value; /* of up to 4 bytes; a longer one repeats its lowest byte */
	int err;
} requests[] = {
	{ "PF by name", VFL_CMD_PF_GET, VFL_A_PF_PCI_NAME, 0, 13, '0', 0 },
	{ "PF with a number", VFL_CMD_PF_GET, VFL_A_PF_NUM_VFS, 0, 4, 1,
	  -EINVAL },
	{ "number of VFs", VFL_CMD_PF_SET, VFL_A_PF_NUM_VFS, 0, 4, 7, 0 },
	{ "number of 2 bytes", VFL_CMD_PF_SET, VFL_A_PF_NUM_VFS, 0, 2, 7,
	  -EINVAL },
	{ "number of 8 bytes", VFL_CMD_PF_SET, VFL_A_PF_NUM_VFS, 0, 8, 7,
	  -EINVAL },
	{ "last policy", VFL_CMD_PF_SET, VFL_A_PF_POLICY, 0, 4,
	  VFL_POLICY_NATIVE, 0 },
	{ "policy too high", VFL_CMD_PF_SET, VFL_A_PF_POLICY, 0, 4, 3,
	  -ERANGE },
	{ "guard on", VFL_CMD_PF_SET, VFL_A_PF_GUARD, 0, 1, 1, 0 },
	{ "guard 2", VFL_CMD_PF_SET, VFL_A_PF_GUARD, 0, 1, 2, -ERANGE },
	{ "least poll", VFL_CMD_PF_SET, VFL_A_PF_DRAIN_POLL_MS, 0, 4,
	  VFL_DRAIN_POLL_MIN_MS, 0 },
	{ "poll too low", VFL_CMD_PF_SET, VFL_A_PF_DRAIN_POLL_MS, 0, 4,
	  VFL_DRAIN_POLL_MIN_MS - 1, -ERANGE },
	{ "most poll", VFL_CMD_PF_SET, VFL_A_PF_DRAIN_POLL_MS, 0, 4,
	  VFL_DRAIN_POLL_MAX_MS, 0 },
	{ "poll too high", VFL_CMD_PF_SET, VFL_A_PF_DRAIN_POLL_MS, 0, 4,
	  VFL_DRAIN_POLL_MAX_MS + 1, -ERANGE },
	{ "state is output", VFL_CMD_PF_SET, VFL_A_PF_STATE, 0, 4, 0, -EINVAL },
	{ "unknown PF attribute", VFL_CMD_PF_SET, VFL_A_PF_MAX + 1, 0, 4, 0,
	  -EINVAL },
	{ "state of a VF is output", VFL_CMD_VF_SET, VFL_A_VF_STATE, 0, 4, 0,
	  -EINVAL },
	{ "index too high", VFL_CMD_LEASE_ACQUIRE, VFL_A_LEASE_VF_INDEX, 0, 4,
	  32768, -ERANGE },
	{ "fd is output", VFL_CMD_LEASE_ACQUIRE, VFL_A_LEASE_FD, 0, 4, 3,
	  -EINVAL },
	{ "longest label", VFL_CMD_LEASE_ACQUIRE, VFL_A_LEASE_LABEL, 0,
	  VFL_LABEL_MAX + 1, 'a', 0 },
	{ "label too long", VFL_CMD_LEASE_ACQUIRE, VFL_A_LEASE_LABEL, 0,
	  VFL_LABEL_MAX + 2, 'a', -EINVAL },
	{ "longest name", VFL_CMD_VF_RESET, VFL_A_VF_PCI_NAME, 0,
	  VFL_PCI_NAME_MAX + 1, '0', 0 },
	{ "name too long", VFL_CMD_VF_RESET, VFL_A_VF_PCI_NAME, 0,
	  VFL_PCI_NAME_MAX + 2, '0', -EINVAL },
	{ "lease by id", VFL_CMD_LEASE_REVOKE, VFL_A_LEASE_ID, 0, 4, 1, 0 },
	{ "lease by name", VFL_CMD_LEASE_REVOKE, VFL_A_LEASE_VF, 0, 8, '0',
	  -EINVAL },
	{ "MAC", VFL_CMD_VF_SET, VFL_A_VF_TUNING, VFL_A_TUNING_MAC, 6, 2, 0 },
	{ "MAC of 5", VFL_CMD_VF_SET, VFL_A_VF_TUNING, VFL_A_TUNING_MAC, 5, 2,
	  -ERANGE },
	{ "MAC of 7", VFL_CMD_VF_SET, VFL_A_VF_TUNING, VFL_A_TUNING_MAC, 7, 2,
	  -ERANGE },
	{ "last VLAN", VFL_CMD_VF_SET, VFL_A_VF_TUNING, VFL_A_TUNING_VLAN, 2,
	  VFL_VLAN_MAX, 0 },
	{ "VLAN too high", VFL_CMD_VF_SET, VFL_A_VF_TUNING, VFL_A_TUNING_VLAN,
	  2, VFL_VLAN_MAX + 1, -ERANGE },
	{ "priority too high", VFL_CMD_VF_SET, VFL_A_VF_TUNING,
	  VFL_A_TUNING_QOS, 1, VFL_QOS_MAX + 1, -ERANGE },
	{ "trust 2", VFL_CMD_VF_SET, VFL_A_VF_TUNING, VFL_A_TUNING_TRUST, 1, 2,
	  -ERANGE },
	{ "spoof check 2", VFL_CMD_LEASE_ACQUIRE, VFL_A_LEASE_TUNING,
	  VFL_A_TUNING_SPOOFCHK, 1, 2, -ERANGE },
	{ "link state 3", VFL_CMD_LEASE_ACQUIRE, VFL_A_LEASE_TUNING,
	  VFL_A_TUNING_LINK_STATE, 1, 3, -ERANGE },
	{ "unknown setting", VFL_CMD_VF_SET, VFL_A_VF_TUNING,
	  VFL_A_TUNING_MAX + 1, 4, 0, -EINVAL },
};

static void describe(const struct request *r, char *text)
{
	strscpy(text, r->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(request, requests, describe);

static const struct genl_ops *op_of(u8 cmd)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vfleet_nl_ops); i++)
		if (vfleet_nl_ops[i].cmd == cmd)
			return &vfleet_nl_ops[i];
	return NULL;
}

/* Returns where the next attribute goes. */
static void *put(void *at, u16 type, u16 len, u32 value)
{
	struct nlattr *nla = at;

	nla->nla_type = type;
	nla->nla_len = nla_attr_size(len);
	if (len <= sizeof(value)) {
		memcpy(nla_data(nla), &value, len);
	} else {
		memset(nla_data(nla), value, len);
		if (value >= '0') /* a string */
			((char *)nla_data(nla))[len - 1] = '\0';
	}
	return at + NLA_ALIGN(nla->nla_len);
}

static void lets_through(struct kunit *test)
{
	const struct request *r = test->param_value;
	const struct genl_ops *op = op_of(r->cmd);
	struct netlink_ext_ack extack = {};
	void *buf = kunit_kzalloc(test, ROOM, GFP_KERNEL), *end;
	struct nlattr *nest = buf;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_NOT_NULL(test, op);
	if (r->nested) {
		end = put(buf + NLA_HDRLEN, r->nested, r->len, r->value);
		nest->nla_type = r->type | NLA_F_NESTED;
		nest->nla_len = end - buf;
	} else {
		end = put(buf, r->type, r->len, r->value);
	}
	KUNIT_EXPECT_EQ(test,
			nla_validate(buf, end - buf, op->maxattr, op->policy,
				     &extack),
			r->err);
	KUNIT_EXPECT_EQ_MSG(test, !!extack._msg, !!r->err,
			    "a refusal has a sentence");
}

static void a_string_must_end(struct kunit *test)
{
	const struct genl_ops *op = op_of(VFL_CMD_PF_GET);
	u8 buf[NLA_HDRLEN + VFL_PCI_NAME_MAX + 1] __aligned(4);
	struct nlattr *nla = (void *)buf;

	nla->nla_type = VFL_A_PF_PCI_NAME;
	nla->nla_len = sizeof(buf);
	memset(nla_data(nla), '0', VFL_PCI_NAME_MAX + 1);
	KUNIT_EXPECT_EQ(test,
			nla_validate(nla, sizeof(buf), op->maxattr, op->policy,
				     NULL),
			-EINVAL);
}

static void who_changes_something_needs_privilege(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vfleet_nl_ops); i++) {
		const struct genl_ops *op = &vfleet_nl_ops[i];
		bool reads = op->cmd == VFL_CMD_PF_GET ||
			     op->cmd == VFL_CMD_VF_GET;

		KUNIT_EXPECT_EQ(test, !!(op->flags & GENL_ADMIN_PERM), !reads);
		KUNIT_EXPECT_EQ(test, op->flags & GENL_UNS_ADMIN_PERM, 0);
		KUNIT_EXPECT_EQ_MSG(test, op->validate, 0, "strict");
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(lets_through, request_gen_params),
	KUNIT_CASE(a_string_must_end),
	KUNIT_CASE(who_changes_something_needs_privilege),
	{}
};

static struct kunit_suite suite = {
	.name = "vfleet_policy",
	.test_cases = cases,
};

kunit_test_suite(suite);
