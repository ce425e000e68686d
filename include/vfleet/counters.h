/* SPDX-License-Identifier: BSD-3-Clause */
/* counters.h - every counter and every drop an engine has, once */
#ifndef VFLEET_COUNTERS_H
#define VFLEET_COUNTERS_H

/*
 * Conservation law, for every engine at any moment its loop is at the top:
 *
 *     rx = tx + handed_off + punted + held + sum of all drops
 *
 * where rx counts each packet once per engine that sees it: taken from a port
 * (rx_port) or from another engine's ring (rx_ring), rx = rx_port + rx_ring.
 * `held` is a gauge, everything else only grows. Packets an engine makes
 * itself (ARP, ND, echo replies, its part of a handshake) are `originated` and
 * are in neither rx nor tx.
 */
#define VFL_COUNTERS(X)                                                            \
	X(rx_port, "packets taken from the engine's own ports")                    \
	X(rx_ring, "packets taken from the rings of other engines")                \
	X(rx_bytes, "bytes of rx_port, Ethernet header included, FCS not")         \
	X(tx, "packets of flows sent on a port")                                   \
	X(tx_bytes, "bytes of tx")                                                 \
	X(handed_off,                                                              \
	  "packets put into the ring of the engine that owns their slice")         \
	X(punted,                                                                  \
	  "ARP, ND, ICMP echo, SYNs answered, packets of services of the "         \
	  "engine itself: consumed by it")                                         \
	X(originated,                                                              \
	  "packets made by the engine: ARP, ND, echo replies, TCP handshakes, "    \
	  "answers of its services")                                               \
	X(held,                                                                    \
	  "gauge: packets waiting for a slice on the move, a neighbour or a ring") \
	X(held_total, "packets that ever waited for a slice on the move")          \
	X(seq_lost, "gaps seen in the per slice sequence of one receiver")         \
	X(seq_reordered,                                                           \
	  "sequence numbers that went back: reordered or processed twice")         \
	X(flows_new, "flows created")                                              \
	X(flows_expired, "flows removed after their timeout")                      \
	X(mss_clamped, "MSS options lowered")                                      \
	X(mss_inserted, "MSS options inserted because there was none")             \
	X(mss_untouched, "SYNs and SYN-ACKs whose MSS needed no change")           \
	X(mss_malformed, "SYNs and SYN-ACKs dropped for their options")            \
	X(icmp_translated,                                                         \
	  "ICMP errors translated and sent to an end of their flow")               \
	X(pmtu_learned, "path MTUs learned from ICMP errors, or said again")       \
	X(pmtu_ignored,                                                            \
	  "path MTUs in ICMP errors that cannot be or would raise")                \
	X(syn_cookies_sent, "SYNs answered by the engine with a cookie")           \
	X(syn_cookies_valid,                                                       \
	  "ACKs that brought a cookie back and opened a flow")                     \
	X(pmtu_sent, "fragmentation-needed and packet-too-big made here")          \
	X(fragments_made,                                                          \
	  "pieces of IPv4 packets cut here, the first not counted")                \
	X(fragments_waited,                                                        \
	  "fragments that came before the first of their datagram")                \
	X(fragments_evicted, "datagrams in pieces forgotten for newer ones")       \
	X(service_connections,                                                     \
	  "connections that a service of the engine itself took")                  \
	X(service_requests, "requests that such a service answered")               \
	X(service_refused,                                                         \
	  "connections to one refused with a RST: no room for more")               \
	X(service_cut,                                                             \
	  "connections to one reset because other engines took over: they end "    \
	  "in this one, and a drain has a deadline")                               \
	X(service_unsent,                                                          \
	  "packets of one not sent for want of a buffer, route or MAC; repeated")  \
	X(proxy_connected,                                                         \
	  "connections to a backend that a proxy service opened")                  \
	X(proxy_retried,                                                           \
	  "times another backend was asked because one did not answer a proxy")    \
	X(proxy_failed,                                                            \
	  "clients of a proxy reset because no backend could be reached")          \
	X(proxy_reset, "proxied connections reset because an end was lost")        \
	X(proxy_idle,                                                              \
	  "proxied connections reset because nothing moved on them for too long")  \
	X(loops, "turns of the packet loop")                                       \
	X(busy_us, "time spent in turns that had packets, microseconds")           \
	X(sleep_us, "time given back to the system while idle, microseconds")      \
	X(queue_us,                                                                \
	  "packets that waited times microseconds: per packet, the time it waits") \
	X(rx_missed,                                                               \
	  "packets a port lost before the engine took them; not in rx")

