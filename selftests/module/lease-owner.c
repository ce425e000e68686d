// SPDX-License-Identifier: BSD-3-Clause
/* lease-owner.c - owners of a lease: what they do with it and how they end */
#include "lease-tool.h"

#include <fcntl.h>
#include <linux/vfio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_RACERS 64

static bool parse_request(int argc, char **argv, struct vfl_lease_req *req)
{
	int i;

	for (i = 0; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "pf"))
			req->pf = argv[i + 1];
		else if (!strcmp(argv[i], "index"))
			req->vf_index = atoi(argv[i + 1]);
		else if (!strcmp(argv[i], "label"))
			req->label = argv[i + 1];
		else if (!parse_setting(argv[i], argv[i + 1], &req->tuning))
			return false;
	}
	return i == argc;
}

/* Opens the device the way a user space driver does; the fds live until exit. */
static int open_vfio(const struct vfl_lease *l)
{
	int container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	char path[32];
	int group;

	snprintf(path, sizeof(path), "/dev/vfio/%u", l->iommu_group);
	group = open(path, O_RDWR | O_CLOEXEC);
	if (container < 0 || group < 0 ||
	    ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0 ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0)
		return -1;
	return ioctl(group, VFIO_GROUP_GET_DEVICE_FD, l->vf);
}

static int acquire_and_print(int argc, char **argv, struct vfl_lease *l)
{
	struct vfl_lease_req req = { .vf_index = -1 };
	int err;

	if (!parse_request(argc, argv, &req))
		return 2;
	err = vfl_lease_acquire(h, &req, l);
	if (err < 0)
		return refused(err);
	printf("%u %s %u %s\n", l->id, l->vf, l->iommu_group,
	       mac_text(&l->tuning));
	fflush(stdout);
	return 0;
}

/* Until stdin ends or the lease hangs up. */
static void wait_for_end(const struct vfl_lease *l)
{
	struct pollfd p[2] = { { .fd = 0, .events = POLLIN },
			       { .fd = l->fd, .events = POLLIN } };

	if (poll(p, 2, -1) > 0 && p[1].revents)
		printf("hangup %#x\n", p[1].revents);
}

int hold(int argc, char **argv)
{
	struct vfl_lease l;
	int ret = acquire_and_print(argc, argv, &l);

	if (!ret)
		wait_for_end(&l);
	return ret;
}

static int acquire_and_open(int argc, char **argv, struct vfl_lease *l)
{
	int ret = acquire_and_print(argc, argv, l);

	if (ret)
		return ret;
	if (open_vfio(l) < 0) {
		perror("vfio");
		return 1;
	}
	printf("open\n");
	fflush(stdout);
	return 0;
}

static void wait_for_stdin(void)
{
	char c;

	while (read(0, &c, 1) > 0)
		;
}

int hold_vfio(int argc, char **argv)
{
	struct vfl_lease l;
	int ret = acquire_and_open(argc, argv, &l);

	if (!ret)
		wait_for_stdin();
	return ret;
}

int hold_politely(int argc, char **argv)
{
	struct vfl_lease l;
	int ret = acquire_and_open(argc, argv, &l);

	if (!ret)
		wait_for_end(&l);
	return ret;
}

int orphan_vfio(int argc, char **argv)
{
	struct vfl_lease l;
	int ret = acquire_and_open(argc, argv, &l);

	if (ret)
		return ret;
	close(l.fd);
	wait_for_stdin();
	return 0;
}

int hold_by_child(int argc, char **argv)
{
	struct vfl_lease l;
	int ret = acquire_and_print(argc, argv, &l);

	if (!ret && !fork())
		wait_for_stdin();
	return ret;
}

