/* SPDX-License-Identifier: BSD-3-Clause */
/* channel.c - descriptors that come over a socket: an engine in a container */
#include "channel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fabric.h"
#include "passing.h"

/* Descriptors of one message; 0 when there are none, -1 at the end of the socket. */
static int receive(int fd, int fds[PASSING_FDS_MAX])
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int) * PASSING_FDS_MAX)];
	} control;
	char byte;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	const struct cmsghdr *c;
	ssize_t got;
	int n;

	do
		got = recvmsg(fd, &message, 0);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return -1;
	c = CMSG_FIRSTHDR(&message);
	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return 0;
	n = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	memcpy(fds, CMSG_DATA(c), sizeof(int) * (unsigned)n);
	return n;
}

bool channel_receive(int fd, int link_fd, char *err, unsigned err_bytes)
{
	int fds[PASSING_FDS_MAX], n;
	char line[PASSING_BYTES];
	struct stat what;

	if (fstat(fd, &what) < 0) {
		snprintf(err, err_bytes, "there is no descriptor %d", fd);
		return false;
	}
	if (!S_ISSOCK(what.st_mode))
		return true;
	snprintf(line, sizeof(line), PASSING_VERSION, VFLEET_VERSION,
		 FABRIC_ABI);
	n = send(fd, line, strlen(line), MSG_NOSIGNAL) < 0 ? -1 :
							     receive(fd, fds);
	if (n <= 0) {
		snprintf(err, err_bytes, "%s",
			 n ? "the supervisor has gone or does not want us" :
			     "the supervisor sent no descriptor");
		return false;
	}
	/* The link comes last. */
	if (link_fd >= 0 && dup2(fds[n - 1], link_fd) < 0) {
		snprintf(err, err_bytes, "descriptor %d: %s", link_fd,
			 strerror(errno));
		return false;
	}
	if (link_fd >= 0)
		close(fds[n - 1]);
	/* The socket is in the way no more; the fabric survives an exec(). */
	if (dup2(fds[0], fd) < 0) {
		snprintf(err, err_bytes, "descriptor %d: %s", fd,
			 strerror(errno));
		return false;
	}
	close(fds[0]);
	return true;
}
