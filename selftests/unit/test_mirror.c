/* SPDX-License-Identifier: BSD-3-Clause */
/* test_mirror.c - two sets of engines, every packet copied to all: whose is it? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "endpoint.h"
#include "engine.h"
#include "traffic.h"

#define ENGINES	 3
#define OLD	 0 /* the first set; 1 and 2 are the second */
#define CLIENT4	 (&families[0])
#define ROUND_US 1000
#define NOBODY	 0u
#define ALL	 7u

struct copy {
	struct buf buf; /* first: a buffer is its copy */
	struct frame frame;
};

static struct world world;
static struct fabric *fabric;
static int fabric_fd;
static struct engine engines[ENGINES];
static uint64_t now_us;
static uint32_t left; /* engines that have reset what ends in them */

/* What became of one packet's copies: engines, bit by bit. */
static struct outcome {
	uint32_t sent, dropped, rejected;
	struct frame frame; /* as it was sent */
} last;

/* --- what an engine stands on --- */

uint64_t clock_now_ns(void)
{
	return now_us * 1000;
}

void buf_free(struct buf *b)
{
	free(b);
}

void hold_push(struct engine *e, struct buf *b)
{
	buf_push(&e->hold.slices[b->pkt.slice], b);
	e->hold.n++;
}

struct buf *hold_pop(struct hold *h, uint8_t slice)
{
	struct buf *b = buf_pop(&h->slices[slice]);

	h->n -= b != NULL;
	return b;
}

bool steer_transmitted(struct engine *e, uint64_t since_us)
{
	return true;
}

void endpoint_leave(struct engine *e)
{
	left |= 1u << e->id;
}

void pieces_steer(struct engine *e, struct buf *b, struct batch *own)
{
	b->pkt.slice = b->pkt.hash & 255;
	mirror_received(e, b, own);
}

void pieces_wait(struct engine *e, struct buf *b)
{
	free(b);
}

/* --- a fleet --- */

static void own_bank(unsigned bank, uint8_t even, uint8_t odd)
{
	for (unsigned s = 0; s < FAB_SLICES; s++) {
		uint8_t owner = s & 1 ? odd : even;

		fabric_slices(fabric, bank)[s] = slice_word(owner, owner, 0);
	}
}

static int open_fleet(void **state)
{
	const struct fabric_limits limits = {
		.engines_max = ENGINES,
		.ring_slots = 64,
		.frame_bytes_max = 2048,
		.hold_slots = 64,
		.flows4 = 65536,
		.flows6 = 65536,
		.snapshot_bytes = 65536,
		.banks = FAB_BANKS,
	};
	static const uint8_t key[FAB_HASH_KEY_BYTES];
	char err[100];

	open_world(&world, &traffic_plain);
	warm_up(&world);
	fabric = fabric_create(&limits, key, &fabric_fd, err, sizeof(err));
	assert_non_null(fabric);
	memset(engines, 0, sizeof(engines));
	now_us = 10000000;
	for (unsigned i = 0; i < ENGINES; i++) {
		struct engine *e = &engines[i];

		e->fabric = fabric;
		e->self = &fabric->engines[i];
		e->id = i;
		e->lb = world.lb;
		e->mirror.on = true;
		assert_true(mirror_keep_datagrams(e));
		e->self->state = ENGINE_READY;
		e->self->cut_held = e->self->cut_closed = UINT32_MAX;
	}
	own_bank(0, OLD, OLD);
	return 0;
}

static int close_fleet(void **state)
{
	for (unsigned i = 0; i < ENGINES; i++) {
		for (unsigned s = 0; s < FAB_SLICES; s++)
			while (hold_has(&engines[i].hold, s))
				free(hold_pop(&engines[i].hold, s));
		free(engines[i].lb.datagrams);
	}
	fabric_detach(fabric);
	close(fabric_fd);
	world_free(&world);
	return 0;
}

static void (*meanwhile)(void); /* once, in the middle of the next turn */

