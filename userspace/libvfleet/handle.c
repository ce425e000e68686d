// SPDX-License-Identifier: BSD-3-Clause
/* handle.c - open and close a handle, run one netlink transaction */
#include "handle.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#define DUMP_TRIES 16

struct transaction {
	struct vfl *h;
	vfl_reply_fn fn;
	void *arg;
	int err;
	bool done;
	bool changed; /* NLM_F_DUMP_INTR seen */
};

int vfl_fail(struct vfl *h, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(h->error, sizeof(h->error), fmt, ap);
	va_end(ap);
	return err;
}

int vfl_fail_nomem(struct vfl *h, struct nl_msg *msg)
{
	nlmsg_free(msg);
	return vfl_fail(h, -ENOMEM, "out of memory for a netlink message");
}

int vfl_fail_nl(struct vfl *h, int nle, const char *what)
{
	int err = -EIO;

	if (nle == -NLE_PERM)
		err = -EPERM;
	else if (nle == -NLE_NOMEM)
		err = -ENOBUFS;
	return vfl_fail(h, err, "%s: %s", what, nl_geterror(nle));
}

const char *vfl_error(const struct vfl *h)
{
	return h->error;
}

void vfl_close(struct vfl *h)
{
	if (!h)
		return;
	nl_socket_free(h->events);
	nl_socket_free(h->sk);
	free(h);
}

struct nl_msg *vfl_request(struct vfl *h, enum vfl_cmd cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, h->family, 0,
				 flags, cmd, VFL_FAMILY_VERSION)) {
		vfl_fail_nomem(h, msg);
		return NULL;
	}
	return msg;
}

/* Finds the sentence among the attributes behind an error; they start at `skip`
 * bytes into the payload.
 */
static const char *ext_ack_sentence(struct nlmsghdr *nlh, size_t skip)
{
	size_t len = nlh->nlmsg_len - NLMSG_HDRLEN;
	struct nlattr *msg;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || len <= skip)
		return NULL;
	msg = nla_find((struct nlattr *)((char *)nlmsg_data(nlh) + skip),
		       len - skip, NLMSGERR_ATTR_MSG);
	return msg ? nla_get_string(msg) : NULL;
}

static void note_refusal(struct transaction *t, int err, const char *sentence)
{
	t->err = err;
	if (sentence)
		vfl_fail(t->h, err, "%s", sentence);
	else if (err == -EPERM)
		vfl_fail(t->h, err, "this needs root (CAP_NET_ADMIN)");
	else
		vfl_fail(t->h, err, "%s", strerror(-err));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)((char *)e - NLMSG_HDRLEN);
	struct transaction *t = arg;
	size_t skip = sizeof(*e);

	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += NLMSG_ALIGN(e->msg.nlmsg_len) - NLMSG_HDRLEN;
	note_refusal(t, e->error, ext_ack_sentence(nlh, skip));
	t->done = true;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct transaction *t = arg;

	t->done = true;
	return NL_STOP;
}

static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct transaction *t = arg;
	int err = 0;

	if (nlmsg_datalen(nlh) >= (int)sizeof(err))
		memcpy(&err, nlmsg_data(nlh), sizeof(err));
	if (err < 0)
		note_refusal(t, err,
			     ext_ack_sentence(nlh, NLMSG_ALIGN(sizeof(err))));
	t->done = true;
	return NL_STOP;
}

static int on_changed(struct nl_msg *msg, void *arg)
{
	struct transaction *t = arg;

	t->changed = true;
	return NL_OK;
}

static int on_reply(struct nl_msg *msg, void *arg)
{
	struct transaction *t = arg;
	int err = t->fn ? t->fn(t->h, nlmsg_hdr(msg), t->arg) : 0;

	if (err < 0 && !t->err)
		t->err = err;
	return NL_OK;
}

static int receive(struct vfl *h, struct nl_cb *cb, struct transaction *t)
{
	while (!t->done) {
		int err = nl_recvmsgs(h->sk, cb);

		if (err == -NLE_INTR || err == -NLE_DUMP_INTR)
			continue;
		if (err < 0 && !t->done)
			return vfl_fail_nl(h, err,
					   "no answer from the vfleet module");
	}
	return t->err ? t->err : t->changed ? -EINTR : 0;
}

int vfl_transact(struct vfl *h, struct nl_msg *msg, vfl_reply_fn fn, void *arg)
{
	struct transaction t = { .h = h, .fn = fn, .arg = arg };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err;

	if (!cb)
		return vfl_fail_nomem(h, msg);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &t);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &t);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, &t);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_reply, &t);
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_changed, &t);

	err = nl_send_auto(h->sk, msg);
	if (err < 0)
		err = vfl_fail_nl(h, err, "cannot ask the vfleet module");
	else
		err = receive(h, cb, &t);
	nl_cb_put(cb);
	nlmsg_free(msg);
	return err;
}

