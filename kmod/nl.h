/* SPDX-License-Identifier: GPL-2.0 */
/* nl.h - the netlink face: family and message layout */
#ifndef _VFL_NL_H
#define _VFL_NL_H

#include <net/genetlink.h>

#include "nl_policy.h"
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
	struct netlink_callback *cb; /* of a dump, else NULL */
};

/* Where a dump goes on. Ids and indices only grow along the lists, so a cursor stays
 * good when objects come and go; vfl_seq tells the reader that they did.
 */
struct vfl_cursor {
	u32 pf_id; /* of PFs: the last one done */
	u32 next; /* VF index in that PF, or lease id */
	bool refreshed;
};

/* What the commands share. A missing attribute or privilege is refused with a sentence. */
int vfl_nl_require(struct genl_info *info, int attr, const char *sentence);
int vfl_nl_require_sys_admin(struct sk_buff *skb, struct genl_info *info);
u32 vfl_nl_u32(struct genl_info *info, int attr); /* 0 when absent */
struct vfl_msg vfl_nl_reply_to(struct genl_info *info, u8 cmd);
/* Sends skb, or frees it when err is set; returns what the command returns. */
int vfl_nl_send(struct sk_buff *skb, struct genl_info *info, int err);
struct vfl_cursor *vfl_nl_cursor(struct netlink_callback *cb);
/* vfl_state_lock held. */
struct vfl_msg vfl_nl_dump_msg(struct netlink_callback *cb, u8 cmd);

/* nl_vf.c */
int vfl_nl_parse_tuning(struct nlattr *nest, struct vfl_tuning *t,
			struct netlink_ext_ack *extack);

/* msg.c: one object as one message; -EMSGSIZE when it does not fit. All are called
 * with vfl_state_lock held.
 */
int vfl_msg_pf(struct sk_buff *skb, const struct vfl_msg *m,
	       const struct vfl_pf *pf);
int vfl_msg_vf(struct sk_buff *skb, const struct vfl_msg *m,
	       const struct vfl_vf *vf);
int vfl_msg_lease(struct sk_buff *skb, const struct vfl_msg *m,
		  const struct vfl_lease *lease, int fd,
		  const struct vfl_tuning *tuning);

/* Events; reason < 0: none. vfl_state_lock held, so they leave in order. */
void vfl_notify_pf(const struct vfl_pf *pf, enum vfl_reason reason);
void vfl_notify_vf(const struct vfl_vf *vf, enum vfl_reason reason);
void vfl_notify_lease(const struct vfl_lease *lease, int reason);

#endif /* _VFL_NL_H */
