/* SPDX-License-Identifier: BSD-3-Clause */
/* fanout.h - raw sockets of engines that must not meet in one fan-out group: pure
 *
 * DPDK's af_packet driver names the group of a socket after process and device, with
 * 16 bits of their exclusive or. Two engines whose names agree cannot both start: the
 * kernel refuses a group with sockets of two devices.
 */
#ifndef SUPERVISOR_FANOUT_H
#define SUPERVISOR_FANOUT_H

#include <stdbool.h>
#include <stdint.h>

/* The name of the group of a process's socket on the device with this index. */
static inline uint16_t fanout_name(int pid, unsigned ifindex)
{
	return (uint16_t)((unsigned)pid ^ ifindex);
}

#define FANOUT_NAMES 32

/* Names in use by other engines. */
struct fanout {
	uint16_t names[FANOUT_NAMES];
	unsigned n;
	unsigned mine[2]; /* devices of the engine that is to start; 0: none */
};

/* Notes a socket of another engine; a device that is none counts not. */
void fanout_add(struct fanout *f, int pid, unsigned ifindex);

/* True when a process with this pid can have its sockets. */
bool fanout_fits(const struct fanout *f, int pid);

#endif
