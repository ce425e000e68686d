/* SPDX-License-Identifier: BSD-3-Clause */
/* test_flow.c - the flow store: index, records, recovery at any instruction */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "flow.h"
#include "flow_index.h"
#include "flow_table.h"
#include "tcp.h"

#define SLICE 5

static struct flow_store *make_store(uint32_t per_slice)
{
	struct flow_limits limits = { .flows4 = per_slice * FAB_SLICES,
				      .flows6 = per_slice * FAB_SLICES };
	void *at = mmap(NULL, flow_store_bytes(&limits), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(at != MAP_FAILED);
	flow_store_format(at, &limits);
	return at;
}

static void free_store(struct flow_store *store, uint32_t per_slice)
{
	struct flow_limits limits = { .flows4 = per_slice * FAB_SLICES,
				      .flows6 = per_slice * FAB_SLICES };

	munmap(store, flow_store_bytes(&limits));
}

/* Flow number n: everything in it follows from the number. */
static struct flow draft_of(uint8_t family, uint32_t n, uint32_t hash)
{
	struct flow f = {
		.state = FLOW_ESTABLISHED | IPPROTO_TCP
						    << FLOW_WORD_PROTOCOL_SHIFT,
		.seen_ms = n,
		.timeout_ms = 2 * n,
		.hash = { hash, ~hash },
		.ports = { n, ~n },
		.vlan = { 1, 2 },
		.service = n % FAB_SERVICES,
	};

