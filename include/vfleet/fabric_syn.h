/* SPDX-License-Identifier: BSD-3-Clause */
/* fabric_syn.h - the part of the fabric that SYN cookies need */
#ifndef VFLEET_FABRIC_SYN_H
#define VFLEET_FABRIC_SYN_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

#define FAB_SERVICES 256 /* by stable slot */

/* SYNs of a service. Writer: the engine; readers: supervisor, of half_open the
 * engines: only the sum over all of them says something. */
struct fab_syn_stats {
	_Atomic int64_t half_open; /* connections whose handshake is not over */
	_Atomic uint64_t cookies_sent, cookies_valid;
	_Atomic uint32_t cookies_on; /* 1: this engine answers SYNs itself */
};

/*
 * SYN cookies (core/cookie.h, docs/syn.md). Key of epoch e is keys[e & 1]; the
 * supervisor writes the one that is not in use, minutes before it is. Writer of
 * keys and epochs: supervisor; readers: engines.
 */
struct fab_syn {
	alignas(64) _Atomic uint64_t keys[2][2];
	_Atomic uint32_t epochs[2]; /* each key was drawn for; r: supervisor */
	/* CLOCK_MONOTONIC second of a service's newest cookie, 0: none.
	 * w, r: any engine */
	alignas(64) _Atomic uint32_t sent_s[FAB_SERVICES];
};

#endif
