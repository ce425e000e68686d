/* SPDX-License-Identifier: BSD-3-Clause */
/* port.h - one side's ethdev: set-up, bursts, watching the link */
#ifndef ENGINE_PORT_H
#define ENGINE_PORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

struct snapshot;

#define PORT_SLOTS     1024 /* descriptors per queue, if the NIC has as many */
#define PORT_REGISTERS 256
#define PORT_GROUPS    64 /* multicast addresses a port listens to */

struct port_config {
	uint8_t provider; /* enum provider */
	const char *device; /* BDF, netdev or path */
	uint16_t mtu; /* bytes of IP packet */
	bool twin; /* the other side has the same netdev, and was opened before */
	uint8_t group[6]; /* the fleet's multicast address; zeros: it has none */
};

struct port {
	uint16_t ethdev; /* DPDK's number */
	uint8_t side; /* enum side */
	uint8_t provider;
	uint8_t mac[6];
	uint8_t reached[6]; /* what neighbours send to: mac, or the fleet's group */
	uint16_t found; /* frames in the last burst taken */
	uint16_t tx_slots; /* descriptors of the transmit queue */
	bool asks_pf; /* the driver asks the PF for its counters */
	bool tx_status; /* the driver tells what the NIC has sent */
	bool vlan_filter; /* the NIC passes only VLANs it was told of */
	bool link_up;
	atomic_bool was_reset; /* w: EAL's interrupt thread, loop; r: loop */
	bool has_registers; /* and they tell when the NIC was reset */
	uint32_t registers[PORT_REGISTERS]; /* as the driver started the NIC */
	bool deaf; /* restarted, and nothing came in since */
	uint64_t restarted_us;
	uint32_t patience_us; /* until the next restart of a deaf port */
	uint64_t watched_us; /* last look at the link */
	uint8_t groups[PORT_GROUPS][6];
	uint16_t n_groups;
	uint8_t vlans[512]; /* bit per VID the configuration has here */
	uint8_t admitted[512]; /* those of them that the NIC lets in for us */
	uint64_t missed; /* frames for which the raw socket had no room */
	int wait_fd; /* readable when frames are there; -1: the port has none */
	bool unsent; /* the raw socket may have frames that wait to be sent */
};

/*
 * Configure and start the ethdev of a side. `pool` gives its receive buffers.
 * False with a sentence in err.
 */
bool port_open(struct port *p, uint8_t side, const struct port_config *config,
	       struct buf_pool *pool, char *err, unsigned err_bytes);

/* Stop and close; frames not yet sent are lost. */
void port_close(struct port *p);

/* Take up to `n` received frames: frame, len, side, tag and flags are set. */
unsigned port_rx(struct port *p, struct buf **bufs, unsigned n);

/* Hand frames to the NIC; returns how many it took, in order. The rest stays the
 * caller's. */
unsigned port_tx(struct port *p, struct buf **bufs, unsigned n);

/* Go on with what the raw socket had no room to send; for other ports nothing. */
void port_push(struct port *p);

/* True when the NIC, or the raw socket, has sent everything it took, or does not tell. */
bool port_tx_idle(struct port *p);

/* Received frames that wait in the port: the length of its queue where the driver tells,
 * otherwise what the last burst found. */
unsigned port_waiting(const struct port *p);

/* Frames the port lost for want of room since it was opened, where it tells. */
uint64_t port_missed(struct port *p);

/* Forget what came in and was missed before anybody waited for it. */
void port_skip(struct port *p);

/* Listen to the VLANs and to the solicited-node groups of a configuration. */
void port_listen(struct port *p, const struct snapshot *snap);

/* Now and then: restart a port that came back deaf. */
void port_watch(struct port *p, uint64_t now_us);

/* True when the kernel wants the device back. */
bool port_wanted_back(void);

#endif
