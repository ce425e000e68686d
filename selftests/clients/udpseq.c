// SPDX-License-Identifier: BSD-3-Clause
/* udpseq.c - numbered UDP streams through the fleet, counted at both ends
 *
 * The client sends numbered datagrams on a number of flows at a steady rate, the
 * server sends each one back to where it came from. Both count what was lost,
 * reordered and duplicated on the way to them.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/util.h>

#include "clock.h"
#include "histogram.h"
#include "sequence.h"

#define MAGIC	     0x76667371u /* "vfsq" */
#define FLOWS_MAX    4096
#define TICK_US	     5000
#define DATAGRAM_MAX 2048

enum exit_status { ALL_WELL, SOMETHING_MISSING, USAGE };

struct datagram {
	uint32_t magic, flow, number, pid;
	uint64_t sent_us;
};

struct flow {
	int fd; /* client only */
	uint32_t sent;
	struct sequence came;
};

struct udpseq {
	struct event_base *base;
	struct sockaddr_storage address;
	int address_bytes;
	unsigned n_flows, rate, bytes;
	uint64_t duration_us, start_us, end_us;
	uint64_t linger_us; /* the last echoes may take this long */
	uint64_t sent, send_errors, strangers;
	unsigned turn; /* flow that sends next */
	struct flow flows[FLOWS_MAX];
	struct histogram latency;
};

static bool valid(const struct datagram *d, ssize_t n)
{
	return n >= (ssize_t)sizeof(*d) && d->magic == MAGIC &&
	       d->flow < FLOWS_MAX;
}

static void add(struct udpseq *u, const struct datagram *d)
{
	if (!sequence_add(&u->flows[d->flow].came, d->number)) {
		fprintf(stderr, "udpseq: out of memory\n");
		exit(SOMETHING_MISSING);
	}
}

static void on_request(evutil_socket_t fd, short what, void *arg)
{
	struct udpseq *u = arg;
	struct sockaddr_storage from;
	socklen_t from_bytes = sizeof(from);
	char buffer[DATAGRAM_MAX];
	struct datagram d;
	ssize_t n;

	while ((n = recvfrom(fd, buffer, sizeof(buffer), MSG_DONTWAIT,
			     (struct sockaddr *)&from, &from_bytes)) >= 0) {
		memcpy(&d, buffer, sizeof(d));
		if (!valid(&d, n)) {
			u->strangers++;
			continue;
		}
		add(u, &d);
		if (sendto(fd, buffer, n, 0, (struct sockaddr *)&from,
			   from_bytes) == n)
			u->sent++;
		else
			u->send_errors++;
		from_bytes = sizeof(from);
	}
}

static void on_echo(evutil_socket_t fd, short what, void *arg)
{
	struct udpseq *u = arg;
	char buffer[DATAGRAM_MAX];
	struct datagram d;
	ssize_t n;

	while ((n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT)) >= 0) {
		memcpy(&d, buffer, sizeof(d));
		if (!valid(&d, n) || d.pid != (uint32_t)getpid()) {
			u->strangers++;
			continue;
		}
		add(u, &d);
		histogram_add(&u->latency, clock_us() - d.sent_us);
	}
}

static void send_one(struct udpseq *u, uint64_t now_us)
{
	struct flow *f = &u->flows[u->turn];
	char buffer[DATAGRAM_MAX] = { 0 };
	struct datagram d = {
		.magic = MAGIC,
		.flow = u->turn,
		.number = f->sent,
		.pid = getpid(),
		.sent_us = now_us,
	};

	u->turn = (u->turn + 1) % u->n_flows;
	memcpy(buffer, &d, sizeof(d));
	if (send(f->fd, buffer, u->bytes, MSG_DONTWAIT) < 0) {
		u->send_errors++;
		return;
	}
	f->sent++;
	u->sent++;
}

static uint64_t came(const struct udpseq *u)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < FLOWS_MAX; i++)
		sum += u->flows[i].came.received;
	return sum;
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct udpseq *u = arg;
	uint64_t now_us = clock_us(), due;

	if (!u->end_us && u->duration_us &&
	    now_us - u->start_us >= u->duration_us)
		u->end_us = now_us;
	if (u->end_us) {
		if (came(u) >= u->sent || now_us - u->end_us > u->linger_us)
			event_base_loopbreak(u->base);
		return;
	}
	due = (now_us - u->start_us) * u->rate / 1000000;
	while (u->sent + u->send_errors < due)
		send_one(u, now_us);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct udpseq *u = arg;

	if (u->n_flows && !u->end_us)
		u->end_us = clock_us(); /* the last echoes are on their way */
	else
		event_base_loopbreak(u->base);
}

