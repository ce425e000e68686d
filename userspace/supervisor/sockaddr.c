// SPDX-License-Identifier: BSD-3-Clause
/* sockaddr.c - an endpoint as bind() and connect() want it */
#include "sockaddr.h"

#include <netinet/in.h>
#include <string.h>

socklen_t sockaddr_of(const struct endpoint *e, struct sockaddr_storage *out)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;

	memset(out, 0, sizeof(*out));
	if (e->address.family == 4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(e->port);
		memcpy(&v4->sin_addr, e->address.bytes, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(e->port);
	memcpy(&v6->sin6_addr, e->address.bytes, 16);
	return sizeof(*v6);
}
