/* SPDX-License-Identifier: BSD-3-Clause */
/* fragment.h - fragments of IP packets: to which flow they belong */
#ifndef CORE_FRAGMENT_H
#define CORE_FRAGMENT_H

#include "process.h"

/*
 * Only the first fragment has ports. So a fragment passes two slices: that of
 * its addresses and identification, whose owner knows the first fragment, and
 * then that of the flow. docs/path-mtu.md has the argument.
 */

/* How long a datagram may take to arrive whole: as long as its receiver would
 * wait (Linux ipfrag_time; RFC 8200 4.5). */
#define FRAGMENT_MS4 30000u
#define FRAGMENT_MS6 60000u
/* An identification may come again after this long: its counter went around,
 * or the sender has started again, and the rest of the old one was lost. */
#define FRAGMENT_AGAIN_MS 1000u

/*
 * The fragment part of pkt_parse(): `bytes` bytes of payload at p->l4. Sets
 * PKT_FRAGMENT, PKT_LATER and the slice. With PKT_TRACKED on entry, hash and
 * ports are those of the flow already.
 */
void fragment_parse(struct pkt *p, const struct toeplitz *hash, unsigned bytes);

/*
 * Find the flow of a parsed fragment; owner of its slice only. Verdict STEER:
 * hash and ports are the flow's and PKT_TRACKED is set, p->slice is as it was;
 * WAIT: its first fragment is not here yet; or DROP.
 */
void fragment_track(struct lb *lb, struct pkt *p);

/* Forget the datagrams of a slice whose owner died. */
void fragment_forget(struct fab_datagram *datagrams, uint8_t slice);

#endif
