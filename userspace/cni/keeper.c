// SPDX-License-Identifier: BSD-3-Clause
/* keeper.c - the process that holds a pod's lease, for as long as the pod lives */
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox.h"

#define SOCKET_FD 3 /* of the keeper */
#define COMM	  "vfleet-cni-keep" /* 15 bytes are all that ps shows */

/* What the keeper tells about its start. */
struct report {
	struct failure failure; /* .code 0: the lease is held */
	struct vfl_lease lease;
};

/* The runtime waits until nobody has its pipes any more, and is not to be kept alive by
 * whatever else it left open.
 */
static void leave(int socket)
{
	int null;

	setsid();
	prctl(PR_SET_NAME, COMM);
	if (chdir("/") < 0 || (null = open("/dev/null", O_RDWR)) < 0)
		_exit(1);
	for (int fd = 0; fd < SOCKET_FD; fd++)
		dup2(null, fd);
	if (socket != SOCKET_FD && dup2(socket, SOCKET_FD) < 0)
		_exit(1);
	close_range(SOCKET_FD + 1, ~0U, 0);
}

static int acquire(const struct vfl_lease_req *req, struct report *r)
{
	char sentence[256];
	struct vfl *h = vfl_open(sentence, sizeof(sentence));
	int err;

	if (!h)
		return failure_of_module(&r->failure, -errno, sentence);
	err = vfl_lease_acquire(h, req, &r->lease);
	if (err < 0)
		failure_of_module(&r->failure, err, vfl_error(h));
	vfl_close(h);
	return err;
}

/* Until one of the ends that keeper.h names. */
static void hold(int lease, struct sandbox *s)
{
	struct pollfd fds[] = { { .fd = lease, .events = POLLIN },
				{ .fd = sandbox_fd(s), .events = POLLIN },
				{ .fd = SOCKET_FD, .events = POLLIN } };
	char word;

	for (;;) {
		if (poll(fds, 3, -1) < 0)
			continue; /* a signal */
		if (fds[0].revents || (fds[1].revents && sandbox_gone(s)))
			return;
		if (fds[2].revents) {
			if (read(SOCKET_FD, &word, 1) != 1)
				return;
			close(SOCKET_FD);
			fds[2].fd = -1;
		}
	}
}

static _Noreturn void keep(int socket, const struct vfl_lease_req *req,
			   const char *netns)
{
	struct report r = { 0 };
	struct sandbox *s;

	leave(socket);
	s = sandbox_watch(netns, &r.failure);
	if (s && acquire(req, &r) == 0 &&
	    send(SOCKET_FD, &r, sizeof(r), MSG_NOSIGNAL) == sizeof(r))
		hold(r.lease.fd, s);
	else if (r.failure.code)
		send(SOCKET_FD, &r, sizeof(r), MSG_NOSIGNAL);
	_exit(0); /* closes the lease, if there is one */
}

int keeper_start(struct keeper *k, const struct vfl_lease_req *req,
		 const char *netns, struct failure *f)
{
	struct report r;
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return failure_set(f, FAILURE_IO, "no socket: %s",
				   strerror(errno));
	pid = fork();
	if (pid == 0)
		keep(ends[1], req, netns);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return failure_set(f, FAILURE_IO, "no process: %s",
				   strerror(errno));
	}
	if (recv(ends[0], &r, sizeof(r), 0) != sizeof(r))
		r = (struct report){
			.failure = { .code = FAILURE_IO,
				     .details =
					     "the process that holds the lease died" }
		};
	if (r.failure.code) {
		close(ends[0]);
		*f = r.failure;
		return -1;
	}
	k->socket = ends[0];
	k->lease = r.lease;
	return 0;
}

int keeper_stay(struct keeper *k, struct failure *f)
{
	int socket = k->socket;
	bool told = send(socket, "", 1, MSG_NOSIGNAL) == 1;

	k->socket = -1;
	close(socket);
	return told ? 0 :
		      failure_set(f, FAILURE_LOST,
				  "the process that holds the lease died");
}
