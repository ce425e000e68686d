/* SPDX-License-Identifier: BSD-3-Clause */
/* bench_path.c - cycles per packet of the whole packet path, without a NIC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "flow_table.h"
#include "path.h"
#include "result.h"

/*
 * What is measured: pkt_parse() and lb_process() on vectors of 64 minimum-size
 * TCP packets, both directions mixed, flows picked at random. The frames are
 * put into their buffers just before, outside the measured time, as a driver's
 * receive would leave them: in the cache, hash and checksums not offloaded.
 * `floor` is the same with the path replaced by one look at each packet.
 * Every 64th vector is checked, addresses, ports and checksums of each packet.
 */
#define RUNS	       5
#define PACKETS	       4000000 /* per run */
#define WARM_UP	       400000
#define INTERRUPTED_US 200 /* 3 us per packet */
#define NEW_FLOWS      200000 /* opened per run at least */

static const struct path_case cases[] = {
	{ "fullnat4-1k", 4, 1000 },    { "fullnat4-100k", 4, 100000 },
	{ "fullnat4-1m", 4, 1000000 }, { "fullnat6-1k", 6, 1000 },
	{ "fullnat6-1m", 6, 1000000 },
};

struct bench {
	struct path path;
	unsigned long vectors, interrupted;
};

/* No vector takes this long by itself: somebody else had the core. */
static bool interrupted(struct bench *b, uint64_t ticks)
{
	bool is = ticks > b->path.ticks_per_ms * INTERRUPTED_US / 1000;

	b->vectors++;
	b->interrupted += is;
	return is;
}

static double average(struct bench *b, unsigned long packets,
		      uint64_t (*how)(struct path *path, unsigned n))
{
	uint64_t ticks = 0, t;
	unsigned long vectors = packets / VECTOR, counted = 0;

	for (unsigned long v = 0; v < vectors; v++) {
		t = path_vector(&b->path, v % PATH_CHECK_EVERY == 0, how);
		if (interrupted(b, t))
			continue;
		ticks += t;
		counted++;
	}
	return (double)ticks / (counted * VECTOR);
}

/* Open all flows once; adds ticks and packets of what was not interrupted. */
static void open_all(struct bench *b, uint64_t *ticks, uint64_t *packets)
{
	uint32_t i, n;

	for (i = 0; i < b->path.c->flows; i += n) {
		uint64_t t;

		n = b->path.c->flows - i < VECTOR ? b->path.c->flows - i :
						    VECTOR;
		t = path_open(&b->path, i, n);
		if (interrupted(b, t))
			continue;
		*ticks += t;
		*packets += n;
	}
	if (flow_count_all(b->path.w.store) != b->path.c->flows)
		path_die(&b->path, "not every flow was opened");
}

/* Ticks per new flow; leaves all flows open and established. */
static double fill(struct bench *b)
{
	uint64_t ticks = 0, packets = 0;
	uint32_t rounds = 1 + NEW_FLOWS / b->path.c->flows;

	path_store_syns(&b->path);
	for (uint32_t round = 0; round < rounds; round++) {
		if (round > 0)
			path_expire(&b->path);
		open_all(b, &ticks, &packets);
	}
	for (uint32_t i = 0; i < b->path.c->flows; i++)
		path_complete(&b->path, i);
	return (double)ticks / packets;
}

static double bytes_per_flow(const struct path_case *c)
{
	uint32_t flows = 1 << 20;
	struct flow_limits none = { 0 };
	struct flow_limits some = { c->family == 4 ? flows : 0,
				    c->family == 6 ? flows : 0 };

	return (double)(flow_store_bytes(&some) - flow_store_bytes(&none)) /
	       flows;
}

static struct result metric(const struct path_case *c, const char *name,
			    const char *unit)
{
	return (struct result){
		.bench = "path", .name = c->name, .metric = name, .unit = unit
	};
}

static void run_case(const struct path_case *c, const struct clock_rates *r,
		     unsigned runs, int small_pages, FILE *json)
{
	static struct bench b;
	struct result path = metric(c, "cycles_per_packet", "cycles");
	struct result floor = metric(c, "floor", "cycles");
	struct result ns = metric(c, "ns_per_packet", "ns");
	struct result new = metric(c, "new_flow_cycles", "cycles");
	struct result size = metric(c, "bytes_per_flow", "bytes");

	b.vectors = b.interrupted = 0;
	path_init(&b.path, c, r->tsc_hz / 1000);
	for (unsigned i = 0; i < runs; i++) {
		double ticks;

		path_prepare(&b.path, small_pages);
		if (i == 0)
			printf("# %s: flow store in %s\n", c->name,
			       b.path.memory.pages);
		result_add(&new, fill(&b) * r->core_per_tick);
		average(&b, WARM_UP, path_work);
		ticks = average(&b, PACKETS, path_work);
		result_add(&path, ticks * r->core_per_tick);
		result_add(&ns, ticks / r->tsc_hz * 1e9);
		result_add(&floor,
			   average(&b, WARM_UP, path_look) * r->core_per_tick);
		path_release(&b.path);
	}
	result_add(&size, bytes_per_flow(c));
	result_print(&path, json);
	result_print(&floor, json);
	result_print(&ns, json);
	result_print(&new, json);
	result_print(&size, json);
	printf("# %s: %lu packets checked; %lu of %lu vectors left out: "
	       "interrupted\n",
	       c->name, b.path.checked, b.interrupted, b.vectors);
	path_free(&b.path);
}

static int usage(void)
{
	fprintf(stderr,
		"usage: bench-path [-o JSONL] [-r RUNS] [-s] [CASE]...\n"
		"  -s  4 KB pages even where there are larger ones\n");
	return 2;
}

static int wanted(const struct path_case *c, char **names)
{
	if (!*names)
		return 1;
	for (; *names; names++)
		if (!strcmp(*names, c->name))
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct clock_rates rates;
	unsigned runs = RUNS;
	int small_pages = 0, option;
	FILE *json = NULL;

	while ((option = getopt(argc, argv, "o:r:s")) != -1) {
		if (option == 'o' && (json = fopen(optarg, "a")))
			continue;
		if (option == 'r' && (runs = atoi(optarg)) > 0 &&
		    runs <= RUNS_MAX)
			continue;
		if (option != 's')
			return usage();
		small_pages = 1;
	}
	rates = clock_measure();
	printf("# cycles are core cycles: core %.0f MHz, TSC %.0f MHz; "
	       "vectors of %u\n",
	       rates.tsc_hz * rates.core_per_tick / 1e6, rates.tsc_hz / 1e6,
	       VECTOR);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (wanted(&cases[i], argv + optind))
			run_case(&cases[i], &rates, runs, small_pages, json);
	if (json)
		fclose(json);
	return 0;
}