/* One turn of an engine, in which a packet comes in, or none does. */
static void turn(unsigned id, struct copy *c)
{
	struct engine *e = &engines[id];
	uint64_t rejected = e->drops[DROP_mirror_reject];
	struct batch own = { .n = 0 };

	e->now_us = now_us;
	e->lb.now_ms = now_us / 1000;
	mirror_observe(e);
	mirror_take(e, &own, VECTOR / 2);
	if (meanwhile)
		meanwhile();
	meanwhile = NULL;
	if (c)
		mirror_received(e, &c->buf, &own);
	mirror_note_rx(e, SIDE_CLIENT, c != NULL, 32);
	mirror_note_rx(e, SIDE_SERVER, 0, 32);
	mirror_process(e, &own);
	for (unsigned i = 0; i < own.n; i++) {
		struct copy *out = own.pkts[i]->owner;

		if (out->buf.pkt.verdict == VERDICT_TX) {
			last.sent |= 1u << id;
			last.frame = out->frame;
			last.frame.pkt = out->buf.pkt;
			last.frame.pkt.frame =
				last.frame.room +
				(out->buf.pkt.frame - out->frame.room);
		} else {
			last.dropped |= 1u << id;
		}
		free(out);
	}
	if (e->drops[DROP_mirror_reject] != rejected)
		last.rejected |= 1u << id;
}

/* The copies of a packet reach these engines; what was said of earlier ones is gone. */
static void give(const struct frame *f, uint32_t mask)
{
	memset(&last, 0, sizeof(last));
	now_us += ROUND_US;
	for (unsigned i = 0; i < ENGINES; i++) {
		struct copy *c;

		if (!(mask & 1u << i))
			continue;
		c = calloc(1, sizeof(*c));
		c->frame = *f;
		c->buf.pkt = f->pkt;
		c->buf.pkt.owner = &c->buf;
		c->buf.pkt.frame = c->frame.room + FRAME_HEADROOM;
		pkt_parse(&c->buf.pkt, world.lb.hash);
		assert_int_equal(c->buf.pkt.verdict, VERDICT_NONE);
		turn(i, c);
	}
}

static void rest(unsigned turns)
{
	for (; turns; turns--, now_us += ROUND_US)
		for (unsigned i = 0; i < ENGINES; i++)
			turn(i, NULL);
}

static struct frame client(uint16_t port, uint8_t flags)
{
	struct frame_spec s = tcp_from(CLIENT4, port, flags);
	struct frame f;

	memset(&f, 0, sizeof(f));
	frame_make(&f, SIDE_CLIENT, &s);
	return f;
}

static void give_client(uint16_t port, uint8_t flags)
{
	struct frame f = client(port, flags);

	give(&f, ALL);
}

/* Exactly one engine of the mask sends; the others reject in silence. */
static void expect_from(uint32_t mask)
{
	assert_true(last.sent && !(last.sent & ~mask));
	assert_int_equal(last.sent & (last.sent - 1), 0);
	assert_int_equal(last.dropped, 0);
	assert_int_equal(last.rejected, ALL & ~last.sent);
}

static void cut(void)
{
	own_bank(1, 1, 2);
	fabric->cut = cut_word(1, true);
}

static uint32_t held(void)
{
	return engines[1].hold.n + engines[2].hold.n;
}

/* An open connection of the old set, and one half open; then two sets side by side. */
static void side_by_side(void)
{
	give_client(1001, TCP_SYN);
	expect_from(1u << OLD);
	give_client(1005, TCP_SYN);
	expect_from(1u << OLD);
	cut();
	rest(12);
	assert_true(engines[1].mirror.all_closed);
}

/* --- the table --- */

static void row1_of_the_old_set(void **state)
{
	struct frame back;

	side_by_side();
	give_client(1001, TCP_ACK);
	expect_from(1u << OLD);
	answer(&back, &last.frame, TCP_ACK, 0);
	give(&back, ALL);
	expect_from(1u << OLD);
}

static void row2_new_connection(void **state)
{
	side_by_side();
	for (uint16_t port = 2000; port < 2020; port++) {
		give_client(port, TCP_SYN);
		expect_from(6);
	}
}

static void row3_of_the_new_set(void **state)
{
	struct frame back;

	side_by_side();
	give_client(2000, TCP_SYN);
	answer(&back, &last.frame, TCP_SYN | TCP_ACK, 0);
	give(&back, ALL);
	expect_from(6);
	give_client(2000, TCP_ACK);
	expect_from(6);
}

