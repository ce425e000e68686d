/* SPDX-License-Identifier: BSD-3-Clause */
/* raw_socket.c - what DPDK's driver does not do with its raw sockets */
#include "raw_socket.h"

#include <dirent.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

/*
 * PACKET_FANOUT: DPDK's driver puts every raw socket into a fanout group with
 * PACKET_FANOUT_FLAG_DEFRAG: the kernel then puts IPv4 fragments together, and
 * what comes out is longer than a frame of the ring. An engine has one socket
 * per netdev, so a group is for nothing. The linker sends the driver's calls
 * here (--wrap); everything else goes on to the C library.
 */
int __real_setsockopt(int fd, int level, int name, const void *value,
		      socklen_t bytes);
int __wrap_setsockopt(int fd, int level, int name, const void *value,
		      socklen_t bytes);

int __wrap_setsockopt(int fd, int level, int name, const void *value,
		      socklen_t bytes)
{
	if (level == SOL_PACKET && name == PACKET_FANOUT)
		return 0;
	return __real_setsockopt(fd, level, name, value, bytes);
}

/*
 * poll: where the transmit ring is full, DPDK's driver waits for room, without a limit,
 * and all that the engine does with it: a link that stands still stopped the other one,
 * too. No other code of ours waits for POLLOUT alone.
 */
int __real_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms);

int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	bool for_room = n == 1 && fds->events == POLLOUT;

	return __real_poll(fds, n, for_room ? 0 : timeout_ms);
}

/* The driver does not show it: it is the one among our descriptors that is bound to the
 * device. */
static int find(const char *device, unsigned which)
{
	unsigned index = if_nametoindex(device);
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	int found = -1;

	while (dir && found < 0 && (entry = readdir(dir))) {
		struct sockaddr_ll at = { 0 };
		socklen_t bytes = sizeof(at);
		int fd = atoi(entry->d_name);

		if (getsockname(fd, (struct sockaddr *)&at, &bytes) == 0 &&
		    at.sll_family == AF_PACKET && index &&
		    at.sll_ifindex == (int)index && which-- == 0)
			found = fd;
	}
	if (dir)
		closedir(dir);
	return found;
}

int raw_socket_of(const char *device, unsigned which)
{
	int fd = find(device, which), yes = 1;

	/* Other engines' frames, on the netdev that mirror steering shares: half of
	 * all, and nobody's. Older kernels show them; they are own_source then. */
	if (fd >= 0)
		__real_setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes,
				  sizeof(yes));
	return fd;
}

uint32_t raw_socket_missed(int fd)
{
	struct tpacket_stats stats = { 0 };
	socklen_t bytes = sizeof(stats);

	getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &bytes);
	return stats.tp_drops;
}

bool raw_socket_push(int fd)
{
	ssize_t bytes;

	/* Ends: nobody else puts frames into the ring. */
	do
		bytes = sendto(fd, NULL, 0, MSG_DONTWAIT, NULL, 0);
	while (bytes > 0);
	return bytes == 0 || (errno != EAGAIN && errno != ENOBUFS);
}
