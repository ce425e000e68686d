/* SPDX-License-Identifier: BSD-3-Clause */
/* idle.c - give the core back when there is nothing to do */
#include "idle.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

#include "clock.h"
#include "engine.h"

#define SPIN_NS	       50000 /* empty turns this long before the first sleep */
#define SLEEP_US_FIRST 20
#define SLEEP_US_LAST  500 /* what a NIC's queue of 1024 takes at 2 Mpps */

/* After so long without a packet the next one may wait longer, too. */
#define DEEP_NS	      100000000
#define SLEEP_US_DEEP 2000
#define SLEEP_US_ALONE \
	20000 /* nobody but the ports' sockets can have packets */

/* A standby has nothing to do: it lives, and hears of a new configuration. */
#define SLEEP_US_STANDBY 250000

static sigset_t asleep; /* signals blocked while asleep; w: before the loop */

static void on_wake(int signal)
{
}

void idle_block_wake(void)
{
	struct sigaction action = { .sa_handler = on_wake };
	sigset_t wake;

	/* Pending when it came between two sleeps: none is missed. */
	sigaction(IDLE_WAKE_SIGNAL, &action, NULL);
	sigemptyset(&wake);
	sigaddset(&wake, IDLE_WAKE_SIGNAL);
	sigprocmask(SIG_BLOCK, &wake, &asleep);
	sigdelset(&asleep, IDLE_WAKE_SIGNAL);
}

/* True when no other engine can have anything for this one. */
static bool is_alone(const struct engine *e)
{
	for (unsigned i = 0; i < e->fabric->engines_max; i++)
		if (i != e->id && engine_lives(e->fabric, i))
			return false;
	return true;
}

static bool ports_can_wake(const struct engine *e)
{
	return e->ports[SIDE_CLIENT].wait_fd >= 0 &&
	       e->ports[SIDE_SERVER].wait_fd >= 0;
}

static uint32_t longest_sleep_us(const struct engine *e, uint64_t idle_ns)
{
	/* Nobody says when a raw socket has room again. */
	if (idle_ns < DEEP_NS || e->ports[SIDE_CLIENT].unsent ||
	    e->ports[SIDE_SERVER].unsent)
		return SLEEP_US_LAST;
	return ports_can_wake(e) && is_alone(e) ? SLEEP_US_ALONE :
						  SLEEP_US_DEEP;
}

/* Until a frame comes in, the supervisor has news, or the time is over. */
static void sleep_us(const struct engine *e, uint32_t us, bool ports)
{
	struct timespec t = { .tv_nsec = us * 1000l };
	struct pollfd fds[ENGINE_WAYS];
	int error;
	socklen_t bytes = sizeof(error);

	for (unsigned side = 0; side < FAB_SIDES; side++)
		fds[side] =
			(struct pollfd){ ports ? e->ports[side].wait_fd : -1,
					 POLLIN, 0 };
	fds[ENGINE_WAY_LINK] =
		(struct pollfd){ ports && e->link.open ? e->link.fd : -1,
				 POLLIN, 0 };
	if (ppoll(fds, ENGINE_WAYS, &t, &asleep) <= 0)
		return;
	/* A netdev that is down wakes us for nothing: once per error. */
	for (unsigned side = 0; side < FAB_SIDES; side++)
		if (fds[side].revents & POLLERR)
			getsockopt(fds[side].fd, SOL_SOCKET, SO_ERROR, &error,
				   &bytes);
}

static void give_back(struct engine *e, uint64_t now_ns)
{
	struct idle *i = &e->idle;
	uint32_t longest = longest_sleep_us(e, now_ns - i->empty_since_ns);

	/* Frames that it leaves in the port wake nobody. */
	sleep_us(e, i->sleep_us, e->steer.served);
	i->sleep_ns += clock_now_ns() - now_ns;
	i->sleep_us *= 2;
	if (i->sleep_us > longest)
		i->sleep_us = longest;
}

void idle_turn(struct engine *e, bool busy)
{
	struct idle *i = &e->idle;
	uint64_t now_ns = clock_now_ns();

	if (busy) {
		i->busy_ns += now_ns - e->now_ns;
		i->empty_since_ns = 0;
		i->sleep_us = SLEEP_US_FIRST;
		return;
	}
	if (atomic_load_explicit(&e->self->state, memory_order_relaxed) ==
	    ENGINE_STANDBY) {
		sleep_us(e, SLEEP_US_STANDBY, false);
		i->sleep_ns += clock_now_ns() - now_ns;
		return;
	}
	if (!i->empty_since_ns)
		i->empty_since_ns = now_ns;
	/* A hand-over waits for everybody's fence: no long sleeps then. */
	if (e->steer.n_leaving || e->steer.n_coming || e->handoff.stashed ||
	    e->pending.queue.n || e->hold.n || e->mirror.cutting ||
	    e->mirror.leaving)
		i->sleep_us = SLEEP_US_FIRST;
	if (now_ns - i->empty_since_ns >= SPIN_NS)
		give_back(e, now_ns);
}
