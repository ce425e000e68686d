/* SPDX-License-Identifier: BSD-3-Clause */
/* nat_port.h - keep a port of the host from its programs */
#ifndef SUPERVISOR_NAT_PORT_H
#define SUPERVISOR_NAT_PORT_H

#include <stddef.h>

#include "config.h"

/*
 * Binds the host port of a rule, and listens to nothing. Returns the descriptor, which
 * keeps it; or -EADDRINUSE, -EADDRNOTAVAIL or another negative errno, with a sentence.
 */
int nat_port_keep(const struct config_inbound *rule, char *err,
		  size_t err_bytes);

/* The right to the rules of a fleet of that name in this network namespace. Returns a
 * descriptor, or a negative errno while another process has it. */
int nat_port_lock(const char *fleet_name);

#endif
