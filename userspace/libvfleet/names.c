// SPDX-License-Identifier: BSD-3-Clause
/* names.c - the words for states and reasons */
#include "vfleet.h"

#define NAME(table, i)                                                   \
	((size_t)(i) < sizeof(table) / sizeof((table)[0]) ? (table)[i] : \
							    "unknown")

static const char *const pf_states[] = {
	[VFL_PF_IDLE] = "idle",
	[VFL_PF_ENABLING] = "enabling",
	[VFL_PF_ACTIVE] = "active",
	[VFL_PF_DISABLING] = "disabling",
};

static const char *const vf_states[] = {
	[VFL_VF_FOREIGN] = "foreign",	      [VFL_VF_FREE] = "free",
	[VFL_VF_PREPARING] = "preparing",     [VFL_VF_LEASED] = "leased",
	[VFL_VF_DRAINING] = "draining",	      [VFL_VF_RESETTING] = "resetting",
	[VFL_VF_QUARANTINED] = "quarantined", [VFL_VF_GONE] = "gone",
};

static const char *const reasons[] = {
	[VFL_REASON_REQUEST] = "request",
	[VFL_REASON_OWNER_EXIT] = "owner-exit",
	[VFL_REASON_REVOKED] = "revoked",
	[VFL_REASON_PF_GONE] = "pf-gone",
	[VFL_REASON_EXTERNAL] = "external",
	[VFL_REASON_ERROR] = "error",
};

static const char *const policies[] = {
	[VFL_POLICY_PARKED] = "parked",
	[VFL_POLICY_VFIO] = "vfio",
	[VFL_POLICY_NATIVE] = "native",
};

const char *vfl_policy_name(enum vfl_policy p)
{
	return NAME(policies, p);
}

const char *vfl_pf_state_name(enum vfl_pf_state s)
{
	return NAME(pf_states, s);
}

const char *vfl_vf_state_name(enum vfl_vf_state s)
{
	return NAME(vf_states, s);
}

const char *vfl_reason_name(enum vfl_reason r)
{
	return NAME(reasons, r);
}
