/* SPDX-License-Identifier: BSD-3-Clause */
/* config.h - the configuration as typed values, after YAML and before the snapshot */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "endpoint.h"

#define CONFIG_NAME	    32
#define CONFIG_BACKEND_NAME 56 /* "[IPv6]:PORT" */
#define CONFIG_VLANS	    64
#define CONFIG_SUBNETS	    64
#define CONFIG_ROUTES	    256
#define CONFIG_SNATS	    64
#define CONFIG_PROFILES	    64
#define CONFIG_SERVICES	    256
#define CONFIG_BACKENDS	    1024
#define CONFIG_CORES	    64
#define CONFIG_DEVICE_BYTES 200 /* two file names of a capture */
#define CONFIG_WINDOWS	    32
#define CONFIG_IMAGE_BYTES  200
#define CONFIG_PATH_BYTES   200
#define CONFIG_INBOUND	    64
#define CONFIG_LINK_DEVICE  16
#define CONFIG_LINK_VLAN \
	4095 /* no VLAN has this number (IEEE 802.1Q): nat.outbound */
#define CONFIG_SERVED 16 /* services whose connections end in the engine */

enum provider {
	PROVIDER_VF,
	PROVIDER_PACKET,
	PROVIDER_XDP,
	PROVIDER_TAP,
	PROVIDER_PCAP,
	PROVIDER_RING,
	PROVIDER_NULL
};
enum steering {
	STEERING_DISPATCH,
	STEERING_MIRROR,
	STEERING_RSS,
	STEERING_ECMP
};
enum handover { HANDOVER_MIGRATE, HANDOVER_GENERATIONS };
enum runtime { RUNTIME_PROCESS, RUNTIME_PODMAN }; /* how an engine runs */
enum scheduler { SCHEDULER_MAGLEV, SCHEDULER_WRR, SCHEDULER_LC };
enum forward_mode {
	MODE_FULLNAT,
	MODE_PROXY, /* connections end in the engine, which opens its own */
	MODE_L2DSR,
	MODE_IPIP,
	MODE_GUE,
	MODE_OUTBOUND /* to whatever the client has addressed */
};
/* What connections end in within the engine. PROXY is that of MODE_PROXY: no file says it. */
enum serve { SERVE_NOTHING, SERVE_HTTP, SERVE_PROXY };
enum syn_mode { SYN_PASS, SYN_COOKIE, SYN_PROXY };
enum scale_policy_kind {
	POLICY_MANUAL,
	POLICY_THRESHOLD,
	POLICY_SCHEDULE,
	POLICY_TARGET
};

/* What scaling goes by; docs/scaling.md says how each is measured. The second column is
 * what one engine less means for it: SHARED goes up as others take over, FLEET stays,
 * WAIT cannot be told ahead. Then the largest value and the words for a reason. */
#define SCALE_QUANTITIES_LIST(X)                                        \
	X(busy_pct, SHARED, 100, "busy %u%%")                           \
	X(queue_packets, WAIT, 1000000, "%u packets queued")            \
	X(queue_delay_us, WAIT, 10000000, "packets wait %u us")         \
	X(drops_per_s, WAIT, 1000000000, "%u packets/s dropped")        \
	X(pps, SHARED, 1000000000, "%u packets/s per engine")           \
	X(connections_per_s, SHARED, 1000000000,                        \
	  "%u new connections/s per engine")                            \
	X(connections, SHARED, 1000000000, "%u connections per engine") \
	X(flow_table_pct, FLEET, 100, "flow table %u%% full")

enum scale_quantity {
#define X(name, kind, max, words) SCALE_##name,
	SCALE_QUANTITIES_LIST(X)
#undef X
		SCALE_QUANTITIES
};

struct config_port {
	enum provider provider;
	char device[CONFIG_DEVICE_BYTES]; /* vf: BDF of the PF; others: netdev, "%d" is the slot */
	uint16_t mtu; /* bytes of IP packet, default 1500 */
};

/* What an engine in a container is started with. */
struct config_container {
	char image[CONFIG_IMAGE_BYTES]; /* as podman names it */
	char seccomp[CONFIG_PATH_BYTES]; /* profile; "" = the installed one */
	uint32_t memory_mb; /* limit, 0 = none */
};

struct config_vlan {
	uint8_t side; /* enum side */
	uint16_t id; /* 1..4094 */
	uint16_t mtu; /* bytes; 0 = the port's */
	uint16_t mss; /* bytes; 0 = none */
};

/* A subnet the fleet is attached to: its hosts are neighbours. */
struct config_subnet {
	struct prefix prefix;
	uint8_t side;
	uint16_t vlan; /* 0 = untagged */
};

struct config_route {
	struct prefix prefix;
	struct address via; /* on a subnet */
	uint8_t side;
	uint16_t vlan;
};

struct config_snat {
	struct address address;
	uint16_t vlan; /* server side VLAN it is used on */
	uint16_t slot; /* stable address slot in the fabric; assigned by the supervisor */
};

struct config_profile {
	char name[CONFIG_NAME];
	uint16_t mss; /* bytes; 0 = none */
	bool path_mtu; /* learned path MTUs lower the MSS of new connections */
	/* Timeouts, seconds; 0 = default. */
	uint32_t tcp_syn_s, tcp_established_s, tcp_close_s, udp_s;
	enum syn_mode syn;
	/* When `cookie` sees a flood; 0 = default. */
	uint32_t syn_half_open, syn_rate; /* connections; SYNs per second */
	/* MSS learning: look every so many seconds, 0 = off, at so many SYN-ACKs. */
	uint32_t learn_interval_s, learn_samples;
};

