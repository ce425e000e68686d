/* SPDX-License-Identifier: BSD-3-Clause */
/* nat_table.h - our table in the host's packet filter, written as a whole */
#ifndef SUPERVISOR_NAT_TABLE_H
#define SUPERVISOR_NAT_TABLE_H

#include <stddef.h>

#include "config.h"

/*
 * Puts these rules into the table of this fleet (vfleet-NAME, family inet) of this network
 * namespace, in one transaction: nobody sees half of them, connections translated already
 * go on, and no other table is touched. `c` tells name and subnets. 0, or -1 with a
 * sentence in err and nothing changed.
 */
int nat_table_write(const struct config *c, const struct config_inbound *rules,
		    unsigned n, char *err, size_t err_bytes);

/* Removes the table, if there is one. 0, or -1 with a sentence in err. */
int nat_table_remove(const struct config *c, char *err, size_t err_bytes);

#endif