static int send_fd(int sock, int fd)
{
	char byte = 0, space[CMSG_SPACE(sizeof(fd))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = sizeof(space) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(sock, &m, 0) == 1 ? 0 : -1;
}

static int receive_fd(int sock)
{
	char byte, space[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = sizeof(space) };
	int fd = -1;

	if (recvmsg(sock, &m, 0) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

/* The receiver is forked before there is a lease: all it gets is the message. */
int pass(int argc, char **argv)
{
	struct vfl_lease l;
	int sock[2], ret;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock) < 0)
		return 2;
	if (!fork()) {
		close(sock[0]);
		l.fd = receive_fd(sock[1]);
		if (l.fd >= 0)
			wait_for_end(&l);
		return 0;
	}
	ret = acquire_and_print(argc, argv, &l);
	return ret ? ret : send_fd(sock[0], l.fd) ? 1 : 0;
}

/* Both sockets are in flight in one of them: the kernel's garbage collector has to see it,
 * which runs when any other socket of the family closes, as `other` does at the end.
 */
int leave_cycle(int argc, char **argv)
{
	int other = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct vfl_lease l;
	int sock[2], ret;

	if (other < 0 ||
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sock) < 0)
		return 2;
	ret = acquire_and_print(argc, argv, &l);
	if (ret)
		return ret;
	return send_fd(sock[0], l.fd) || send_fd(sock[0], sock[0]) ||
	       send_fd(sock[0], sock[1]);
}

int become_cat(int argc, char **argv)
{
	struct vfl_lease l;
	int ret = acquire_and_print(argc, argv, &l);

	if (!ret)
		execlp("cat", "cat", NULL);
	return ret;
}

int become_cat_with_fd(int argc, char **argv)
{
	struct vfl_lease l;
	int ret = acquire_and_print(argc, argv, &l);

	if (!ret && !fcntl(l.fd, F_SETFD, 0))
		execlp("cat", "cat", NULL);
	return ret;
}

int hold_deaf(int argc, char **argv)
{
	struct vfl_lease l;
	int ret = acquire_and_print(argc, argv, &l);

	if (!ret)
		wait_for_stdin();
	return ret;
}

/* The life of an owner that its parent kills: waits for `go` to close,
 * acquires, leaves marks on the VF, tells the lease (id 0: refused).
 */
static void __attribute__((noreturn)) own(int result, int go)
{
	struct vfl_lease_req any = { .vf_index = -1 };
	struct vfl_tuning marks = { .set = VFL_TUNE_VLAN | VFL_TUNE_TRUST,
				    .vlan = 77,
				    .trust = true };
	struct vfl_lease l;
	char err[256], c;

	h = vfl_open(err, sizeof(err));
	if (!h || read(go, &c, 1) < 0)
		_exit(3);
	if (vfl_lease_acquire(h, &any, &l) < 0)
		l.id = 0;
	else if (vfl_vf_set(h, l.vf, l.generation, &marks) < 0)
		fprintf(stderr, "marks: %s\n", vfl_error(h));
	if (write(result, &l, sizeof(l)) != sizeof(l))
		_exit(3);
	for (;;)
		pause();
}

/* All wait for the same end of file, then ask at the same moment. */
int race(int argc, char **argv)
{
	int n = argc ? atoi(argv[0]) : 0, got = 0, twice = 0, i, j;
	struct vfl_lease l[MAX_RACERS];
	int result[2], go[2];
	pid_t pid[MAX_RACERS];

	if (n < 1 || n > MAX_RACERS || pipe(result) < 0 || pipe(go) < 0)
		return 2;
	for (i = 0; i < n; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			close(go[1]);
			own(result[1], go[0]);
		}
	}
	close(go[1]);
	for (i = 0; i < n; i++)
		if (read(result[0], &l[i], sizeof(l[i])) != sizeof(l[i]))
			return 3;
	for (i = 0; i < n; i++) {
		got += l[i].id != 0;
		for (j = 0; j < i; j++)
			twice += l[i].id && l[j].id &&
				 !strcmp(l[i].vf, l[j].vf);
	}
	printf("asked %d got %d twice %d\n", n, got, twice);
	for (i = 0; i < n; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	return twice ? 1 : 0;
}