/* Half a minute of a busy site's handshakes with slow clients; a rate that real
 * clients of one service and engine do not reach. */
#define CONFIG_SYN_HALF_OPEN 1024
#define CONFIG_SYN_RATE	     20000

/* Default timeouts, seconds: established by RFC 5382 REQ-5, UDP by RFC 4787 REQ-5, opening and
 * closing connections as IPVS has them. */
#define CONFIG_TCP_SYN_S	 60
#define CONFIG_TCP_ESTABLISHED_S 7440
#define CONFIG_TCP_CLOSE_S	 120
#define CONFIG_UDP_S		 300

struct config_backend {
	char name[CONFIG_BACKEND_NAME]; /* "ADDRESS:PORT" as shown and as drain/enable take it */
	struct address address;
	uint16_t port;
	uint16_t vlan;
	uint16_t weight; /* 0..256; 0 takes no new connection */
	uint16_t slot; /* stable backend slot in the fabric; assigned by the supervisor */
	/* Run-time state, set by the supervisor before the snapshot is built: */
	bool down; /* health check says so */
	bool drained; /* the operator says so */
};

struct config_health {
	bool enabled;
	uint32_t interval_ms, timeout_ms, rise, fall;
};

struct config_service {
	char name[CONFIG_NAME];
	struct address vip;
	uint16_t port; /* host order; 0 = any port */
	uint16_t vlan; /* client side VLAN */
	uint8_t protocol; /* IPPROTO_TCP or IPPROTO_UDP */
	enum forward_mode mode;
	enum scheduler scheduler;
	uint16_t profile; /* index into profiles */
	uint16_t slot; /* stable service slot; assigned by the supervisor */
	uint16_t address_slot; /* stable slot of the VIP */
	struct config_health health;
	uint16_t first_backend, n_backends; /* range of backends[] */
	enum serve serve; /* not NOTHING: the engine is the server */
	char directory[CONFIG_PATH_BYTES]; /* of files that it serves; "" = none */
	uint16_t learned_mss; /* run-time state: of its servers; 0 = none */
};

/* A port of the host that leads to a service in a container. */
struct config_inbound {
	struct endpoint host; /* address 0.0.0.0 or ::: every one of the host */
	struct endpoint container; /* VIP and port of a service */
	uint8_t protocol; /* IPPROTO_TCP or IPPROTO_UDP */
};

/* The link that applications in the engine's namespace send through. */
struct config_link_end {
	struct prefix prefix;
	struct address application, engine;
};

struct config_link {
	char device[CONFIG_LINK_DEVICE];
	struct config_link_end ends[2]; /* one of a family */
	uint16_t n_ends; /* 0: no link */
};

/* A time of the week, local time, and how many engines there are in it. */
struct config_window {
	uint8_t days; /* bit 0 is Monday; the day it begins */
	uint16_t from_min,
		to_min; /* of the day; ends the next day if not later */
	uint16_t min, max; /* engines */
};

struct config_scaling {
	enum scale_policy_kind policy;
	/* threshold; by enum scale_quantity. up 0: not looked at. */
	uint32_t up[SCALE_QUANTITIES], down[SCALE_QUANTITIES];
	uint32_t hold_ms, hold_down_ms;
	uint32_t cooldown_up_ms, cooldown_down_ms, sample_ms;
	uint32_t drain_deadline_s; /* a set that leaves keeps its flows so long */
	/* target: the set point, how far off is near enough, how far to look ahead */
	uint16_t target_busy_pct, target_band_pct;
	uint32_t target_ahead_ms;
	/* schedule: the first window that fits counts; `inside` decides within it */
	enum scale_policy_kind inside; /* POLICY_THRESHOLD or POLICY_TARGET */
	struct config_window windows[CONFIG_WINDOWS];
	uint16_t n_windows;
	/* rebalance: difference to mend (0: never), slices at once, how often */
	uint16_t rebalance_pct, rebalance_moves;
	uint32_t rebalance_ms;
};

struct config {
	char fleet_name[CONFIG_NAME];
	uint16_t engines_min, engines_max, engines_start;
	uint16_t standby; /* engines started ahead */
	uint32_t start_timeout_s; /* for an engine to become ready */
	enum steering steering;
	enum handover handover;
	uint16_t cores[CONFIG_CORES];
	uint16_t n_cores; /* 0 = not pinned */
	bool hugepages;
	enum runtime runtime;
	struct config_container container;
	char netns[CONFIG_PATH_BYTES]; /* of the engines; "" = the supervisor's */
	uint32_t flows4, flows6;
	struct config_port ports[2]; /* by enum side */

	struct config_vlan vlans[CONFIG_VLANS];
	struct config_subnet subnets[CONFIG_SUBNETS];
	struct config_route routes[CONFIG_ROUTES];
	struct config_snat snats[CONFIG_SNATS];
	struct config_profile profiles[CONFIG_PROFILES];
	struct config_service services[CONFIG_SERVICES];
	struct config_backend backends[CONFIG_BACKENDS];
	uint16_t n_vlans, n_subnets, n_routes, n_snats, n_profiles, n_services,
		n_backends;

	struct config_inbound inbound[CONFIG_INBOUND];
	uint16_t n_inbound;
	struct config_link link;

	/* Slots that flows may name though nothing here has them any more: not to be
	 * given away. Set by the supervisor before config_assign_slots(). */
	bool busy_services[CONFIG_SERVICES], busy_backends[CONFIG_BACKENDS];

	/* Changes with every file in force: files to serve are read again. Set by the
	 * supervisor. */
	uint32_t revision;

	struct config_scaling scaling;
	char api_socket[108];
	char api_metrics[64]; /* "ADDR:PORT", empty = off */
};

#endif
