/* SPDX-License-Identifier: GPL-2.0 */
/* state.h - the life of a VF as a table: pure, also compiled in user space by a test */
#ifndef _VFL_STATE_H
#define _VFL_STATE_H

#include <linux/vfleet.h>

#define VFL_VF_STATES (VFL_VF_GONE + 1)

/* What can happen to a VF */
enum vfl_vf_event {
	VFL_EV_ADOPT, /* a foreign VF is taken into its PF's pool */
	VFL_EV_ACQUIRE, /* chosen for a new lease */
	VFL_EV_READY, /* tuned and bound: the lease starts */
	VFL_EV_FAIL, /* could not be prepared */
	VFL_EV_END, /* the lease ended: closed, revoked, PF leaving */
	VFL_EV_IDLE, /* nobody uses it any more */
	VFL_EV_RESET, /* reset asked for */
	VFL_EV_CLEAN, /* reset and scrub done */
	VFL_EV_DIRTY, /* reset or scrub failed */
	VFL_EV_REMOVE, /* the device disappeared */
};

#define VFL_VF_EVENTS (VFL_EV_REMOVE + 1)

/* The state after `event` in `from`, or -1 if `from` refuses it. */
int vfl_vf_step(enum vfl_vf_state from, enum vfl_vf_event event);
/* Why a VF in this state refuses what is asked: a negative errno and, in *sentence, what
 * to tell and what to do about it.
 */
int vfl_vf_refusal(enum vfl_vf_state state, const char **sentence);

/* The words of uapi's enums: "free" */
const char *vfl_vf_state_name(enum vfl_vf_state state);
const char *vfl_pf_state_name(enum vfl_pf_state state);

#endif /* _VFL_STATE_H */