#define VFL_DROPS(X)                                                               \
	X(short_frame, "frame ends inside a header")                               \
	X(ethertype, "not IPv4, IPv6 or ARP")                                      \
	X(own_source, "our own frame came back from the segment")                  \
	X(vlan_unknown, "VLAN is not configured on this side")                     \
	X(ip4_header, "IPv4 version, header length or total length is wrong")      \
	X(ip4_checksum, "IPv4 header checksum is wrong")                           \
	X(ip6_header, "IPv6 version or payload length is wrong")                   \
	X(ip6_extension, "IPv6 extension header that is not followed")             \
	X(ip_fragment,                                                             \
	  "fragment of neither TCP nor UDP, of a SYN, or of an impossible length") \
	X(fragment_overlap,                                                        \
	  "fragment overlaps another of its datagram, or leaves too many gaps")    \
	X(fragment_no_first,                                                       \
	  "fragment whose datagram's first one did not come in time")              \
	X(fragment_room,                                                           \
	  "too many fragments wait for the first of their datagram")               \
	X(ip_ttl, "TTL or hop limit ran out here")                                 \
	X(ip_source,                                                               \
	  "source is multicast, broadcast, loopback or unspecified")               \
	X(ip_protocol, "not TCP, UDP or ICMP")                                     \
	X(tcp_header, "TCP data offset or length is wrong")                        \
	X(tcp_flags, "impossible combination of TCP flags")                        \
	X(tcp_options, "TCP options of a SYN run past the header")                 \
	X(udp_header, "UDP length is wrong")                                       \
	X(icmp_header, "ICMP message is cut short or not for a flow")              \
	X(l4_checksum, "TCP, UDP or ICMP checksum is wrong")                       \
	X(not_local, "destination is not an address of the fleet")                 \
	X(no_service, "no service on this address, port and VLAN")                 \
	X(no_flow, "not the first packet of a connection and no flow for it")      \
	X(no_backend, "no backend of the service is up")                           \
	X(no_route, "no route to the destination")                                 \
	X(no_snat_port,                                                            \
	  "no SNAT port left towards this backend in this slice")                  \
	X(flow_table_full, "no room for a new flow in this slice")                 \
	X(syn_cookie_invalid, "ACK without a flow, and its cookie is wrong")       \
	X(syn_cookie_expired, "ACK without a flow, and its cookie is old")         \
	X(syn_wait,                                                                \
	  "client was answered, its server has not answered yet; sent again")      \
	X(syn_mss, "SYN with an MSS too small for a cookie")                       \
	X(neighbour_queue_full, "too many packets wait for one neighbour")         \
	X(neighbour_unresolved, "neighbour did not answer in time")                \
	X(oversize, "frame does not fit the ring slot or the egress MTU")          \
	X(ring_full, "ring of the owning engine stayed full")                      \
	X(hold_full, "hold queue of a moving slice is full")                       \
	X(misrouted,                                                               \
	  "packet from a ring for a slice that is not ours and has no owner")      \
	X(mirror_reject,                                                           \
	  "mirrored copy of a packet that another engine processes")               \
	X(tx_full, "port accepted no more packets")                                \
	X(no_mbuf, "no packet buffer left")                                        \
	X(service_full, "a service of the engine has no room for the packet")      \
	X(engine_died,                                                             \
	  "in the hands of an engine that died; its successor in the slot counts it")

enum vfl_counter {
#define X(name, text) CNT_##name,
	VFL_COUNTERS(X)
#undef X
		CNT_COUNT
};

enum vfl_drop {
#define X(name, text) DROP_##name,
	VFL_DROPS(X)
#undef X
		DROP_COUNT
};

/* Names for people and programs, indexed by the enums; never NULL. */
extern const char *const vfl_counter_names[CNT_COUNT];
extern const char *const vfl_counter_texts[CNT_COUNT];
extern const char *const vfl_drop_names[DROP_COUNT];
extern const char *const vfl_drop_texts[DROP_COUNT];

#endif