static void row4_unknown_to_both(void **state)
{
	side_by_side();
	give_client(3000, TCP_ACK);
	assert_int_equal(last.sent, NOBODY);
	assert_true(last.dropped == 2 || last.dropped == 4);
	assert_int_equal(last.rejected, ALL & ~last.dropped);
}

static void row5_syn_again(void **state)
{
	side_by_side();
	give_client(1005, TCP_SYN);
	expect_from(1u << OLD);
}

/* --- the cut --- */

static void a_syn_in_flight_is_taken_once(void **state)
{
	struct frame early = client(1500, TCP_SYN);
	struct frame late = client(1501, TCP_SYN);

	/* Not there for the old set yet when the new one, before the cut, rejects. */
	give(&early, 6);
	assert_int_equal(last.rejected, 6);
	cut();
	/* Held, for the old set may have it. */
	give(&late, 6);
	assert_int_equal(last.sent, NOBODY);
	assert_int_equal(held(), 1);
	/* All hold now; what was in the old one's port then is still its. */
	while (!engines[OLD].mirror.closing)
		rest(1);
	give(&early, 1u << OLD);
	assert_int_equal(last.sent, 1u << OLD);
	rest(12);
	/* The old set never got the late one: the new set does it. */
	assert_int_equal(held(), 0);
	assert_true(last.sent & 6);
	give_client(1500, TCP_ACK);
	expect_from(1u << OLD);
	give_client(1501, TCP_ACK);
	expect_from(6);
}

static void the_old_set_waits_for_a_new_one_that_is_behind(void **state)
{
	cut();
	/* One of the new engines does not get the CPU. */
	for (unsigned i = 0; i < 20; i++, now_us += ROUND_US) {
		turn(OLD, NULL);
		turn(1, NULL);
	}
	assert_false(engines[OLD].mirror.closed);
	/* Nor does it say so before its port was read. */
	turn(2, NULL);
	assert_int_not_equal(fabric->engines[2].cut_held, fabric->cut);
	rest(3);
	assert_false(engines[OLD].mirror.closed);
	rest(9);
	assert_true(engines[OLD].mirror.closed);
}

static void fragments_follow_their_connection(void **state)
{
	struct frame f = client(1001, TCP_ACK);
	uint8_t *ip = f.room + FRAME_HEADROOM + 14;

	side_by_side();
	f.pkt.len = 14 + 44;
	ip[2] = 0, ip[3] = 44;
	ip[6] = 0x20, ip[7] = 0;
	/* The header's checksum, as if by hand: RFC 1624 is too clever for a test. */
	ip[10] = ip[11] = 0;
	for (unsigned i = 0, sum = 0; i <= 20; i += 2) {
		if (i < 20) {
			sum += ip[i] << 8 | ip[i + 1];
			continue;
		}
		sum = (sum & 0xffff) + (sum >> 16);
		sum = ~((sum & 0xffff) + (sum >> 16));
		ip[10] = sum >> 8, ip[11] = sum;
	}
	give(&f, ALL);
	expect_from(1u << OLD);
}

/* --- the deadline --- */

static void write_moves(void)
{
	for (unsigned s = 0; s < FAB_SLICES; s++)
		fabric_slices(fabric, 0)[s] =
			slice_word(OLD, s & 1 ? 2 : 1, SLICE_MOVING);
}

static void move_all(void)
{
	write_moves();
	fabric->steer_epoch++;
}

/* Its ends are told while the slices are still its own, and not before all hold. */
static void what_ends_in_the_old_set_is_reset(void **state)
{
	side_by_side();
	move_all();
	left = 0;
	turn(OLD, NULL);
	assert_int_equal(left, 0);
	for (unsigned i = 0; i < 20 && !left; i++) {
		assert_int_equal(slice_owner(fabric_slices(fabric, 0)[7]), OLD);
		rest(1);
	}
	assert_int_equal(left, 1u << OLD);
	rest(2);
	assert_int_not_equal(slice_owner(fabric_slices(fabric, 0)[7]), OLD);
	rest(10);
	assert_int_equal(left, 1u << OLD);
}

