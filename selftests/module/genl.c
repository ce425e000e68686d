// SPDX-License-Identifier: BSD-3-Clause
/* genl.c - generic netlink without a library: also what no library would send */
#include "genl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/vfleet.h>

#define ANSWER_SECONDS 60

void genl_put_raw(struct genl_msg *m, const void *data, size_t len)
{
	if (m->len + NLA_ALIGN(len) > sizeof(m->buf))
		return;
	memset(m->buf + m->len, 0, NLA_ALIGN(len));
	if (len)
		memcpy(m->buf + m->len, data, len);
	m->len += NLA_ALIGN(len);
}

void genl_put(struct genl_msg *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr a = { .nla_len = NLA_HDRLEN + len, .nla_type = type };

	if (m->len + NLA_HDRLEN + NLA_ALIGN(len) > sizeof(m->buf))
		return;
	genl_put_raw(m, &a, sizeof(a));
	genl_put_raw(m, data, len);
}

size_t genl_nest(struct genl_msg *m, uint16_t type)
{
	size_t at = m->len;

	genl_put(m, type, NULL, 0);
	return at;
}

void genl_nest_end(struct genl_msg *m, size_t nest)
{
	struct nlattr *a = (struct nlattr *)(m->buf + nest);

	if (nest < m->len)
		a->nla_len = m->len - nest;
}

static void begin(struct genl *g, struct genl_msg *m, uint16_t family,
		  uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr nlh = { .nlmsg_type = family,
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK |
					       flags,
				.nlmsg_seq = ++g->seq };
	struct genlmsghdr genl = { .cmd = cmd, .version = VFL_FAMILY_VERSION };

	m->len = 0;
	genl_put_raw(m, &nlh, sizeof(nlh));
	genl_put_raw(m, &genl, sizeof(genl));
}

void genl_begin(struct genl *g, struct genl_msg *m, uint8_t cmd, uint16_t flags)
{
	begin(g, m, g->family, cmd, flags);
}

/* The payload of the attribute `type` among `len` bytes, NULL without. */
static const void *find(const uint8_t *p, size_t len, uint16_t type)
{
	struct nlattr a;

	while (len >= NLA_HDRLEN) {
		memcpy(&a, p, sizeof(a));
		if (a.nla_len < NLA_HDRLEN || a.nla_len > len)
			return NULL;
		if ((a.nla_type & NLA_TYPE_MASK) == type)
			return p + NLA_HDRLEN;
		if ((size_t)NLA_ALIGN(a.nla_len) >= len)
			return NULL;
		len -= NLA_ALIGN(a.nla_len);
		p += NLA_ALIGN(a.nla_len);
	}
	return NULL;
}

/* The sentence behind an acknowledgement, whose copy of the request is capped. */
static void read_ack(const struct nlmsghdr *nlh, struct genl_answer *answer)
{
	const uint8_t *p = (const uint8_t *)NLMSG_DATA(nlh) + sizeof(int);
	size_t len = nlh->nlmsg_len - NLMSG_HDRLEN - sizeof(int);
	const char *text = NULL;

	memcpy(&answer->err, NLMSG_DATA(nlh), sizeof(int));
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		p += sizeof(struct nlmsghdr);
		len -= sizeof(struct nlmsghdr);
	}
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		text = find(p, len, NLMSGERR_ATTR_MSG);
	snprintf(answer->text, sizeof(answer->text), "%s", text ? text : "");
}

static void read_reply(const struct nlmsghdr *nlh, struct genl *g,
		       struct genl_answer *answer)
{
	const uint8_t *p = (const uint8_t *)NLMSG_DATA(nlh) + GENL_HDRLEN;
	size_t len = nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	const struct genlmsghdr *genl = NLMSG_DATA(nlh);
	const void *data;

	if (nlh->nlmsg_type == GENL_ID_CTRL) {
		data = find(p, len, CTRL_ATTR_FAMILY_ID);
		if (data)
			memcpy(&g->family, data, sizeof(g->family));
	} else if (genl->cmd == VFL_CMD_LEASE_ACQUIRE) {
		data = find(p, len, VFL_A_LEASE_FD);
		if (data)
			memcpy(&answer->fd, data, sizeof(answer->fd));
	}
}

int genl_ask(struct genl *g, struct genl_msg *m, struct genl_answer *answer)
{
	uint8_t buf[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = (struct nlmsghdr *)m->buf;

	*answer = (struct genl_answer){ .fd = -1 };
	nlh->nlmsg_len = m->len;
	if (send(g->fd, m->buf, m->len, 0) < 0)
		return -errno;
	for (;;) {
		ssize_t n = recv(g->fd, buf, sizeof(buf), 0);
		int len = n;

		if (n < 0)
			return -errno;
		for (nlh = (struct nlmsghdr *)buf; NLMSG_OK(nlh, len);
		     nlh = NLMSG_NEXT(nlh, len)) {
			if (nlh->nlmsg_seq != g->seq)
				continue;
			if (nlh->nlmsg_type == NLMSG_ERROR ||
			    nlh->nlmsg_type == NLMSG_DONE) {
				read_ack(nlh, answer);
				return 0;
			}
			read_reply(nlh, g, answer);
		}
	}
}

int genl_open(struct genl *g)
{
	struct timeval limit = { .tv_sec = ANSWER_SECONDS };
	struct genl_answer answer;
	struct genl_msg m;
	int one = 1, err;

	memset(g, 0, sizeof(*g));
	g->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (g->fd < 0)
		return -errno;
	if (setsockopt(g->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one,
		       sizeof(one)) ||
	    setsockopt(g->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one,
		       sizeof(one)) ||
	    setsockopt(g->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		return -errno;
	begin(g, &m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	genl_put(&m, CTRL_ATTR_FAMILY_NAME, VFL_FAMILY_NAME,
		 sizeof(VFL_FAMILY_NAME));
	err = genl_ask(g, &m, &answer);
	return err ? err : answer.err;
}
