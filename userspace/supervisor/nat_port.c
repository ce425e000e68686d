// SPDX-License-Identifier: BSD-3-Clause
/* nat_port.c - keep a port of the host from its programs */
#include "nat_port.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sockaddr.h"
#include "words.h"

static int bind_to(int fd, const struct endpoint *e)
{
	struct sockaddr_storage to;
	socklen_t bytes = sockaddr_of(e, &to);
	const int on = 1, off = 0;

	if (e->address.family == 6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	/* Past connections of the port do not count, listeners do; and nobody else may
	 * come in the same way. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&to, bytes) < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &off, sizeof(off));
	return 0;
}

/* On UDP the option would let two sockets share the port. */
static int bind_datagrams(int fd, const struct endpoint *e)
{
	struct sockaddr_storage to;
	socklen_t bytes = sockaddr_of(e, &to);
	const int on = 1;

	if (e->address.family == 6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	return bind(fd, (struct sockaddr *)&to, bytes) < 0 ? -errno : 0;
}

int nat_port_keep(const struct config_inbound *rule, char *err,
		  size_t err_bytes)
{
	bool tcp = rule->protocol == IPPROTO_TCP;
	int fd = socket(rule->host.address.family == 4 ? AF_INET : AF_INET6,
			(tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	int ret = fd < 0 ? -errno :
		  tcp	 ? bind_to(fd, &rule->host) :
			   bind_datagrams(fd, &rule->host);
	char text[ENDPOINT_TEXT];

	if (ret == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	endpoint_text(&rule->host, text);
	if (ret == -EADDRINUSE)
		snprintf(err, err_bytes,
			 "a program of the host has %s %s already",
			 words_protocol(rule->protocol), text);
	else if (ret == -EADDRNOTAVAIL)
		snprintf(err, err_bytes, "%s is no address of this host", text);
	else
		snprintf(err, err_bytes, "cannot keep %s %s: %s",
			 words_protocol(rule->protocol), text, strerror(-ret));
	return ret;
}

int nat_port_lock(const char *fleet_name)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), ret;

	/* Abstract: of the namespace, and gone with whoever has it. */
	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "vfleet-nat-%s",
		 fleet_name);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
		return fd;
	ret = -errno;
	if (fd >= 0)
		close(fd);
	return ret;
}