	for (unsigned i = 0; i < (family == 4 ? 2 : 8); i++)
		((uint64_t *)&f.addrs)[i] = n * 8ull + i;
	return f;
}

static struct flow_key key_of(uint8_t family, const struct flow *f,
			      unsigned side)
{
	struct flow_key k = { .hash = f->hash[side],
			      .ports = f->ports[side],
			      .vlan = f->vlan[side],
			      .family = family,
			      .protocol = IPPROTO_TCP,
			      .side = side,
			      .slice = SLICE };

	if (family == 4)
		k.addrs[0] = f->addrs.v4[side];
	else
		memcpy(k.addrs, f->addrs.v6[side], sizeof(k.addrs));
	return k;
}

/* The live flow of a draft, found from both sides, with all that is in it. */
static struct flow *find_both(const struct flow_store *store, uint8_t family,
			      const struct flow *draft)
{
	struct flow_key client = key_of(family, draft, SIDE_CLIENT);
	struct flow_key server = key_of(family, draft, SIDE_SERVER);
	struct flow *f = flow_find(store, &client);

	assert_ptr_equal(flow_find(store, &server), f);
	if (f) {
		assert_int_equal(f->seen_ms, draft->seen_ms);
		assert_int_equal(f->timeout_ms, draft->timeout_ms);
		assert_int_equal(f->service, draft->service);
	}
	return f;
}

static void scans_agree(void **state)
{
	srand(3);
	for (unsigned i = 0; i < 100000; i++) {
		struct bucket b;
		uint32_t value = rand() % 4, mask = rand() % 2 ? ~0u : 3;

		for (unsigned s = 0; s < BUCKET_SLOTS; s++)
			b.slots[s] = rand() % 8 * (rand() % 2);
		assert_int_equal(bucket_scan(&b, mask, value),
				 bucket_scan_scalar(&b, mask, value));
	}
}

/* Hashes that all want the same bucket when `crowded`: chains over the end of
 * the table, refilled on removal. */
static uint32_t some_hash(const struct flow_shape *shape, bool crowded)
{
	uint32_t hash;

	do {
		hash = (uint32_t)rand() << 16 ^ rand();
	} while (crowded &&
		 flow_home(shape, flow_mix(hash)) < shape->buckets - 1);
	return hash;
}

static unsigned used_slots(const struct flow_store *store, uint8_t family)
{
	const struct flow_shape *shape = flow_shape(store, family);
	struct bucket *buckets = flow_buckets(flow_shard(store, shape, SLICE));
	unsigned used = 0;

	for (unsigned i = 0; i < shape->buckets * BUCKET_SLOTS; i++)
		used += buckets[i / BUCKET_SLOTS].slots[i % BUCKET_SLOTS] != 0;
	return used;
}

/* Random births and deaths against a plain list. */
static void against_model(uint8_t family, bool crowded)
{
	enum { CAPACITY = 100, N = 160 };
	struct flow_store *store = make_store(CAPACITY);
	const struct flow_shape *shape = flow_shape(store, family);
	struct flow drafts[N];
	bool live[N] = { false };
	unsigned n_live = 0, refused = 0;

	for (unsigned i = 0; i < N; i++)
		drafts[i] = draft_of(family, i, some_hash(shape, crowded));
	for (unsigned turn = 0; turn < 20000; turn++) {
		/* Swing between empty and full. */
		unsigned i = rand() % N, fill = turn / 1000 % 2 ? 1 : 9;
		struct flow *f = find_both(store, family, &drafts[i]);

		assert_int_equal(f != NULL, live[i]);
		if (f && (unsigned)rand() % 10 >= fill) {
			flow_remove(store, family, SLICE, f);
			live[i] = false;
			n_live--;
		} else if (!f && (unsigned)rand() % 10 < fill) {
			live[i] = flow_insert(store, family, SLICE, &drafts[i]);
			assert_int_equal(live[i], n_live < CAPACITY);
			n_live += live[i];
			refused += !live[i];
		}
		assert_int_equal(flow_count(store, SLICE), n_live);
		assert_int_equal(used_slots(store, family), 2 * n_live);
		if (turn % 997 == 0)
			flow_shard_recover(store, SLICE);
	}
	assert_true(refused > 0);
	free_store(store, CAPACITY);
}

static void births_and_deaths(void **state)
{
	srand(4);
	for (unsigned i = 0; i < 4; i++)
		against_model(i & 1 ? 6 : 4, i & 2);
}

/* Same hash, other VLAN, protocol or address: other flows. */
static void keys_are_whole(void **state)
{
	struct flow_store *store = make_store(16);
	struct flow f = draft_of(4, 1, 0x1234), *found;
	struct flow_key k = key_of(4, &f, SIDE_CLIENT);

	found = flow_insert(store, 4, SLICE, &f);
	assert_ptr_equal(flow_find(store, &k), found);
	k.vlan++;
	assert_null(flow_find(store, &k));
	k.vlan--;
	k.protocol = IPPROTO_UDP;
	assert_null(flow_find(store, &k));
	k.protocol = IPPROTO_TCP;
	k.addrs[0]++;
	assert_null(flow_find(store, &k));
	k.addrs[0]--;
	k.ports++;
	assert_null(flow_find(store, &k));
	k.ports--;
	k.side = SIDE_SERVER;
	assert_null(flow_find(store, &k));
	k.side = SIDE_CLIENT;
	k.slice++;
	assert_null(flow_find(store, &k));
	free_store(store, 16);
}

/* Whatever the dead owner left in index and free list. */
/* What only its engine can go on with, counted apart, and again after its death. */
static void ends_are_counted(void **state)
{
	struct flow_store *store = make_store(64);
	struct flow *f[20];

	for (uint32_t n = 0; n < 20; n++) {
		struct flow draft = draft_of(n % 2 ? 6 : 4, n, n);

		draft.state = (n < 5  ? FLOW_PROXY :
			       n < 12 ? FLOW_SERVED :
					FLOW_ESTABLISHED) |
			      IPPROTO_TCP << FLOW_WORD_PROTOCOL_SHIFT;
		f[n] = flow_insert(store, n % 2 ? 6 : 4, SLICE, &draft);
		assert_non_null(f[n]);
	}
	assert_int_equal(flow_count_ends(store), 12);
	for (uint32_t n = 4; n < 14; n++)
		flow_remove(store, n % 2 ? 6 : 4, SLICE, f[n]);
	assert_int_equal(flow_count_ends(store), 4);
	assert_int_equal(flow_count_all(store), 10);
	flow_shard_recover(store, SLICE);
	assert_int_equal(flow_count_ends(store), 4);
	assert_int_equal(flow_count_all(store), 10);
	free_store(store, 64);
}

static void recovery_from_garbage(void **state)
{
	enum { CAPACITY = 64, N = 40 };
	struct flow_store *store = make_store(CAPACITY);
	const struct flow_shape *shape = flow_shape(store, 4);
	struct flow_shard *shard = flow_shard(store, shape, SLICE);
	struct flow drafts[N];

	for (unsigned i = 0; i < N; i++) {
		drafts[i] = draft_of(4, i, some_hash(shape, false));
		assert_non_null(flow_insert(store, 4, SLICE, &drafts[i]));
	}
	for (unsigned i = 0; i < N; i += 2)
		flow_remove(store, 4, SLICE, find_both(store, 4, &drafts[i]));
	for (unsigned i = 0; i < shape->buckets * sizeof(struct bucket); i++)
		((uint8_t *)flow_buckets(shard))[i] = rand();
	shard->free = rand();
	shard->live = rand();
	shard->sweep = rand();
	flow_shard_recover(store, SLICE);
	assert_int_equal(flow_count_all(store), N / 2);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(find_both(store, 4, &drafts[i]) != NULL,
				 i % 2);
	free_store(store, CAPACITY);
}

#define STEP_CAPACITY 6
#define STEP_FLOWS    8

/* What the doomed owner does; flows 0 to 3 are there when it starts. */
static void doomed_owner(struct flow_store *store, const struct flow *drafts)
{
	struct flow *victim;

	flow_insert(store, 4, SLICE, &drafts[4]);
	victim = find_both(store, 4, &drafts[1]);
	flow_remove(store, 4, SLICE, victim);
	flow_insert(store, 4, SLICE, &drafts[5]);
	victim = find_both(store, 4, &drafts[4]);
	flow_remove(store, 4, SLICE, victim);
	flow_insert(store, 4, SLICE, &drafts[6]);
	flow_insert(store, 4, SLICE, &drafts[7]);
}

/* Take over a copy of what is there now; which flows live, as bits. */
static uint32_t take_over(const struct flow_store *store, size_t bytes,
			  struct flow_store *copy, const struct flow *drafts)
{
	uint32_t live = 0, n = 0;

