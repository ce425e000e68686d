/* SPDX-License-Identifier: BSD-3-Clause */
/* path.h - flows on the packet path, and the frames they receive */
#ifndef BENCH_PATH_H
#define BENCH_PATH_H

#include "frame.h"
#include "memory.h"
#include "world.h"

#define PATH_FRAME_BYTES 96 /* SYN over IPv6 with its options: 94 */
#define PATH_CHECK_EVERY 64 /* vectors */

struct path_case {
	const char *name;
	uint8_t family;
	uint32_t flows;
};

/* A frame to be received, made beforehand. */
struct stored {
	uint8_t bytes[PATH_FRAME_BYTES];
	uint16_t len;
	uint8_t side;
	/* Source address and ports it must leave with. */
	uint32_t ports_expected;
	uint32_t source_expected; /* last four bytes of the address */
};

struct path {
	const struct path_case *c;
	struct world w;
	struct memory memory;
	struct stored *frames; /* [2 * flows]: the clients', the servers' */
	uint8_t *buffers;
	unsigned next_buffer;
	struct pkt pkts[VECTOR];
	struct pkt *vector[VECTOR];
	const struct stored *from[VECTOR];
	uint64_t random;
	double ticks_per_ms;
	unsigned long checked;
};

/* Buffers and room for the frames of a case. Whatever does not go well here and below
 * ends the program with a sentence. */
void path_init(struct path *path, const struct path_case *c,
	       double ticks_per_ms);
void path_free(struct path *path);

/* A world without flows, whose neighbours are known; small_pages: see memory_take(). */
void path_prepare(struct path *path, int small_pages);
void path_release(struct path *path);

/* The SYN of each flow is what its client sends. */
void path_store_syns(struct path *path);

/* Open flows first .. first + n with the SYNs stored there; ticks it took. */
uint64_t path_open(struct path *path, uint32_t first, unsigned n);

/* The server's SYN-ACK and the client's ACK, and from the ACK both frames of
 * the measurement: it as it came in, and turned round as it went out. */
void path_complete(struct path *path, uint32_t i);

/* Every flow times out. */
void path_expire(struct path *path);

/* The measured part; ticks it took for n packets. */
uint64_t path_work(struct path *path, unsigned n);

/* The harness without the path: reads and writes each frame's headers. */
uint64_t path_look(struct path *path, unsigned n);

/* One vector of random packets; ticks of `how`, one of the two above, for it. With
 * `sample` what leaves is checked. */
uint64_t path_vector(struct path *path, bool sample,
		     uint64_t (*how)(struct path *path, unsigned n));

_Noreturn void path_die(const struct path *path, const char *what);

#endif
