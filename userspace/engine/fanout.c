/* SPDX-License-Identifier: BSD-3-Clause */
/* fanout.c - raw sockets that see fragments as they are on the wire */
#include <linux/if_packet.h>
#include <sys/socket.h>

/*
 * DPDK's driver puts every raw socket into a fanout group with
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
