/* SPDX-License-Identifier: BSD-3-Clause */
/* sockaddr.h - an endpoint as bind() and connect() want it */
#ifndef SUPERVISOR_SOCKADDR_H
#define SUPERVISOR_SOCKADDR_H

#include <sys/socket.h>

#include "endpoint.h"

/* Returns how many bytes of `out` are the address. */
socklen_t sockaddr_of(const struct endpoint *e, struct sockaddr_storage *out);

#endif