	memcpy(copy, store, bytes);
	flow_shard_recover(copy, SLICE);
	for (unsigned i = 0; i < STEP_FLOWS; i++)
		live |= (uint32_t)(find_both(copy, 4, &drafts[i]) != NULL) << i;
	assert_int_equal(flow_count(copy, SLICE), __builtin_popcount(live));
	/* Every record that is not live can be used. */
	for (;; n++) {
		struct flow f = draft_of(4, 100 + n, 1000 * n);

		if (!flow_insert(copy, 4, SLICE, &f))
			break;
	}
	assert_int_equal(__builtin_popcount(live) + n, STEP_CAPACITY);
	return live;
}

/*
 * The owner is stopped after every single instruction; each time somebody else
 * takes over a copy, as after kill -9 there. The flows that live may only go
 * through the sequence of whole steps.
 */
static void killed_at_every_instruction(void **state)
{
	static const uint32_t steps[] = { 0x0f, 0x1f, 0x1d, 0x3d,
					  0x2d, 0x6d, 0xed };
	struct flow_limits limits = { .flows4 = STEP_CAPACITY * FAB_SLICES,
				      .flows6 = STEP_CAPACITY * FAB_SLICES };
	struct flow_store *store = make_store(STEP_CAPACITY);
	struct flow_store *copy = make_store(STEP_CAPACITY);
	struct flow drafts[STEP_FLOWS];
	unsigned step = 0, instructions = 0;
	size_t bytes;
	pid_t child;
	int status;

	/* All that the test changes lies before the end of slice SLICE. */
	bytes = flow_shape(store, 4)->offset +
		(SLICE + 1) * flow_shape(store, 4)->stride;
	assert_true(bytes < flow_store_bytes(&limits));
	for (unsigned i = 0; i < STEP_FLOWS; i++) {
		drafts[i] = draft_of(4, i, 77 * i);
		if (i < 4)
			flow_insert(store, 4, SLICE, &drafts[i]);
	}
	child = fork();
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(4);
		raise(SIGSTOP);
		doomed_owner(store, drafts);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 4)
		skip(); /* tracing is forbidden here */
	while (WIFSTOPPED(status)) {
		uint32_t live = take_over(store, bytes, copy, drafts);

		if (live != steps[step])
			step++;
		assert_int_equal(live, steps[step]);
		instructions++;
		assert_int_equal(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL),
				 0);
		assert_int_equal(waitpid(child, &status, 0), child);
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(step, sizeof(steps) / sizeof(*steps) - 1);
	assert_true(instructions > 500);
	free_store(store, STEP_CAPACITY);
	free_store(copy, STEP_CAPACITY);
}

