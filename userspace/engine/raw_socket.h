/* SPDX-License-Identifier: BSD-3-Clause */
/* raw_socket.h - what DPDK's driver does not do with its raw sockets */
#ifndef ENGINE_RAW_SOCKET_H
#define ENGINE_RAW_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The raw socket behind a port, which poll() can wait for; it stays the driver's. What
 * this host sends on the device does not come back to it. `which` counts sockets on one
 * netdev from 0. -1 when there is none.
 */
int raw_socket_of(const char *device, unsigned which);

/* Frames for which it had no room since the last call: packet(7), PACKET_STATISTICS. */
uint32_t raw_socket_missed(int fd);

/*
 * Send what waits in its transmit ring. The kernel stops where the socket's buffer is
 * full, SO_SNDBUF, and does not look there again by itself. True when nothing is left
 * that could be sent by another call.
 */
bool raw_socket_push(int fd);

#endif
