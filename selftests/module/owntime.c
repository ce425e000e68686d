// SPDX-License-Identifier: BSD-3-Clause
/* owntime.c - a clock that stands still while this machine does */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "owntime.h"

#define TICK_US 2000

/* Written by tick(), read by every process: shared memory. */
static _Atomic int64_t *had_us;

int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

/* This thread goes before all others and sleeps a tick at a time: when it is woken late,
 * the machine had not more than two ticks. What the module waits for is counted in full,
 * for then the processor is idle and this thread wakes in time.
 */
static void *tick(void *unused)
{
	int64_t before = now_us(), now;

	for (;;) {
		usleep(TICK_US);
		now = now_us();
		*had_us += now - before < 2 * TICK_US ? now - before :
							2 * TICK_US;
		before = now;
	}
	return unused;
}

bool owntime_start(void)
{
	struct sched_param first = { .sched_priority = 50 };
	pthread_t thread;

	had_us = mmap(NULL, sizeof(*had_us), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return had_us != MAP_FAILED &&
	       !pthread_create(&thread, NULL, tick, NULL) &&
	       !pthread_setschedparam(thread, SCHED_FIFO, &first);
}

int64_t owntime_us(void)
{
	return *had_us;
}
