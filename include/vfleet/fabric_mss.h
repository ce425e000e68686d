/* SPDX-License-Identifier: BSD-3-Clause */
/* fabric_mss.h - what the fabric keeps about the MSS of connections */
#ifndef VFLEET_FABRIC_MSS_H
#define VFLEET_FABRIC_MSS_H

#include <stdatomic.h>
#include <stdint.h>

#define FAB_SERVICES 256 /* by stable slot */

/* In the fabric's header, so that the next supervisor knows it too. w: supervisor */
struct fab_mss {
	/* Of the ports, bytes, as they are started; the configuration's may be lower
	 * later. Constant. */
	uint16_t port_mtu[2];
	/* What the servers of a service advertise; 0 = nothing learned. */
	_Atomic uint16_t learned[FAB_SERVICES];
};

/* SYNs and SYN-ACKs of a service that left on a side (enum side), by the rule that set their
 * MSS (enum mss_rule) and what became of it (enum mss_change).
 * Writer: the engine; reader: supervisor. */
#define FAB_MSS_RULES	7
#define FAB_MSS_CHANGES 4
struct fab_mss_stats {
	_Atomic uint64_t seen[2][FAB_MSS_RULES][FAB_MSS_CHANGES];
};

/*
 * What the servers of a service advertised in SYN-ACKs since the round began. The
 * figures belong to `round`; when `wanted` differs, the next SYN-ACK starts them
 * over. The supervisor reads them only while the two are equal, and asks for the
 * next round after it has read.
 */
#define FAB_MSS_VALUES 8
struct fab_mss_round {
	_Atomic uint32_t wanted; /* w: supervisor; r: engine */
	_Atomic uint32_t round; /* w: engine; r: supervisor, likewise the rest */
	_Atomic uint32_t others; /* SYN-ACKs with a value that found no place */
	_Atomic uint32_t reserved;
	_Atomic uint64_t
		values[FAB_MSS_VALUES]; /* MSS << 32 | SYN-ACKs; 0 = free */
};

#endif
