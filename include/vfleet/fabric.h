/* SPDX-License-Identifier: BSD-3-Clause */
/* fabric.h - the shared memory that outlives every engine: layout and ABI */
#ifndef VFLEET_FABRIC_H
#define VFLEET_FABRIC_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counters.h"
#include "fabric_event.h"
#include "fabric_mss.h"
#include "fabric_ring.h"
#include "fabric_syn.h"
#include "fragments.h"
#include "hosts.h"
#include "slice.h"

#define FABRIC_MAGIC	   0x6369726261464c56ull /* "VLFabric" */
#define FABRIC_ABI	   14u

#define FAB_SLICES	   256
#define FAB_ENGINES	   16 /* engine slots; a slot number is an engine's id */
#define FAB_SIDES	   2 /* enum side */
#define FAB_ADDRESSES	   256 /* VIPs and SNAT addresses, by stable slot */
#define FAB_BACKENDS	   1024 /* by stable slot */
#define FAB_SNAPSHOTS	   3
#define FAB_DEVICE_BYTES   200
#define FAB_VERSION_BYTES  32
#define FAB_HASH_KEY_BYTES 52

enum side { SIDE_CLIENT, SIDE_SERVER };

enum engine_state {
	ENGINE_EMPTY, /* slot unused                                      (w: supervisor) */
	ENGINE_STARTING, /* process spawned, EAL and ports coming up         (w: supervisor) */
	ENGINE_READY, /* in its loop                                      (w: engine)     */
	ENGINE_STOPPING, /* told to leave: owns no slice, drains and exits   (w: supervisor) */
	ENGINE_STOPPED, /* left its loop in order                           (w: engine)     */
	ENGINE_DEAD, /* exit seen without STOPPED                        (w: supervisor) */
	ENGINE_STANDBY, /* in its loop, asleep, takes no part: until the
			 * supervisor makes it READY                        (w: engine)     */
};

/* One engine slot. Writer is the engine unless a line says otherwise; reader: supervisor, and the
 * other engines where it says so. */
struct fab_engine {
	/* enum engine_state, which names the writers; r: all engines */
	_Atomic uint32_t state;
	/* w: supervisor before READY */
	_Atomic int32_t pid;
	/* w: supervisor; field 22 of /proc/PID/stat: tells pid reuse */
	uint64_t start_ticks;
	/* newest steer_epoch whose fences this engine has put out */
	_Atomic uint32_t epoch_seen;
	/* generation of the snapshot in use; older slots are free */
	_Atomic uint32_t snapshot_seen;
	/* CLOCK_MONOTONIC at the last housekeeping */
	_Atomic uint64_t heartbeat_us;
	/* last unicast packet taken from a port: the "quiet" check */
	_Atomic uint64_t last_rx_us;
	/* newest announce request carried out */
	_Atomic uint32_t announce_seen;
	/* Of the move under way: most packets held at once, flows in the slices
	 * taken over. Cleared by the supervisor before a move, when no slice moves. */
	_Atomic uint32_t held_peak, flows_adopted;
	/* Newest cut since which this engine holds what may belong to another, and since
	 * which it opens no flows in the bank that drains. r: all engines */
	_Atomic uint32_t cut_held, cut_closed;
	/* w: supervisor before READY; set of engines it was started with */
	uint32_t generation;
	/* w: supervisor */
	int32_t core;
	/* valid from READY; r: all engines */
	uint8_t mac[FAB_SIDES][6];
	/* w: supervisor; BDF or netdev */
	char device[FAB_SIDES][FAB_DEVICE_BYTES];
	/* w: supervisor; 0 without a lease */
	uint64_t lease_id[FAB_SIDES];
	/* why it left, a sentence; empty when all is well */
	char error[160];
	/* w: supervisor; started ahead: becomes STANDBY instead of READY */
	_Atomic uint32_t standby;
	/* of its binary; valid from READY or STANDBY */
	char version[FAB_VERSION_BYTES];
	alignas(64) _Atomic uint64_t counters[CNT_COUNT];
	alignas(64) _Atomic uint64_t drops[DROP_COUNT];
	/* Sequence numbers, the evidence behind `lost` and `reordered`. sent[s] numbers the
	 * packets of slice s this engine received from its ports (w: this engine). */
	alignas(64) _Atomic uint32_t sent[FAB_SLICES];
	/* done[s]: number of the last packet received by THIS engine that the owner of s processed.
	 * w, r: current owner of slice s, whichever engine that is. */
	alignas(64) _Atomic uint32_t done[FAB_SLICES];
};

