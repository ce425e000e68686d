/* SPDX-License-Identifier: BSD-3-Clause */
/* handle.h - inside of a libvfleet handle: requests, replies, error sentences */
#ifndef VFLEET_HANDLE_H
#define VFLEET_HANDLE_H

#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "vfleet.h"

struct vfl {
	struct nl_sock *sk; /* requests */
	struct nl_sock *events; /* NULL until vfl_events_open() */
	int family; /* generic netlink id */
	char error[256];
};

/* Takes one reply apart; returns 0 or a negative errno. */
typedef int (*vfl_reply_fn)(struct vfl *h, struct nlmsghdr *nlh, void *arg);

/* A request for `cmd` without attributes; NULL with the error noted when out of
 * memory. flags: 0 or NLM_F_DUMP.
 */
struct nl_msg *vfl_request(struct vfl *h, enum vfl_cmd cmd, int flags);

/* Sends and frees msg, hands every reply to fn (NULL: none expected), waits for the
 * end. -EINTR: the list changed while it was dumped.
 */
int vfl_transact(struct vfl *h, struct nl_msg *msg, vfl_reply_fn fn, void *arg);

/* Dumps cmd into an array of objects of `size` bytes, again if it was interrupted.
 * parse(h, nlh, object) fills one zeroed object.
 */
int vfl_dump(struct vfl *h, enum vfl_cmd cmd, size_t size, vfl_reply_fn parse,
	     void **out, size_t *n);

/* Notes the sentence and returns err (a negative errno). */
int vfl_fail(struct vfl *h, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* For a message that could not be built; frees it. */
int vfl_fail_nomem(struct vfl *h, struct nl_msg *msg);
/* Turns a libnl error code into errno and sentence. */
int vfl_fail_nl(struct vfl *h, int nle, const char *what);

#endif /* VFLEET_HANDLE_H */
