/* SPDX-License-Identifier: BSD-3-Clause */
/* lwipopts.h - lwIP as the engine uses it: TCP over IPv4 and IPv6, raw API, no thread */
#ifndef ENGINE_LWIPOPTS_H
#define ENGINE_LWIPOPTS_H

/* One thread, called by the packet loop; no sockets. */
#define NO_SYS		     1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET	     0
#define LWIP_NETCONN	     0

/* What the engine does itself: Ethernet, neighbours, echo, fragments. */
#define LWIP_ARP		      0
#define LWIP_ETHERNET		      0
#define LWIP_ICMP		      0
#define LWIP_RAW		      0
#define LWIP_UDP		      0
#define LWIP_DNS		      0
#define IP_FORWARD		      0
#define IP_REASSEMBLY		      0
#define IP_FRAG			      0
#define LWIP_IPV4		      1
#define LWIP_IPV6		      1
#define LWIP_IPV6_MLD		      0
#define LWIP_IPV6_FRAG		      0
#define LWIP_IPV6_REASS		      0
#define LWIP_IPV6_SCOPES	      0
#define LWIP_IPV6_AUTOCONFIG	      0
#define LWIP_IPV6_SEND_ROUTER_SOLICIT 0
#define LWIP_IPV6_DUP_DETECT_ATTEMPTS 0
#define LWIP_ND6_ALLOW_RA_UPDATES     0
#define LWIP_ND6_NUM_DESTINATIONS     1
#define LWIP_ND6_QUEUEING	      0

/*
 * Memory: pools of a fixed size, part of the program's own, used from a service's
 * first day on. Connections are the bound: who comes when all are taken is refused.
 */
#define MEM_ALIGNMENT		8
#define MEM_LIBC_MALLOC		0
#define MEM_USE_POOLS		1
#define MEMP_USE_CUSTOM_POOLS	1
#define MEMP_NUM_TCP_PCB	ENDPOINT_CONNECTIONS
#define MEMP_NUM_TCP_PCB_LISTEN 32
#define MEMP_NUM_TCP_SEG	32768
#define MEMP_NUM_PBUF		32768
#define PBUF_POOL_SIZE		4096
#define PBUF_POOL_BUFSIZE	1600
#define ENDPOINT_CONNECTIONS	12288

/* TCP. The MSS is that of the netif's MTU: one netif for each service. */
#define TCP_MSS			  9176
#define TCP_WND			  (4 * TCP_MSS)
#define LWIP_WND_SCALE		  1
#define TCP_RCV_SCALE		  0
#define TCP_SND_BUF		  65536
#define TCP_SNDLOWAT		  16384
#define TCP_SND_QUEUELEN	  256
#define TCP_OVERSIZE		  0
#define TCP_MSL			  1000 /* ms; a connection's place is free after twice that */
#define TCP_TTL			  64
#define LWIP_TCP_RTO_TIME	  1000 /* ms, RFC 6298 2.1 */
#define TCP_LISTEN_BACKLOG	  0
#define TCP_QUEUE_OOSEQ		  1
#define TCP_OOSEQ_MAX_PBUFS	  16
#define LWIP_TCP_KEEPALIVE	  0
#define LWIP_TCP_TIMESTAMPS	  0
#define LWIP_TCP_SACK_OUT	  0
#define LWIP_TCP_PCB_NUM_EXT_ARGS 1 /* member.c's */

/* The parser has seen the IP header's checksum; nobody computes one behind us. */
#define CHECKSUM_CHECK_IP		   0
#define CHECKSUM_CHECK_TCP		   1
#define LWIP_CHKSUM			   endpoint_checksum
#define LWIP_STATS			   0
#define LWIP_NETIF_HOSTNAME		   0
#define LWIP_NETIF_API			   0
#define LWIP_NETIF_TX_SINGLE_PBUF	   0

#define LWIP_HOOK_FILENAME		   "endpoint_hooks.h"
#define LWIP_HOOK_IP4_ROUTE_SRC(src, dest) endpoint_netif()
#define LWIP_HOOK_IP6_ROUTE(src, dest)	   endpoint_netif()
#define LWIP_HOOK_TCP_ISN(lip, lport, rip, rport) \
	endpoint_isn(lip, lport, rip, rport)

#include <stdint.h>
uint16_t endpoint_checksum(const void *data, int bytes);

#endif