/* Per engine and service / backend; sums over engines are the truth (a flow may be created by one
 * engine and removed by another, so a single engine's figure may wrap below zero).
 * Writer: the engine; readers: supervisor, engines (least connections). */
struct fab_service_stats {
	_Atomic uint64_t packets, bytes, connections_total;
	_Atomic int64_t connections;
};

struct fab_load {
	struct fab_service_stats services[FAB_SERVICES];
	_Atomic int32_t backend_connections[FAB_BACKENDS];
	struct fab_mss_stats mss[FAB_SERVICES];
	struct fab_syn_stats syn[FAB_SERVICES];
	struct fab_mss_round heard[FAB_SERVICES];
};

struct fab_snapshot_slot {
	uint64_t offset; /* from the start of the fabric */
	uint64_t bytes; /* room */
};

/* The header, at offset 0. All offsets are bytes from here. */
struct fabric {
	uint64_t magic;
	uint32_t abi;
	uint32_t engines_max; /* rings exist for slots 0 .. engines_max - 1 */
	uint64_t size_bytes;
	uint8_t hash_key[FAB_HASH_KEY_BYTES]; /* Toeplitz key, constant */
	uint32_t ring_slots; /* power of two */
	uint32_t ring_slot_bytes;
	uint32_t hold_slots; /* packets an engine may hold */
	uint64_t ring_offset, ring_stride;
	uint64_t load_offset; /* struct fab_load [FAB_ENGINES] */
	uint64_t neigh_offset; /* struct fab_neigh [FAB_NEIGHBOURS] */
	uint64_t flow_offset, flow_bytes; /* core/flow.h lays this out */
	uint64_t config_offset,
		config_bytes; /* the YAML text in force; w: supervisor */
	struct fab_snapshot_slot snapshots[FAB_SNAPSHOTS];

	/* Generation in force; its slot is generation % FAB_SNAPSHOTS; 0 = none yet.
	 * w: supervisor; r: engines, once a turn. */
	alignas(64) _Atomic uint32_t snapshot_generation;
	/* Bumped after slice words or receivers changed. w: supervisor; r: engines, once a turn. */
	_Atomic uint32_t steer_epoch;
	/* Engines whose fence an owner must see before it releases. w: supervisor, before epoch. */
	_Atomic uint32_t epoch_members;
	/* Bumped to make receivers send gratuitous ARP / unsolicited NA. w: supervisor */
	_Atomic uint32_t announce;
	_Atomic uint64_t supervisor_heartbeat_us; /* w: supervisor */
	_Atomic uint32_t engines_wanted; /* size asked for; w: supervisor */
	_Atomic uint64_t event_next; /* id of the next event; w: supervisor */
	_Atomic uint32_t scale_auto; /* w: supervisor */
	/* Slices are shared out by load, so not evenly by number; w: supervisor */
	_Atomic uint32_t slices_by_load;

	alignas(64) _Atomic uint32_t slices[FAB_SLICES];
	/* Engine that answers ARP/ND for an address, by address slot. w: supervisor; r: engines */
	_Atomic uint8_t receivers[FAB_ADDRESSES];

	alignas(64) struct fab_engine engines[FAB_ENGINES];
	struct fab_event events[FAB_EVENTS];

