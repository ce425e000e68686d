// SPDX-License-Identifier: BSD-3-Clause
/* syn_key.c - the keys of SYN cookies: drawn before they are needed */
#include "syn_key.h"

#include <sys/random.h>

#include "cookie.h"

bool syn_key_random(uint64_t key[2])
{
	return getrandom(key, 16, 0) == 16;
}

static bool put(struct fab_syn *syn, uint32_t epoch, syn_key_draw *draw)
{
	uint64_t key[2];

	if (!draw(key))
		return false;
	for (unsigned i = 0; i < 2; i++)
		atomic_store(&syn->keys[epoch & 1][i], key[i]);
	atomic_store(&syn->epochs[epoch & 1], epoch);
	return true;
}

int syn_key_begin(struct fab_syn *syn, uint32_t now_s, syn_key_draw *draw)
{
	uint32_t epoch = cookie_epoch(now_s / 60);

	return put(syn, epoch, draw) && put(syn, epoch + 1, draw) ? 0 : -1;
}

void syn_key_turn(struct fab_syn *syn, uint32_t now_s, syn_key_draw *draw)
{
	uint32_t minute = now_s / 60, next = cookie_epoch(minute) + 1;
	uint32_t into = minute - (cookie_epoch(minute) << COOKIE_EPOCH_SHIFT);

	if (into > COOKIE_AGE_MINUTES && syn->epochs[next & 1] != next)
		put(syn, next, draw);
}
