// SPDX-License-Identifier: BSD-3-Clause
/* link.c - the tap of nat.outbound, in the namespace of the applications */
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <net/route.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fabric.h"

/* What is being made, and what went wrong with it. */
struct maker {
	const struct config *c;
	int tap, s4, s6;
	struct ifreq name;
	const char *step;
};

static int tap_open(struct maker *m)
{
	struct ifreq wanted = m->name;

	m->step = "open /dev/net/tun";
	m->tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (m->tap < 0)
		return -1;
	m->step = "make the tap";
	wanted.ifr_flags = IFF_TAP | IFF_NO_PI;
	return ioctl(m->tap, TUNSETIFF, &wanted);
}

static void put_sysctl(const struct maker *m, const char *name, unsigned value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s",
		 m->c->link.device, name);
	/* There is none where IPv6 is off. */
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	dprintf(fd, "%u", value);
	close(fd);
}

static int set_up(struct maker *m)
{
	const struct config_port *ports = m->c->ports;
	struct ifreq r = m->name;

	m->step = "set the MTU";
	r.ifr_mtu = ports[SIDE_CLIENT].mtu < ports[SIDE_SERVER].mtu ?
			    ports[SIDE_CLIENT].mtu :
			    ports[SIDE_SERVER].mtu;
	if (ioctl(m->s4, SIOCSIFMTU, &r) < 0)
		return -1;
	m->step = "set it up";
	if (ioctl(m->s4, SIOCGIFFLAGS, &r) < 0)
		return -1;
	r.ifr_flags |= IFF_UP;
	return ioctl(m->s4, SIOCSIFFLAGS, &r);
}

static struct sockaddr_in address4(const uint8_t *bytes)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	memcpy(&a.sin_addr, bytes, 4);
	return a;
}

static int configure4(struct maker *m, const struct config_link_end *end)
{
	struct sockaddr_in own = address4(end->application.bytes);
	struct sockaddr_in gateway = address4(end->engine.bytes);
	struct sockaddr_in mask = { .sin_family = AF_INET };
	struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY,
				 .rt_dev = m->name.ifr_name };
	struct ifreq r = m->name;

	mask.sin_addr.s_addr = htonl(
		end->prefix.length ? UINT32_MAX << (32 - end->prefix.length) :
				     0);
	m->step = "give it an address";
	memcpy(&r.ifr_addr, &own, sizeof(own));
	if (ioctl(m->s4, SIOCSIFADDR, &r) < 0)
		return -1;
	memcpy(&r.ifr_netmask, &mask, sizeof(mask));
	if (ioctl(m->s4, SIOCSIFNETMASK, &r) < 0)
		return -1;
	m->step = "add a default route";
	memcpy(&route.rt_gateway, &gateway, sizeof(gateway));
	route.rt_dst.sa_family = route.rt_genmask.sa_family = AF_INET;
	return ioctl(m->s4, SIOCADDRT, &route);
}

static int configure6(struct maker *m, const struct config_link_end *end)
{
	int index = (int)if_nametoindex(m->name.ifr_name);
	struct in6_ifreq r = { .ifr6_prefixlen = end->prefix.length,
			       .ifr6_ifindex = index };
	struct in6_rtmsg route = { .rtmsg_flags = RTF_UP | RTF_GATEWAY,
				   .rtmsg_metric = 1024,
				   .rtmsg_ifindex = index };

	m->step = "give it an IPv6 address";
	memcpy(&r.ifr6_addr, end->application.bytes, 16);
	if (ioctl(m->s6, SIOCSIFADDR, &r) < 0)
		return -1;
	m->step = "add an IPv6 default route";
	memcpy(&route.rtmsg_gateway, end->engine.bytes, 16);
	return ioctl(m->s6, SIOCADDRT, &route);
}

static int make(struct maker *m)
{
	const struct config_link *link = &m->c->link;
	bool v6 = false;

	for (unsigned i = 0; i < link->n_ends; i++)
		v6 |= link->ends[i].prefix.address.family == 6;
	m->s4 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	m->s6 = v6 ? socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
	m->step = "open a socket";
	if (m->s4 < 0 || (v6 && m->s6 < 0) || tap_open(m) < 0)
		return -1;
	/* The address is ours alone: there is nobody to ask on this link. */
	put_sysctl(m, "accept_dad", 0);
	put_sysctl(m, "accept_ra", 0);
	put_sysctl(m, "disable_ipv6", !v6);
	if (set_up(m) < 0)
		return -1;
	for (unsigned i = 0; i < link->n_ends; i++)
		if ((link->ends[i].prefix.address.family == 4 ?
			     configure4(m, &link->ends[i]) :
			     configure6(m, &link->ends[i])) < 0)
			return -1;
	return 0;
}

static void close_all(const struct maker *m, bool tap)
{
	if (m->s4 >= 0)
		close(m->s4);
	if (m->s6 >= 0)
		close(m->s6);
	if (tap && m->tap >= 0)
		close(m->tap);
}

int link_open(const struct config *c, char *err, size_t err_bytes)
{
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int there = open(c->netns, O_RDONLY | O_CLOEXEC), ret = -1, why;
	struct maker m = { .c = c, .tap = -1, .s4 = -1, .s6 = -1 };

	snprintf(m.name.ifr_name, sizeof(m.name.ifr_name), "%s",
		 c->link.device);
	m.step = "enter the namespace";
	if (here >= 0 && there >= 0 && setns(there, CLONE_NEWNET) == 0) {
		ret = make(&m);
		why = errno;
		/* In another namespace everything we do from here on is wrong. */
		if (setns(here, CLONE_NEWNET) < 0)
			abort();
	} else {
		why = errno;
	}
	if (here >= 0)
		close(here);
	if (there >= 0)
		close(there);
	close_all(&m, ret < 0);
	if (ret == 0)
		return m.tap;
	snprintf(err, err_bytes, "%s in %s (nat.outbound): cannot %s: %s",
		 c->link.device, c->netns, m.step, strerror(why));
	return -why;
}
