// SPDX-License-Identifier: BSD-3-Clause
/* attachment.c - which lease is whose: the label that the module keeps for us */
#include "attachment.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "siphash.h"

#define PREFIX_BYTES (sizeof("cni/") + 12)

#define TEXTS_BYTES  (2 * (NAME_MAX + 1))

/* Hash of two texts of at most NAME_MAX bytes; the NUL between them tells "a" "bc" from
 * "ab" "c".
 */
static uint64_t hash(const char *first, const char *second)
{
	static const uint64_t key[2] = { 0x766665742d636e69, 1 };
	uint64_t words[TEXTS_BYTES / 8] = { 0 };
	int bytes = snprintf((char *)words, sizeof(words), "%s%c%s", first, 0,
			     second);

	if (bytes >= (int)sizeof(words))
		bytes = sizeof(words);
	return siphash(key, words, (bytes + 7) / 8);
}

static void put_prefix(const char *network, char prefix[PREFIX_BYTES + 1])
{
	snprintf(prefix, PREFIX_BYTES + 1, "cni/%012llx/",
		 (unsigned long long)hash(network, "") >> 16);
}

void attachment_label(const char *network, const char *container,
		      const char *ifname, char label[ATTACHMENT_BYTES])
{
	char prefix[PREFIX_BYTES + 1];

	put_prefix(network, prefix);
	snprintf(label, ATTACHMENT_BYTES, "%s%016llx/%.12s/%.15s", prefix,
		 (unsigned long long)hash(container, ifname), container,
		 ifname);
}

bool attachment_is_of(const char *label, const char *network)
{
	char prefix[PREFIX_BYTES + 1];

	put_prefix(network, prefix);
	return !strncmp(label, prefix, strlen(prefix));
}

static int list(struct vfl *h, struct vfl_lease **leases, size_t *n,
		struct failure *f)
{
	int err = vfl_lease_list(h, leases, n);

	return err < 0 ? failure_of_module(f, err, vfl_error(h)) : 0;
}

static bool is_alive(struct vfl *h, const struct vfl_lease *lease)
{
	struct vfl_vf vf;

	return vfl_vf_get(h, lease->vf, &vf) == 0 &&
	       vf.state == VFL_VF_LEASED && vf.lease_id == lease->id;
}

int attachment_find(struct vfl *h, const char *label, uint32_t except,
		    struct vfl_lease *out, struct failure *f)
{
	struct vfl_lease *leases;
	int found = 0;
	size_t n;

	if (list(h, &leases, &n, f) < 0)
		return -1;
	for (size_t i = 0; i < n && !found; i++) {
		if (leases[i].id == except || strcmp(leases[i].label, label) ||
		    !is_alive(h, &leases[i]))
			continue;
		*out = leases[i];
		found = 1;
	}
	free(leases);
	return found;
}

int attachment_revoke(struct vfl *h,
		      bool (*stale)(const char *label, const void *arg),
		      const void *arg, struct failure *f)
{
	struct vfl_lease *leases;
	int ret = 0;
	size_t n;

	if (list(h, &leases, &n, f) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int err = stale(leases[i].label, arg) ?
				  vfl_lease_revoke(h, leases[i].id) :
				  0;

		/* ENOENT: it ended while we read the list. */
		if (err < 0 && err != -ENOENT && ret == 0)
			ret = failure_of_module(f, err, vfl_error(h));
	}
	free(leases);
	return ret;
}
