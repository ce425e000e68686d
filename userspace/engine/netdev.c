/* SPDX-License-Identifier: BSD-3-Clause */
/* netdev.c - ask the kernel to change a netdev only when there is something to change */
#include <net/if.h>
#include <stdarg.h>
#include <sys/ioctl.h>

/*
 * DPDK's drivers set flags and MTU of a netdev at every start, mostly to what they are.
 * The kernel refuses that to an engine without CAP_NET_ADMIN, as in a container, where
 * it would be the right to reconfigure every netdev. The linker sends ioctl() here
 * (--wrap); what changes nothing is done already.
 */
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);

static int is_so(int fd, unsigned long request, const struct ifreq *wanted)
{
	struct ifreq now = *wanted;

	if (request == SIOCSIFFLAGS)
		return __real_ioctl(fd, SIOCGIFFLAGS, &now) == 0 &&
		       now.ifr_flags == wanted->ifr_flags;
	return request == SIOCSIFMTU &&
	       __real_ioctl(fd, SIOCGIFMTU, &now) == 0 &&
	       now.ifr_mtu == wanted->ifr_mtu;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list list;
	void *arg;

	va_start(list, request);
	arg = va_arg(list, void *);
	va_end(list);
	if ((request == SIOCSIFFLAGS || request == SIOCSIFMTU) &&
	    is_so(fd, request, arg))
		return 0;
	return __real_ioctl(fd, request, arg);
}
