/* SPDX-License-Identifier: BSD-3-Clause */
/* scale.h - the mechanism: start and stop engines and move the slices
 *
 * One change at a time; others wait in a short queue. A change goes through phases:
 * start engines, move the addresses of the leaving ones, move slices, wait until the
 * leaving are quiet, stop them, settle. docs/handover.md says why in this order.
 */
#ifndef SUPERVISOR_SCALE_H
#define SUPERVISOR_SCALE_H

#include <stdbool.h>
#include <stdint.h>

struct fabric;
struct fab_event;
struct fleet;
struct scale;

enum scale_kind {
	SCALE_TO, /* n engines */
	SCALE_STOP, /* the engine in slot n, and one less from now on */
	SCALE_STOP_ALL, /* the end of the fleet */
	SCALE_RESTORE, /* as many as are wanted, sharing evenly */
	SCALE_REPLACE, /* engines of an old program by new ones, as many as have room */
	SCALE_REBALANCE, /* the same ones, sharing the load evenly */
};

struct scale_result {
	int err; /* 0 or a positive errno */
	struct fabric *fabric;
	const struct fab_event *event; /* in the ledger; NULL: nothing was done */
	const char *text; /* err: a sentence */
};

struct scale_request {
	enum scale_kind kind;
	unsigned n;
	bool by_hand; /* the operator's word: ends automatic scaling */
	char reason[96];
	/* Called once when it is over; NULL: nobody waits. */
	void (*done)(void *arg, const struct scale_result *result);
	/* Called for each step; may be NULL. */
	void (*progress)(void *arg, const char *sentence);
	void *arg;
};

struct scale *scale_new(void);

/* Takes a request (a copy). Its callbacks may run before this returns. */
void scale_submit(struct fleet *fleet, const struct scale_request *request);

/* Nobody waits for requests with this arg any more; they go on. */
void scale_forget(struct fleet *fleet, const void *arg);

/* Goes on with what is under way. True while there is something to do soon. */
bool scale_step(struct fleet *fleet);

bool scale_busy(const struct fleet *fleet);

/* Requests wait for the change under way to end. */
bool scale_waits(const struct fleet *fleet);

/* The end of the fleet is among them. */
bool scale_ends(const struct fleet *fleet);

/* What is under way, "scale to 3: moves slices"; "" when nothing is. */
const char *scale_status(const struct fleet *fleet, char *buf, unsigned bytes);

/* Engines that are about to leave. */
uint32_t scale_leaving(const struct fleet *fleet);

/* An engine ended before it was ready. */
void scale_engine_failed(struct fleet *fleet, unsigned slot, const char *why);

/* Goes on with a change that another supervisor had begun: with its event, the engines
 * that are starting and the number that is wanted. */
void scale_resume(struct fleet *fleet, struct fab_event *event,
		  uint32_t starting);

#endif
