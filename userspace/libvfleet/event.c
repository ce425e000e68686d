// SPDX-License-Identifier: BSD-3-Clause
/* event.c - follow what happens to pools and leases */
#include "wire.h"

#include <errno.h>

#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

/* A burst is one pool of 256 VFs coming or going: about 100 bytes an event. */
#define EVENT_BUFFER_BYTES (1 << 20)

struct reader {
	struct vfl *h;
	vfl_event_cb cb;
	void *arg;
	int n;
	int err;
};

static int join(struct vfl *h, struct nl_sock *sk)
{
	int err, group;

	group = genl_ctrl_resolve_grp(h->sk, VFL_FAMILY_NAME, VFL_MCGRP_EVENTS);
	if (group < 0)
		return vfl_fail_nl(h, group,
				   "cannot find the vfleet event group");
	err = genl_connect(sk);
	if (err < 0)
		return vfl_fail_nl(h, err,
				   "cannot open a generic netlink socket");
	err = nl_socket_set_buffer_size(sk, EVENT_BUFFER_BYTES, 0);
	if (!err)
		err = nl_socket_set_nonblocking(sk);
	if (!err)
		err = nl_socket_add_membership(sk, group);
	if (err < 0)
		return vfl_fail_nl(h, err, "cannot join the vfleet events");
	return 0;
}

int vfl_events_open(struct vfl *h)
{
	struct nl_sock *sk;
	int err;

	if (h->events)
		return 0;
	sk = nl_socket_alloc();
	if (!sk)
		return vfl_fail(h, -ENOMEM,
				"out of memory for a netlink socket");
	err = join(h, sk);
	if (err < 0) {
		nl_socket_free(sk);
		return err;
	}
	h->events = sk;
	return 0;
}

int vfl_events_fd(const struct vfl *h)
{
	return h->events ? nl_socket_get_fd(h->events) : -1;
}

static int parse_event(struct vfl *h, struct nlmsghdr *nlh,
		       struct vfl_event *ev)
{
	int reason = -1, err;

	switch (genlmsg_hdr(nlh)->cmd) {
	case VFL_CMD_PF_NTF:
		ev->kind = VFL_EVENT_PF;
		err = vfl_parse_pf(h, nlh, &ev->pf, &reason);
		break;
	case VFL_CMD_VF_NTF:
		ev->kind = VFL_EVENT_VF;
		err = vfl_parse_vf(h, nlh, &ev->vf, &reason);
		break;
	case VFL_CMD_LEASE_NTF:
		ev->kind = VFL_EVENT_LEASE;
		err = vfl_parse_lease(h, nlh, &ev->lease, &reason);
		break;
	default:
		return -ENOMSG; /* of a newer module: not for us */
	}
	ev->has_reason = reason >= 0;
	ev->reason = ev->has_reason ? (enum vfl_reason)reason :
				      VFL_REASON_REQUEST;
	return err;
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct vfl_event ev = { 0 };
	struct reader *r = arg;
	int err = parse_event(r->h, nlmsg_hdr(msg), &ev);

	if (!err) {
		r->cb(&ev, r->arg);
		r->n++;
	} else if (err != -ENOMSG) {
		r->err = err;
	}
	return NL_OK;
}

/* Events answer no request, so there is no number to expect. */
static int any_sequence(struct nl_msg *msg, void *arg)
{
	return NL_OK;
}

int vfl_events_read(struct vfl *h, vfl_event_cb cb, void *arg)
{
	struct reader r = { .h = h, .cb = cb, .arg = arg };
	struct nl_cb *ncb;
	int err;

	if (!h->events)
		return vfl_fail(h, -EBADF, "the event socket is not open");
	ncb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!ncb)
		return vfl_fail(h, -ENOMEM,
				"out of memory for event callbacks");
	nl_cb_set(ncb, NL_CB_VALID, NL_CB_CUSTOM, on_event, &r);
	nl_cb_set(ncb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_sequence, NULL);
	do {
		err = nl_recvmsgs(h->events, ncb);
	} while (err >= 0 || err == -NLE_INTR);
	nl_cb_put(ncb);

	if (err == -NLE_NOMEM)
		return vfl_fail(h, -ENOBUFS,
				"events were lost: the reader was too slow");
	if (err != -NLE_AGAIN)
		return vfl_fail_nl(h, err, "cannot read vfleet events");
	return r.err ? r.err : r.n;
}
