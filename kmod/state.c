// SPDX-License-Identifier: GPL-2.0
/* state.c - the life of a VF as a table */
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
