// SPDX-License-Identifier: BSD-3-Clause
/* group.c - the multicast MAC of a fleet that shares its frames by the NIC */
#include "group.h"

#include <dirent.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * The NIC copies a frame to all VFs that listen to its multicast address. This one is
 * administered locally, the same whenever the fleet of this name starts (a router may
 * have to be told), and another one on the other side. The hash is FNV-1a.
 */
void group_name(uint8_t mac[6], const char *fleet, unsigned side)
{
	uint32_t hash = 2166136261u;

	for (; *fleet; fleet++)
		hash = (hash ^ (uint8_t)*fleet) * 16777619u;
	hash = (hash & ~1u) | side;
	mac[0] = 0x03;
	mac[1] = 'v';
	for (unsigned i = 0; i < 4; i++)
		mac[2 + i] = hash >> (24 - 8 * i);
}

/* The network device of a VF's PF; 0: there is none. */
static unsigned pf_ifindex(const char *vf)
{
	const struct dirent *entry;
	unsigned ifindex = 0;
	char path[128];
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/physfn/net", vf);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (!ifindex && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			ifindex = if_nametoindex(entry->d_name);
	closedir(dir);
	return ifindex;
}

/* The kernel counts who listens and forgets those that die, so nothing is left behind
 * and a new supervisor has nothing to do. */
int group_join(const char *vf, const uint8_t mac[6])
{
	struct packet_mreq member = { .mr_ifindex = (int)pf_ifindex(vf),
				      .mr_type = PACKET_MR_MULTICAST,
				      .mr_alen = 6 };
	int fd, ret;

	if (!member.mr_ifindex)
		return -ENODEV;
	memcpy(member.mr_address, mac, 6);
	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &member,
		       sizeof(member)) == 0)
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}
