/* SPDX-License-Identifier: BSD-3-Clause */
/* lease.h - VFs for engines, from the kernel module */
#ifndef SUPERVISOR_LEASE_H
#define SUPERVISOR_LEASE_H

#include <stddef.h>
#include <stdint.h>

struct fleet;
struct leases;

/* Opens nothing yet: a fleet without VFs needs no module. */
struct leases *leases_new(void);

#define LEASE_LABEL_BYTES 32 /* with its NUL; a longer one is cut */

struct lease {
	int fd; /* the lease; whoever holds a copy keeps the VF */
	uint64_t id;
	char vf[32]; /* BDF */
};

/*
 * Leases a VF of a PF. Returns 0; -EAGAIN: none is free at the moment; -ENOENT: there
 * is no module; or another negative errno. A sentence in err.
 */
int lease_acquire(struct fleet *fleet, const char *pf, const char *label,
		  struct lease *out, char *err, size_t err_bytes);

/* Leased VFs of a PF; -1 when the module does not tell. */
int lease_count(struct fleet *fleet, const char *pf);

#endif
