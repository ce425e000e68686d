// SPDX-License-Identifier: BSD-3-Clause
/* synflood.c - SYNs from forged sources at a fixed rate, out of a raw socket
 *
 * Sources are random ones of 198.18.0.0/15, the network for benchmarks (RFC 2544),
 * so that nobody answers the answers. For test networks only: it sends on the
 * device it is told and nowhere else. Prints one JSON line when it ends.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#define BATCH	     64
#define OPTION_BYTES 20

struct frame {
	struct ether_header ether;
	struct ip ip;
	struct tcphdr tcp;
	uint8_t options[OPTION_BYTES];
} __attribute__((packed));

static atomic_bool enough;
static uint64_t seed = 88172645463325252ull;

static void on_signal(int number)
{
	atomic_store(&enough, true);
}

static uint32_t random32(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)(seed * 0x2545f4914f6cdd1dull >> 32);
}

static uint16_t checksum(const void *data, size_t bytes, uint32_t sum)
{
	const uint8_t *at = data;

	for (size_t i = 0; i + 1 < bytes; i += 2)
		sum += (uint32_t)(at[i] << 8 | at[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* What every SYN has: as Linux sends it. */
static void start_frame(struct frame *f, const uint8_t mac[6],
			const uint8_t to_mac[6], struct in_addr to,
			uint16_t port)
{
	static const uint8_t options[OPTION_BYTES] = { 2,  4, 5, 0xb4, 4, 2, 8,
						       10, 1, 2, 3,    4, 0, 0,
						       0,  0, 1, 3,    3, 7 };

	memset(f, 0, sizeof(*f));
	memcpy(f->ether.ether_shost, mac, 6);
	memcpy(f->ether.ether_dhost, to_mac, 6);
	f->ether.ether_type = htons(ETHERTYPE_IP);
	f->ip.ip_v = 4;
	f->ip.ip_hl = 5;
	f->ip.ip_len = htons(sizeof(*f) - sizeof(f->ether));
	f->ip.ip_ttl = 64;
	f->ip.ip_p = IPPROTO_TCP;
	f->ip.ip_dst = to;
	f->tcp.dest = htons(port);
	f->tcp.doff = (sizeof(f->tcp) + OPTION_BYTES) / 4;
	f->tcp.syn = 1;
	f->tcp.window = htons(64240);
	memcpy(f->options, options, OPTION_BYTES);
}

/* Another client. */
static void next_frame(struct frame *f)
{
	uint32_t bytes = sizeof(f->tcp) + OPTION_BYTES;

	f->ip.ip_src.s_addr = htonl(0xc6120000u | (random32() & 0x1ffff));
	f->ip.ip_sum = 0;
	f->ip.ip_sum = checksum(&f->ip, sizeof(f->ip), 0);
	f->tcp.source = htons((uint16_t)(1024 + random32() % 64000));
	f->tcp.seq = random32();
	f->tcp.check = 0;
	f->tcp.check =
		checksum(&f->tcp, bytes,
			 (uint16_t)~ntohs(checksum(&f->ip.ip_src, 8,
						   IPPROTO_TCP + bytes)));
}

static int open_device(const char *device, uint8_t mac[6])
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0), on = 1;
	struct sockaddr_ll at = { .sll_family = AF_PACKET };
	struct ifreq request = { 0 };

	strncpy(request.ifr_name, device, IFNAMSIZ - 1);
	at.sll_ifindex = (int)if_nametoindex(device);
	if (fd < 0 || !at.sll_ifindex ||
	    ioctl(fd, SIOCGIFHWADDR, &request) < 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return -1;
	memcpy(mac, request.ifr_hwaddr.sa_data, 6);
	/* No queueing discipline in between; it may not be allowed. */
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on));
	return fd;
}

/* Sends until it is enough; returns how many went out. */
static uint64_t flood(int fd, struct frame frames[BATCH], unsigned rate)
{
	uint64_t start_us = clock_us(), sent = 0, due;
	struct mmsghdr messages[BATCH] = { 0 };
	struct iovec parts[BATCH];

	for (unsigned i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){ &frames[i], sizeof(frames[i]) };
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (!atomic_load(&enough)) {
		int n;

		due = (clock_us() - start_us) * rate / 1000000;
		if (sent + BATCH > due) {
			usleep(200);
			continue;
		}
		for (unsigned i = 0; i < BATCH; i++)
			next_frame(&frames[i]);
		n = sendmmsg(fd, messages, BATCH, 0);
		if (n > 0)
			sent += (uint64_t)n;
		/* What the machine could not do in a second is not made up for. */
		if (due - sent > rate)
			start_us += 1000000;
	}
	return sent;
}

int main(int argc, char **argv)
{
	static struct frame frames[BATCH];
	uint8_t mac[6], to[6];
	struct in_addr vip;
	uint64_t start_us, sent;
	double seconds;
	int fd;

	if (argc != 6 || inet_pton(AF_INET, argv[3], &vip) != 1 ||
	    sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &to[0], &to[1],
		   &to[2], &to[3], &to[4], &to[5]) != 6 ||
	    atoi(argv[5]) <= 0) {
		fprintf(stderr, "usage: synflood DEVICE MAC VIP PORT RATE\n");
		return 2;
	}
	fd = open_device(argv[1], mac);
	if (fd < 0) {
		fprintf(stderr, "synflood: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	for (unsigned i = 0; i < BATCH; i++)
		start_frame(&frames[i], mac, to, vip, (uint16_t)atoi(argv[4]));
	start_us = clock_us();
	sent = flood(fd, frames, (unsigned)atoi(argv[5]));
	seconds = (double)(clock_us() - start_us) / 1e6;
	printf("{\"sent\":%llu,\"seconds\":%.3f,\"rate\":%.0f}\n",
	       (unsigned long long)sent, seconds, (double)sent / seconds);
	return 0;
}
