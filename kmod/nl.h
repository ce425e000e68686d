/* SPDX-License-Identifier: GPL-2.0 */
/* nl.h - the netlink face: family and message layout */
#ifndef _VFL_NL_H
#define _VFL_NL_H

#include <net/genetlink.h>

#include "vfleet.h"

extern struct genl_family vfl_family;

int vfl_nl_init(void);
void vfl_nl_exit(void);
/* Whether an event has a reader. vfl_state_lock held. */
bool vfl_nl_listened(void);

/* Where a message comes from; reason < 0: none. */
struct vfl_msg {
	u32 portid;
	u32 seq;
	int flags;
	u8 cmd;
	int reason;
	struct netlink_callback *cb;	/* of a dump, else NULL */
};

/* msg.c: one object as one message; -EMSGSIZE when it does not fit. All are called
 * with vfl_state_lock held.
 */
int vfl_msg_pf(struct sk_buff *skb, const struct vfl_msg *m, const struct vfl_pf *pf);
int vfl_msg_vf(struct sk_buff *skb, const struct vfl_msg *m, const struct vfl_vf *vf);
int vfl_msg_lease(struct sk_buff *skb, const struct vfl_msg *m,
		  const struct vfl_lease *lease, int fd, const struct vfl_tuning *tuning);

/* Events; reason < 0: none. vfl_state_lock held, so they leave in order. */
void vfl_notify_pf(const struct vfl_pf *pf, enum vfl_reason reason);
void vfl_notify_vf(const struct vfl_vf *vf, enum vfl_reason reason);
void vfl_notify_lease(const struct vfl_lease *lease, int reason);

#endif /* _VFL_NL_H */