static void write_summary(struct udpseq *u, const char *role)
{
	struct sequence sum = { 0 };
	uint64_t missing = 0;

	for (unsigned i = 0; i < FLOWS_MAX; i++) {
		struct flow *f = &u->flows[i];
		uint32_t expected = u->n_flows ? f->sent : f->came.next;

		sum.received += f->came.received;
		sum.reordered += f->came.reordered;
		sum.duplicated += f->came.duplicated;
		missing += expected - f->came.received;
		sequence_free(&f->came);
	}
	printf("{\"role\":\"%s\",\"sent\":%lu,\"received\":%lu,\"lost\":%lu,"
	       "\"reordered\":%lu,\"duplicated\":%lu,\"strangers\":%lu,"
	       "\"send_errors\":%lu,\"p50_us\":%lu,\"p99_us\":%lu,\"max_us\":%lu}\n",
	       role, u->sent, sum.received, missing, sum.reordered,
	       sum.duplicated, u->strangers, u->send_errors,
	       histogram_percentile(&u->latency, 50),
	       histogram_percentile(&u->latency, 99), u->latency.max_us);
	exit(missing || sum.reordered || sum.duplicated || u->send_errors ||
			     !sum.received ?
		     SOMETHING_MISSING :
		     ALL_WELL);
}

static void die(const char *what)
{
	fprintf(stderr, "udpseq: %s: %s\n", what, strerror(errno));
	exit(SOMETHING_MISSING);
}

static int udp_socket(const struct udpseq *u)
{
	int fd = socket(u->address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int bytes =
		4 << 20; /* so that an end which is not scheduled loses none */

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	return fd;
}

static void watch(struct udpseq *u, int fd, event_callback_fn on_readable)
{
	struct event *e =
		event_new(u->base, fd, EV_READ | EV_PERSIST, on_readable, u);

	if (!e || event_add(e, NULL))
		die("event");
}

static void serve(struct udpseq *u)
{
	int fd = udp_socket(u);

	if (bind(fd, (struct sockaddr *)&u->address, u->address_bytes))
		die("bind");
	watch(u, fd, on_request);
	printf("{\"ready\":true}\n");
	fflush(stdout);
}

static void send_streams(struct udpseq *u)
{
	const struct timeval period = { 0, TICK_US };
	struct event *tick = event_new(u->base, -1, EV_PERSIST, on_tick, u);

	for (unsigned i = 0; i < u->n_flows; i++) {
		struct flow *f = &u->flows[i];

		f->fd = udp_socket(u);
		if (connect(f->fd, (struct sockaddr *)&u->address,
			    u->address_bytes))
			die("connect");
		watch(u, f->fd, on_echo);
	}
	u->start_us = clock_us();
	if (!tick || event_add(tick, &period))
		die("timer");
}

static void usage(void)
{
	fprintf(stderr,
		"usage: udpseq serve ADDRESS:PORT\n"
		"       udpseq send [options] ADDRESS:PORT\n"
		"  --flows N      source ports (default 16)\n"
		"  --rate N       datagrams per second over all flows (default 100)\n"
		"  --bytes N      size of a datagram (default 64)\n"
		"  --duration S   seconds; without it until SIGTERM\n"
		"  --linger S     wait this long for the last echoes (default 2)\n"
		"Prints counts as JSON at the end. send exits 0 if nothing was lost,\n"
		"reordered or duplicated, 1 otherwise.\n");
	exit(USAGE);
}

static unsigned number(const char *text, unsigned low, unsigned high)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!*text || *end || n < low || n > high) {
		fprintf(stderr, "udpseq: '%s' is not a number from %u to %u\n",
			text, low, high);
		usage();
	}
	return n;
}

static const struct option options[] = {
	{ "flows", 1, NULL, 'f' },  { "rate", 1, NULL, 'r' },
	{ "bytes", 1, NULL, 'b' },  { "duration", 1, NULL, 'd' },
	{ "linger", 1, NULL, 'l' }, { 0 },
};

int main(int argc, char **argv)
{
	static struct udpseq u = {
		.n_flows = 16, .rate = 100, .bytes = 64, .linger_us = 2000000
	};
	struct event *term;
	bool server;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			u.n_flows = number(optarg, 1, FLOWS_MAX);
			break;
		case 'r':
			u.rate = number(optarg, 1, 1000000);
			break;
		case 'b':
			u.bytes = number(optarg, sizeof(struct datagram),
					 DATAGRAM_MAX);
			break;
		case 'd':
			u.duration_us = number(optarg, 1, 86400) * 1000000ul;
			break;
		case 'l':
			u.linger_us = number(optarg, 1, 86400) * 1000000ul;
			break;
		default:
			usage();
		}
	}
	if (argc - optind != 2)
		usage();
	server = !strcmp(argv[optind], "serve");
	if (!server && strcmp(argv[optind], "send"))
		usage();
	u.address_bytes = sizeof(u.address);
	if (evutil_parse_sockaddr_port(argv[optind + 1],
				       (struct sockaddr *)&u.address,
				       &u.address_bytes))
		usage();
	u.base = event_base_new();
	if (!u.base)
		die("libevent");
	term = evsignal_new(u.base, SIGTERM, on_signal, &u);
	if (!term || event_add(term, NULL))
		die("signal");
	if (server) {
		u.n_flows = 0;
		serve(&u);
	} else {
		send_streams(&u);
	}
	event_base_dispatch(u.base);
	write_summary(&u, server ? "server" : "client");
}
