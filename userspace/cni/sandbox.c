// SPDX-License-Identifier: BSD-3-Clause
/* sandbox.c - a pod's network namespace, watched without keeping it alive */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/net_namespace.h>
#include <linux/nsfs.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

struct sandbox {
	struct nl_sock *events;
	int32_t id; /* of the namespace, in ours */
	bool gone;
};

/* The id in a message about one; -1: there is none. */
static int32_t id_in(struct nl_msg *msg)
{
	struct nlattr *id = nlmsg_find_attr(
		nlmsg_hdr(msg), sizeof(struct rtgenmsg), NETNSA_NSID);

	return id ? nla_get_s32(id) : -1;
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct sandbox *s = arg;

	if (nlmsg_hdr(msg)->nlmsg_type == RTM_DELNSID && id_in(msg) == s->id)
		s->gone = true;
	return NL_OK;
}

static int on_id(struct nl_msg *msg, void *arg)
{
	*(int32_t *)arg = id_in(msg);
	return NL_OK;
}

/* Sends a command about the namespace of a descriptor, or without one (-1) about that
 * of an id, and reads the answer. Returns 0 with the answer's id in *id, or a negative
 * error of libnl.
 */
static int ask(int command, int fd, int32_t *id)
{
	struct rtgenmsg header = { .rtgen_family = AF_UNSPEC };
	struct nl_msg *msg =
		nlmsg_alloc_simple(command, NLM_F_REQUEST | NLM_F_ACK);
	struct nl_sock *sk = nl_socket_alloc();
	int err = -NLE_NOMEM;

	if (sk && msg && nlmsg_append(msg, &header, sizeof(header), 0) == 0 &&
	    (fd >= 0 || nla_put_s32(msg, NETNSA_NSID, *id) == 0) &&
	    (fd < 0 || nla_put_u32(msg, NETNSA_FD, fd) == 0) &&
	    (command != RTM_NEWNSID || nla_put_s32(msg, NETNSA_NSID, -1) == 0))
		err = nl_connect(sk, NETLINK_ROUTE);
	if (err == 0) {
		nl_socket_modify_cb(sk, NL_CB_VALID, NL_CB_CUSTOM, on_id, id);
		err = nl_send_auto(sk, msg);
	}
	if (err >= 0)
		err = nl_recvmsgs_default(sk);
	if (err >= 0 && command == RTM_GETNSID)
		err = nl_wait_for_ack(sk);
	nlmsg_free(msg);
	nl_socket_free(sk);
	return err < 0 ? err : 0;
}

/* A lost event may have been the one that counts. */
bool sandbox_gone(struct sandbox *s)
{
	int32_t id = s->id;
	int err;

	do
		err = nl_recvmsgs_default(s->events);
	while (err == 0);
	if (!s->gone && err != -NLE_AGAIN)
		s->gone = ask(RTM_GETNSID, -1, &id) < 0 || id != s->id;
	return s->gone;
}

int sandbox_fd(const struct sandbox *s)
{
	return nl_socket_get_fd(s->events);
}

void sandbox_free(struct sandbox *s)
{
	if (!s)
		return;
	nl_socket_free(s->events);
	free(s);
}

static int listen_to(struct sandbox *s)
{
	int err;

	s->events = nl_socket_alloc();
	if (!s->events)
		return -NLE_NOMEM;
	nl_socket_disable_seq_check(s->events);
	nl_socket_modify_cb(s->events, NL_CB_VALID, NL_CB_CUSTOM, on_event, s);
	err = nl_connect(s->events, NETLINK_ROUTE);
	if (err == 0)
		err = nl_socket_add_memberships(s->events, RTNLGRP_NSID, 0);
	return err == 0 ? nl_socket_set_nonblocking(s->events) : err;
}

/* Events come first, or the end of the namespace could pass between the two. */
static int name(struct sandbox *s, int fd)
{
	int err = listen_to(s);

	if (err == 0)
		err = ask(RTM_NEWNSID, fd, &s->id);
	if (err == 0 || err == -NLE_EXIST)
		err = ask(RTM_GETNSID, fd, &s->id);
	return err == 0 && s->id < 0 ? -NLE_OBJ_NOTFOUND : err;
}

static int open_namespace(const char *netns, struct failure *f)
{
	int fd = open(netns, O_RDONLY | O_CLOEXEC);
	struct stat theirs, ours;

	if (fd < 0) {
		failure_set(f, FAILURE_ENVIRONMENT, "CNI_NETNS: %s: %s", netns,
			    strerror(errno));
		return -1;
	}
	if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		failure_set(f, FAILURE_ENVIRONMENT,
			    "CNI_NETNS: %s is not a network namespace", netns);
	else if (fstat(fd, &theirs) == 0 &&
		 stat("/proc/self/ns/net", &ours) == 0 &&
		 theirs.st_ino == ours.st_ino)
		failure_set(
			f, FAILURE_ENVIRONMENT,
			"CNI_NETNS: %s is the plugin's own namespace: a pod with the host's network has no attachment",
			netns);
	else
		return fd;
	close(fd);
	return -1;
}

struct sandbox *sandbox_watch(const char *netns, struct failure *f)
{
	struct sandbox *s = NULL;
	int fd = open_namespace(netns, f), err;

	if (fd < 0)
		return NULL;
	s = calloc(1, sizeof(*s));
	err = s ? name(s, fd) : -NLE_NOMEM;
	close(fd);
	if (err == 0)
		return s;
	failure_set(f, FAILURE_REFUSED, "cannot watch %s: %s", netns,
		    nl_geterror(err));
	sandbox_free(s);
	return NULL;
}