/* What one walk has seen. */
struct walk {
	unsigned long seen, torn;
};

static bool see_whole(const struct flow_view *v, void *arg)
{
	struct walk *walk = arg;
	uint32_t n = v->timeout_ms / 2;

	walk->seen++;
	walk->torn += v->service_slot != n % FAB_SERVICES ||
		      memcmp(v->client.bytes, &(uint64_t){ n * 8ull }, 4) ||
		      memcmp(v->server.bytes, &(uint64_t){ n * 8ull + 1 }, 4);
	return true;
}

/* The one flow of the store becomes flow number n. */
static struct flow *replace(struct flow_store *store, struct flow *f,
			    uint32_t n)
{
	struct flow draft = draft_of(4, n, n * 256 + SLICE);

	if (f)
		flow_remove(store, 4, SLICE, f);
	return flow_insert(store, 4, SLICE, &draft);
}

/* Walk in a child that stops after every instruction; its owner replaces the
 * flow, in the same record, at every `every`th stop. */
static void walk_disturbed(struct flow_store *store, struct walk *walk,
			   unsigned every)
{
	struct flow *f = replace(store, NULL, 1);
	unsigned stops = 0;
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(4);
		raise(SIGSTOP);
		flow_walk(store, 0, see_whole, walk);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 4)
		skip(); /* tracing is forbidden here */
	while (WIFSTOPPED(status)) {
		if (++stops % every == 0)
			f = replace(store, f, 1 + stops);
		assert_int_equal(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL),
				 0);
		assert_int_equal(waitpid(child, &status, 0), child);
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	flow_remove(store, 4, SLICE, f);
}

/* Whatever the owner does between two instructions of a walk, it shows a flow
 * whole or not at all; left alone, it shows it. */
static void walk_beside_the_owner(void **state)
{
	static const unsigned every[] = { 1, 2, 5, 13, 1u << 31 };
	struct flow_store *store = make_store(1);
	struct walk *walk = mmap(NULL, sizeof(*walk), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(walk != MAP_FAILED);
	for (unsigned i = 0; i < sizeof(every) / sizeof(*every); i++) {
		walk->seen = 0;
		walk_disturbed(store, walk, every[i]);
		assert_int_equal(walk->torn, 0);
	}
	assert_int_equal(walk->seen, 1);
	munmap(walk, sizeof(*walk));
	free_store(store, 1);
}

/* The promise: at most 128 bytes per IPv4 flow, index included. */
static void bytes_per_flow(void **state)
{
	struct flow_limits none = { 0 }, million = { .flows4 = 1 << 20 };
	size_t bytes = flow_store_bytes(&million) - flow_store_bytes(&none);

	assert_true(bytes / (1 << 20) <= 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scans_agree),
		cmocka_unit_test(births_and_deaths),
		cmocka_unit_test(keys_are_whole),
		cmocka_unit_test(ends_are_counted),
		cmocka_unit_test(recovery_from_garbage),
		cmocka_unit_test(killed_at_every_instruction),
		cmocka_unit_test(walk_beside_the_owner),
		cmocka_unit_test(bytes_per_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
