/* SPDX-License-Identifier: BSD-3-Clause */
/* genl.h - generic netlink without a library: also what no library would send */
#ifndef SELFTESTS_MODULE_GENL_H
#define SELFTESTS_MODULE_GENL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#define GENL_MSG_MAX 4096

/* A message under construction; `len` bytes of buf are used. */
struct genl_msg {
	uint8_t buf[GENL_MSG_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	size_t len;
};

/* What the kernel said: err is 0 or a negative errno, text its sentence or "". fd is
 * the VFL_A_LEASE_FD of a reply, the caller's to close, or -1.
 */
struct genl_answer {
	int err;
	char text[256];
	int fd;
};

struct genl {
	int fd;
	uint16_t family;
	uint32_t seq;
};

/* Opens a socket and finds the vfleet family; a negative errno. */
int genl_open(struct genl *g);
/* Begins a message to the family found. */
void genl_begin(struct genl *g, struct genl_msg *m, uint8_t cmd,
		uint16_t flags);
/* Appends an attribute; type may have NLA_F_* bits. Too much for the buffer is dropped. */
void genl_put(struct genl_msg *m, uint16_t type, const void *data, size_t len);
/* Bytes that are no attribute. */
void genl_put_raw(struct genl_msg *m, const void *data, size_t len);
/* A nest lasts from genl_nest() to genl_nest_end() of what it returned. */
size_t genl_nest(struct genl_msg *m, uint16_t type);
void genl_nest_end(struct genl_msg *m, size_t nest);
/* Sends and reads until the acknowledgement; a negative errno if there is none. */
int genl_ask(struct genl *g, struct genl_msg *m, struct genl_answer *answer);

#endif /* SELFTESTS_MODULE_GENL_H */
