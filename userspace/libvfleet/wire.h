/* SPDX-License-Identifier: BSD-3-Clause */
/* wire.h - between netlink messages and the structs of vfleet.h */
#ifndef VFLEET_WIRE_H
#define VFLEET_WIRE_H

#include "handle.h"

/* Each fills *out from one message. reason may be NULL; a message without one sets
 * it to -1. Returns 0, or -EBADMSG with the sentence noted.
 */
int vfl_parse_pf(struct vfl *h, struct nlmsghdr *nlh, struct vfl_pf *out,
		 int *reason);
int vfl_parse_vf(struct vfl *h, struct nlmsghdr *nlh, struct vfl_vf *out,
		 int *reason);
int vfl_parse_lease(struct vfl *h, struct nlmsghdr *nlh, struct vfl_lease *out,
		    int *reason);

/* Adds the fields of t->set as nest `attr`; nothing when none is set. 0 or -1. */
int vfl_put_tuning(struct nl_msg *msg, int attr, const struct vfl_tuning *t);

#endif /* VFLEET_WIRE_H */
