// SPDX-License-Identifier: GPL-2.0
/* state.c - the life of a VF as a table */
#include <linux/errno.h>

#include "state.h"

/* A missing entry is 0 and means refused. */
#define TO(state) ((state) + 1)

/* The invariant to keep: the only way into FREE is CLEAN, out of RESETTING. So no VF
 * reaches a new owner before its reset and scrub, whatever the order of events.
 * (VFs that this module made itself start in FREE: they are new.)
 */
static const signed char next_state[VFL_VF_STATES][VFL_VF_EVENTS] = {
	[VFL_VF_FOREIGN] = {
		[VFL_EV_ADOPT] = TO(VFL_VF_RESETTING),
		[VFL_EV_REMOVE] = TO(VFL_VF_GONE),
	},
	[VFL_VF_FREE] = {
		[VFL_EV_ACQUIRE] = TO(VFL_VF_PREPARING),
		[VFL_EV_RESET] = TO(VFL_VF_RESETTING),
		[VFL_EV_REMOVE] = TO(VFL_VF_GONE),
	},
	[VFL_VF_PREPARING] = {
		[VFL_EV_READY] = TO(VFL_VF_LEASED),
		[VFL_EV_FAIL] = TO(VFL_VF_DRAINING),
		[VFL_EV_REMOVE] = TO(VFL_VF_GONE),
	},
	[VFL_VF_LEASED] = {
		[VFL_EV_END] = TO(VFL_VF_DRAINING),
		[VFL_EV_REMOVE] = TO(VFL_VF_GONE),
	},
	[VFL_VF_DRAINING] = {
		[VFL_EV_IDLE] = TO(VFL_VF_RESETTING),
		[VFL_EV_REMOVE] = TO(VFL_VF_GONE),
	},
	[VFL_VF_RESETTING] = {
		[VFL_EV_CLEAN] = TO(VFL_VF_FREE),
		[VFL_EV_DIRTY] = TO(VFL_VF_QUARANTINED),
		[VFL_EV_REMOVE] = TO(VFL_VF_GONE),
	},
	[VFL_VF_QUARANTINED] = {
		[VFL_EV_RESET] = TO(VFL_VF_RESETTING),
		[VFL_EV_REMOVE] = TO(VFL_VF_GONE),
	},
};

int vfl_vf_step(enum vfl_vf_state from, enum vfl_vf_event event)
{
	if ((unsigned int)from >= VFL_VF_STATES ||
	    (unsigned int)event >= VFL_VF_EVENTS)
		return -1;
	return next_state[from][event] - 1;
}

static const struct {
	const char *name;
	int err;
	const char *sentence;
} states[VFL_VF_STATES] = {
	[VFL_VF_FOREIGN] = {
		"foreign", -EBUSY,
		"the VF was not made by vfleet: adopt it by setting its PF's num-vfs to the present number",
	},
	[VFL_VF_FREE] = { "free", -EBUSY, "the VF is free: it needs a lease first" },
	[VFL_VF_PREPARING] = { "preparing", -EBUSY, "the VF is being prepared for a lease" },
	[VFL_VF_LEASED] = { "leased", -EBUSY, "the VF is leased" },
	[VFL_VF_DRAINING] = {
		"draining", -EBUSY, "the VF is draining: its last user still has it open",
	},
	[VFL_VF_RESETTING] = { "resetting", -EBUSY, "the VF is being reset: try again" },
	[VFL_VF_QUARANTINED] = {
		"quarantined", -EUCLEAN,
		"the VF is quarantined, its reset or scrub failed: see last-error, try vf-reset",
	},
	[VFL_VF_GONE] = { "gone", -ENODEV, "the VF went away" },
};

int vfl_vf_refusal(enum vfl_vf_state state, const char **sentence)
{
	if ((unsigned int)state >= VFL_VF_STATES)
		state = VFL_VF_GONE;
	*sentence = states[state].sentence;
	return states[state].err;
}

const char *vfl_vf_state_name(enum vfl_vf_state state)
{
	return (unsigned int)state < VFL_VF_STATES ? states[state].name : "?";
}

const char *vfl_pf_state_name(enum vfl_pf_state state)
{
	static const char *const names[] = {
		[VFL_PF_IDLE] = "idle",
		[VFL_PF_ENABLING] = "enabling",
		[VFL_PF_ACTIVE] = "active",
		[VFL_PF_DISABLING] = "disabling",
	};

	return (unsigned int)state <= VFL_PF_DISABLING ? names[state] : "?";
}
