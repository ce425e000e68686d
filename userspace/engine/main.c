/* SPDX-License-Identifier: BSD-3-Clause */
/* main.c - one packet engine: start, loop, stop */
#include <rte_eal.h>
#include <rte_errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "channel.h"
#include "clock.h"
#include "eal.h"
#include "endpoint.h"
#include "engine.h"
#include "loop.h"
#include "mbuf.h"
#include "options.h"

#define ETHER_BYTES 18 /* header and one tag */
#define SPARE_BUFS  1024 /* in the hands of one turn, and the pool's cache */
#define FILES_MS    20000 /* for the first reading of files; then without them */
#define EAL_MB	    24 /* the EAL, the drivers, and what the heap cannot use */

static struct engine engine;
static struct toeplitz hash;
static struct snat_ports ports;

/* Say why the engine leaves, on stderr and in the fabric when there is one. */
__attribute__((format(printf, 2, 3))) static int fail(struct fab_engine *self,
						      const char *format, ...)
{
	char text[160];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	fprintf(stderr, "vfleet-engine: %s\n", text);
	if (self)
		memcpy(self->error, text, sizeof(text));
	return 1;
}

/* Every place where packets can wait, full at once. */
static unsigned bufs_needed(const struct fabric *f)
{
	return FAB_SIDES * 2 * PORT_SLOTS + f->hold_slots + HANDOFF_STASH +
	       PENDING_PACKETS + VECTOR + SPARE_BUFS;
}

static unsigned longest_frame(const struct options *o)
{
	unsigned mtu = o->ports[SIDE_CLIENT].mtu;

	if (mtu < o->ports[SIDE_SERVER].mtu)
		mtu = o->ports[SIDE_SERVER].mtu;
	return mtu + ETHER_BYTES;
}

static bool open_ports(struct engine *e, const struct options *o, char *err,
		       unsigned err_bytes)
{
	unsigned n = bufs_needed(e->fabric);

	e->pool = mbuf_pool_create(n, longest_frame(o));
	if (!e->pool) {
		snprintf(err, err_bytes,
			 "no memory for %u packet buffers (%s); "
			 "give more with --memory-mb",
			 n, rte_strerror(rte_errno));
		return false;
	}
	for (unsigned side = 0; side < FAB_SIDES; side++) {
		struct port_config config = o->ports[side];
		struct port *p = &e->ports[side];

		config.twin =
			side == SIDE_SERVER &&
			!strcmp(config.device, o->ports[SIDE_CLIENT].device);
		memcpy(config.group, e->fabric->group_mac[side],
		       sizeof(config.group));
		if (!port_open(p, side, &config, e->pool, err, err_bytes))
			return false;
		memcpy(e->lb.mac[side], p->mac, sizeof(p->mac));
		memcpy(e->self->mac[side], p->mac, sizeof(p->mac));
	}
	return true;
}

/* Who is sent to a new engine is to find all that the others have. */
static void read_files(struct engine *e)
{
	loop_prepare(e);
	for (unsigned ms = 0; ms < FILES_MS && endpoint_reads(); ms += 10)
		usleep(10000);
}

static void watch_signals(void)
{
	struct sigaction action = { .sa_handler = upkeep_ask_leave };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

/* Close the ports before the state says that the devices are free. */
static int stop(struct engine *e)
{
	for (unsigned side = 0; side < FAB_SIDES; side++)
		port_close(&e->ports[side]);
	if (e->link.open)
		close(e->link.fd);
	if (e->upkeep.failed)
		return fail(NULL, "%s", e->self->error);
	atomic_store(&e->self->state, ENGINE_STOPPED);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t begin_ns = clock_now_ns();
	struct options o;
	struct fabric *f;
	char err[160];

	if (!options_parse(argc, argv, &o))
		return 2;
	/* Before the EAL makes threads, which inherit it. */
	idle_block_wake();
	if (o.channel &&
	    !channel_receive(o.fabric_fd, o.link_fd, err, sizeof(err)))
		return fail(NULL, "%s", err);
	f = fabric_attach(o.fabric_fd, err, sizeof(err));
	if (!f)
		return fail(NULL, "%s", err);
	if (o.slot >= f->engines_max)
		return fail(NULL, "slot %u: the fabric has %u", o.slot,
			    f->engines_max);
	if (!atomic_load(&f->snapshot_generation))
		return fail(&f->engines[o.slot],
			    "the fabric holds no configuration");
	if (!o.memory_mb)
		o.memory_mb = EAL_MB + (mbuf_pool_bytes(bufs_needed(f),
							longest_frame(&o)) >>
					20);
	if (!eal_start(&o, o.memory_mb, err, sizeof(err)))
		return fail(&f->engines[o.slot], "%s", err);

	toeplitz_init(&hash, f->hash_key);
	if (!snat_ports_init(&ports, &hash))
		return fail(&f->engines[o.slot],
			    "the fabric's hash key gives some "
			    "slices no SNAT port");
	engine_init(&engine, f, o.slot, &hash, &ports);
	if (engine.mirror.on && !mirror_keep_datagrams(&engine))
		return fail(engine.self, "no memory for fragments");
	if (!open_ports(&engine, &o, err, sizeof(err)))
		return fail(engine.self, "%s", err);
	engine.link = (struct link){ o.link_fd >= 0, o.link_fd };
	loop_fill_made(&engine);
	read_files(&engine);
	/* Copies that others have long taken care of. */
	for (unsigned side = 0; engine.mirror.on && side < FAB_SIDES; side++)
		port_skip(&engine.ports[side]);
	watch_signals();
	prctl(PR_SET_TIMERSLACK, 1000ul);
	engine.self->error[0] = 0;
	snprintf(engine.self->version, sizeof(engine.self->version), "%s",
		 VFLEET_VERSION);
	atomic_store(&engine.self->state, atomic_load(&engine.self->standby) ?
						  ENGINE_STANDBY :
						  ENGINE_READY);
	fprintf(stderr, "vfleet-engine %u: ready after %u ms\n", o.slot,
		(unsigned)((clock_now_ns() - begin_ns) / 1000000));

	while (loop_turn(&engine))
		;
	return stop(&engine);
}
