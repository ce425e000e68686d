/* SPDX-License-Identifier: BSD-3-Clause */
/* endpoint_hooks.h - what lwIP asks the engine */
#ifndef ENGINE_ENDPOINT_HOOKS_H
#define ENGINE_ENDPOINT_HOOKS_H

#include <lwip/ip_addr.h>

struct netif;

/* The netif of the packet that is being taken in. */
struct netif *endpoint_netif(void);

/* Initial sequence number of a connection, not to be guessed: RFC 6528. */
u32_t endpoint_isn(const ip_addr_t *local, u16_t local_port,
		   const ip_addr_t *remote, u16_t remote_port);

#endif