static void moved_connections_are_served_once(void **state)
{
	struct frame f = client(1001, TCP_ACK);

	side_by_side();
	move_all();
	rest(1);
	/* Held by the new one, processed by the old one: not again, however late. */
	give(&f, ALL);
	assert_int_equal(last.sent, 1u << OLD);
	assert_int_equal(held(), 1);
	now_us += 700 * ROUND_US;
	rest(12);
	assert_int_equal(last.sent, 1u << OLD);
	assert_int_equal(held(), 0);
	give_client(1001, TCP_ACK);
	expect_from(6);
}

static void what_only_the_new_one_has_is_not_left_out(void **state)
{
	struct frame f = client(1001, TCP_ACK);

	side_by_side();
	/* The same bits, long ago: its mark is of no packet that is held. */
	give(&f, ALL);
	rest(5);
	move_all();
	rest(1);
	give(&f, 6);
	assert_int_equal(held(), 1);
	rest(12);
	assert_int_equal(held(), 0);
	assert_true(last.sent && !(last.sent & 1));
}

static void nothing_leaves_before_its_target_has_looked(void **state)
{
	struct frame f = client(1001, TCP_ACK);

	side_by_side();
	/* The supervisor has written the words and not yet the epoch; the old engine looks
	 * again and again, the new ones do not get the CPU. */
	write_moves();
	give(&f, 1u << OLD);
	for (unsigned i = 0; i < 20; i++, now_us += ROUND_US)
		turn(OLD, NULL);
	fabric->steer_epoch++;
	for (unsigned i = 0; i < 20; i++, now_us += ROUND_US)
		turn(OLD, NULL);
	assert_int_equal(slice_owner(fabric_slices(fabric, 0)[0]), OLD);
	/* Their copy was in their ports all the time. */
	give(&f, 6);
	rest(12);
	assert_int_equal(last.sent, NOBODY);
	give_client(1001, TCP_ACK);
	expect_from(6);
}

static void a_move_in_the_middle_of_a_turn_is_seen_at_once(void **state)
{
	struct frame f = client(1001, TCP_ACK);
	unsigned heir;

	side_by_side();
	rest(4);
	pkt_parse(&f.pkt, world.lb.hash);
	heir = f.pkt.slice & 1 ? 2 : 1;
	give(&f, 1u << OLD);
	/* The new one begins a round; its copy arrives; it reads that, ends the round. */
	now_us += ROUND_US;
	turn(heir, NULL);
	meanwhile = move_all;
	give(&f, 1u << heir);
	rest(12);
	assert_int_equal(last.sent, NOBODY);
	give_client(1001, TCP_ACK);
	expect_from(6);
}

static void an_heir_does_not_repeat_the_dead(void **state)
{
	struct frame f = client(1001, TCP_ACK);

	side_by_side();
	give(&f, 1u << OLD);
	assert_int_equal(last.sent, 1u << OLD);
	fabric->engines[OLD].state = ENGINE_DEAD;
	for (unsigned s = 0; s < FAB_SLICES; s++)
		fabric_slices(fabric, 0)[s] = slice_word(1, 1, SLICE_RECOVER);
	fabric->steer_epoch++;
	/* The heir's copy was behind in its port. */
	give(&f, 6);
	assert_int_equal(last.sent, NOBODY);
	rest(5);
	give(&f, 6);
	assert_int_equal(last.sent, 1u << 1);
}

#define FLEET_TEST(f) \
	cmocka_unit_test_setup_teardown(f, open_fleet, close_fleet)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLEET_TEST(row1_of_the_old_set),
		FLEET_TEST(row2_new_connection),
		FLEET_TEST(row3_of_the_new_set),
		FLEET_TEST(row4_unknown_to_both),
		FLEET_TEST(row5_syn_again),
		FLEET_TEST(a_syn_in_flight_is_taken_once),
		FLEET_TEST(the_old_set_waits_for_a_new_one_that_is_behind),
		FLEET_TEST(fragments_follow_their_connection),
		FLEET_TEST(what_ends_in_the_old_set_is_reset),
		FLEET_TEST(moved_connections_are_served_once),
		FLEET_TEST(what_only_the_new_one_has_is_not_left_out),
		FLEET_TEST(nothing_leaves_before_its_target_has_looked),
		FLEET_TEST(a_move_in_the_middle_of_a_turn_is_seen_at_once),
		FLEET_TEST(an_heir_does_not_repeat_the_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
