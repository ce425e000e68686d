/* SPDX-License-Identifier: BSD-3-Clause */
/* process.h - parsed packets of owned slices in, rewritten packets out */
#ifndef CORE_PROCESS_H
#define CORE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "fabric.h"
#include "flow.h"
#include "hop.h"
#include "packet.h"
#include "snapshot.h"
#include "snat.h"
#include "toeplitz.h"

#define VECTOR 64 /* packets per turn at most */

/*
 * Packets the core makes itself. The caller keeps `ready` empty ones in it, each with room for
 * SEGMENT_BYTES and an Ethernet header and PKT_HEADROOM in front; after lb_process() and
 * lb_sweep() the first `used` are to be sent on their out_side, whole. Without one left the
 * core does without: whatever it makes is repeated.
 */
struct made {
	struct pkt *pkts[VECTOR];
	unsigned ready, used;
};

/* When SYNs of one service are answered by this engine (syn_watch.c). Zero to begin with. */
struct syn_watch {
	uint32_t second_ms, second_syns; /* this second's start and SYNs */
	uint32_t window_ms, syns; /* while on: likewise of the window */
	int32_t missing; /* while on: cookies sent less those that came back */
	uint32_t looked_ms; /* when half_open was summed up */
	int64_t half_open; /* over all engines */
	bool on;
};

/*
 * What the packet path of one engine works on. Pure data: no port, clock, global or log.
 * The engine owns it; counters point into its fabric slot (single writer).
 */
struct lb {
	const struct snapshot *snap;
	struct flow_store *flows;
	/* Mirror steering: flows of the other set, whose ports are taken; or NULL. */
	const struct flow_store *reserved;
	bool closed; /* flows of a set that opens no new ones */
	struct fab_neigh *neighbours;
	struct fab_path *paths; /* learned path MTUs */
	struct fab_load *load; /* this engine's */
	struct fab_load *loads; /* all FAB_ENGINES, for least connections */
	_Atomic uint64_t *counters; /* [CNT_COUNT], this engine's */
	struct fab_datagram *datagrams; /* [FAB_SLICES * FAB_DATAGRAMS] */
	const struct toeplitz *hash;
	const struct snat_ports *ports;
	uint8_t mac[FAB_SIDES][6]; /* source MAC by egress side */
	uint32_t now_ms; /* CLOCK_MONOTONIC, truncated; set by the caller once a turn */
	uint32_t now_s; /* CLOCK_MONOTONIC in seconds, for the neighbour table; likewise */
	uint32_t wrr_cursor[FAB_SERVICES]; /* by service slot; zero to begin with */
	struct hop_cache hops; /* zero to begin with */
	struct fab_syn *syn;
	struct syn_watch syn_watch[FAB_SERVICES]; /* by service slot */
	struct made made;
	uint32_t too_big_tokens, too_big_ms; /* errors we may send; likewise */
};

/*
 * Look up, create, rewrite; at most VECTOR packets, all of owned slices. Every packet has verdict
 * NONE on entry and another on return; order within the vector is kept. A packet that is
 * sent has its VLAN tag in the frame, whether or not it came with one.
 * Staged: prefetch all, look up all, act on all.
 * The caller counts tx and drops from the verdicts; flows_*, mss_* are counted here.
 */
void lb_process(struct lb *lb, struct pkt **pkts, unsigned n);

/* Expire flows of one slice: looks at up to `budget` records, returns how many it removed. */
unsigned lb_sweep(struct lb *lb, uint8_t slice, unsigned budget);

#endif
