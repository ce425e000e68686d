/* SPDX-License-Identifier: BSD-3-Clause */
/* channel.h - descriptors that come over a socket: an engine in a container */
#ifndef ENGINE_CHANNEL_H
#define ENGINE_CHANNEL_H

#include <stdbool.h>

/*
 * Introduces us on the socket `fd` and waits for the fabric and the leases. The fabric
 * is `fd` afterwards; the leases stay open until the process ends. After an exec() of
 * ourselves the fabric is there already, and that is fine. False with a sentence in err.
 */
bool channel_receive(int fd, int link_fd, char *err, unsigned err_bytes);

#endif