	uint64_t path_offset; /* struct fab_path [FAB_PATHS] */
	uint64_t datagram_offset; /* struct fab_datagram [FAB_SLICES * FAB_DATAGRAMS] */

	/* Of the last move of a slice. moving_us: CLOCK_MONOTONIC when the first engine
	 * began to send its packets to the new owner (w: any engine, CAS from 0).
	 * pause_us: from then until the new owner took it over, at least 1
	 * (w: new owner). Both cleared by the supervisor before the move. */
	alignas(64) _Atomic uint64_t moving_us[FAB_SLICES];
	_Atomic uint32_t pause_us[FAB_SLICES];
	struct fab_syn syn;
	struct fab_mss mss;

	/* Mirror steering. Banks in use: 1 without it. Bank 0 is slices[] and flow_offset. */
	uint32_t banks;
	uint64_t bank_flow_offset; /* flow store of bank 1 */
	uint64_t trail_offset; /* struct fab_trail [FAB_BANKS][FAB_SLICES] */
	/* What neighbours send to when every VF has to get a copy; zeros: to each engine's
	 * own. w: supervisor, before the first engine; r: engines */
	uint8_t group_mac[FAB_SIDES][6];
	/* w: supervisor, the one store of a cut-over; r: engines, once a turn */
	alignas(64) _Atomic uint32_t cut;
	alignas(64) _Atomic uint32_t bank_slices[FAB_SLICES]; /* as slices[] */
};

struct fabric_limits {
	uint32_t engines_max; /* 1 .. FAB_ENGINES */
	uint32_t ring_slots; /* power of two */
	uint32_t frame_bytes_max; /* largest frame to hand over */
	uint32_t hold_slots;
	uint32_t flows4, flows6; /* capacity over all slices */
	uint64_t snapshot_bytes; /* room of one snapshot */
	uint64_t config_bytes; /* room of the YAML text */
	uint32_t banks; /* FAB_BANKS in mirror steering; 0 and 1: one */
	bool hugepages; /* try; ordinary pages when there are none */
};

/*
 * Make a new fabric in a memfd. Returns the mapping and stores the fd in *fd (caller closes) or
 * NULL with a sentence in err.
 */
struct fabric *fabric_create(const struct fabric_limits *limits,
			     const uint8_t *hash_key, int *fd, char *err,
			     size_t err_bytes);

/* Map an existing fabric. NULL with a sentence when it is not one or its ABI differs. */
struct fabric *fabric_attach(int fd, char *err, size_t err_bytes);

/* Unmap; the memory lives on as long as anybody has the fd or a mapping. */
void fabric_detach(struct fabric *f);

static inline void *fabric_at(struct fabric *f, uint64_t offset)
{
	return (char *)f + offset;
}

static inline struct fab_ring *fabric_ring(struct fabric *f, unsigned from,
					   unsigned to)
{
	return fabric_at(f, f->ring_offset + (from * f->engines_max + to) *
						     f->ring_stride);
}

static inline _Atomic uint32_t *fabric_slices(struct fabric *f, unsigned bank)
{
	return bank ? f->bank_slices : f->slices;
}

/* The flow store of a bank. */
static inline void *fabric_flows(struct fabric *f, unsigned bank)
{
	return fabric_at(f, bank ? f->bank_flow_offset : f->flow_offset);
}

static inline struct fab_trail *fabric_trail(struct fabric *f, unsigned bank,
					     uint8_t slice)
{
	return (struct fab_trail *)fabric_at(f, f->trail_offset) +
	       bank * FAB_SLICES + slice;
}

static inline struct fab_load *fabric_load(struct fabric *f, unsigned engine)
{
	return (struct fab_load *)fabric_at(f, f->load_offset) + engine;
}

static inline struct fab_neigh *fabric_neighbours(struct fabric *f)
{
	return fabric_at(f, f->neigh_offset);
}

#endif
