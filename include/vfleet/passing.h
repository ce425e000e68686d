/* SPDX-License-Identifier: BSD-3-Clause */
/* passing.h - how an engine in a container gets its descriptors from the supervisor
 *
 * A container's runtime keeps copies of what it passes on to a process, and a copy of
 * a lease keeps the VF. So the runtime passes one end of a SOCK_SEQPACKET socket and
 * nothing else:
 *
 *   engine -> supervisor   the line of --version; the kernel adds the process id
 *   supervisor -> engine   one byte with SCM_RIGHTS: fabric, leases, sockets
 *
 * Then both close it. An engine that nobody answers ends by itself.
 */
#ifndef VFLEET_PASSING_H
#define VFLEET_PASSING_H

#define PASSING_FD	3 /* the socket, and later the fabric */
#define PASSING_LINK_FD 32 /* the link, where no other descriptor will be */
#define PASSING_FDS_MAX \
	6 /* the fabric; per side lease, socket; the link last */
#define PASSING_BYTES 96 /* of the line of --version, with its NUL */

/* The line of --version; scanf and printf agree about it. */
#define PASSING_VERSION "vfleet-engine %s fabric-abi %u"

/* User and group of an engine in a container; nothing on the host has them. */
#define PASSING_UID 65532

#endif
