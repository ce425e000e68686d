/* SPDX-License-Identifier: BSD-3-Clause */
/* fabric_mss.h - what the fabric keeps about the MSS of connections */
#ifndef VFLEET_FABRIC_MSS_H
#define VFLEET_FABRIC_MSS_H

#include <stdatomic.h>
#include <stdint.h>

/* SYNs and SYN-ACKs of a service that left on a side (enum side), by the rule that set their
 * MSS (enum mss_rule) and what became of it (enum mss_change).
 * Writer: the engine; reader: supervisor. */
#define FAB_MSS_RULES	7
#define FAB_MSS_CHANGES 4
struct fab_mss_stats {
	_Atomic uint64_t seen[2][FAB_MSS_RULES][FAB_MSS_CHANGES];
};

#endif