struct family {
	uint16_t id;
	uint32_t version;
};

static int on_family(struct vfl *h, struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *a[CTRL_ATTR_MAX + 1];
	struct family *f = arg;

	if (genlmsg_parse(nlh, 0, a, CTRL_ATTR_MAX, NULL) < 0 ||
	    !a[CTRL_ATTR_FAMILY_ID] || !a[CTRL_ATTR_VERSION])
		return vfl_fail(h, -EIO,
				"the kernel does not tell what vfleet is");
	f->id = nla_get_u16(a[CTRL_ATTR_FAMILY_ID]);
	f->version = nla_get_u32(a[CTRL_ATTR_VERSION]);
	return 0;
}

/* To ask for the family by name makes the kernel load the module. Without one there is
 * nobody to send an extended ack; the ctrl family says only ENOENT.
 */
static int resolve(struct vfl *h)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct family f = { 0 };
	int err;

	if (!msg ||
	    !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, GENL_ID_CTRL, 0, 0,
			 CTRL_CMD_GETFAMILY, 1) ||
	    nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, VFL_FAMILY_NAME) < 0)
		return vfl_fail_nomem(h, msg);
	err = vfl_transact(h, msg, on_family, &f);
	if (err == -ENOENT)
		return vfl_fail(
			h, -ENOENT,
			"the vfleet kernel module is not loaded in this network namespace: run 'modprobe vfleet' on the host");
	if (err)
		return err;
	if (f.version != VFL_FAMILY_VERSION)
		return vfl_fail(
			h, -EPROTO,
			"the vfleet kernel module speaks version %u of its protocol, this program %d: install both of one version",
			f.version, VFL_FAMILY_VERSION);
	h->family = f.id;
	return 0;
}

static int connect_handle(struct vfl *h)
{
	int one = 1, err;

	h->sk = nl_socket_alloc();
	if (!h->sk)
		return vfl_fail(h, -ENOMEM,
				"out of memory for a netlink socket");
	err = genl_connect(h->sk);
	if (err < 0)
		return vfl_fail_nl(h, err,
				   "cannot open a generic netlink socket");
	if (setsockopt(nl_socket_get_fd(h->sk), SOL_NETLINK, NETLINK_EXT_ACK,
		       &one, sizeof(one)) < 0)
		return vfl_fail(h, -errno,
				"the kernel has no extended acks: %s",
				strerror(errno));
	return resolve(h);
}

struct vfl *vfl_open(char *err, size_t err_len)
{
	struct vfl *h = calloc(1, sizeof(*h));
	int ret;

	if (!h) {
		snprintf(err, err_len, "out of memory");
		errno = ENOMEM;
		return NULL;
	}
	ret = connect_handle(h);
	if (ret < 0) {
		snprintf(err, err_len, "%s", h->error);
		vfl_close(h);
		errno = -ret;
		return NULL;
	}
	return h;
}

struct growing {
	vfl_reply_fn parse;
	size_t size;
	char *items;
	size_t n, room;
};

static int append(struct vfl *h, struct nlmsghdr *nlh, void *arg)
{
	struct growing *g = arg;
	int err;

	if (g->n == g->room) {
		size_t room = g->room ? 2 * g->room : 16;
		char *items = realloc(g->items, room * g->size);

		if (!items)
			return vfl_fail(h, -ENOMEM, "out of memory for a list");
		g->items = items;
		g->room = room;
	}
	memset(g->items + g->n * g->size, 0, g->size);
	err = g->parse(h, nlh, g->items + g->n * g->size);
	if (!err)
		g->n++;
	return err;
}

int vfl_dump(struct vfl *h, enum vfl_cmd cmd, size_t size, vfl_reply_fn parse,
	     void **out, size_t *n)
{
	struct growing g = { .parse = parse, .size = size };
	int err, tries = DUMP_TRIES;

	do {
		struct nl_msg *msg = vfl_request(h, cmd, NLM_F_DUMP);

		g.n = 0;
		err = msg ? vfl_transact(h, msg, append, &g) : -ENOMEM;
	} while (err == -EINTR && --tries);

	if (err == -EINTR)
		vfl_fail(h, err, "the list kept changing while it was read");
	if (err < 0) {
		free(g.items);
		return err;
	}
	*out = g.items;
	*n = g.n;
	return 0;
}
