// SPDX-License-Identifier: BSD-3-Clause
/* test_pipe.c - bytes keep their order and place between two connections */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pipe.h"

static uint8_t room[PIPE_BYTES];

/* The byte that is number `n` of all that go through. */
static uint8_t byte_of(uint64_t n)
{
	return n * 31 + (n >> 8) * 7 + (n >> 16);
}

/* Passed on so far, and to be compared at the other end. */
struct flow_of_bytes {
	struct pipe pipe;
	uint64_t put, passed, acknowledged;
};

static void put(struct flow_of_bytes *f, uint32_t n)
{
	static uint8_t data[PIPE_BYTES];

	for (uint32_t i = 0; i < n; i++)
		data[i] = byte_of(f->put + i);
	pipe_put(&f->pipe, data, n);
	f->put += n;
}

static void pass(struct flow_of_bytes *f, uint32_t most)
{
	const uint8_t *data;
	uint32_t n = pipe_next(&f->pipe, &data);

	n = n < most ? n : most;
	assert_true(data >= room && data + n <= room + PIPE_BYTES);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(data[i], byte_of(f->passed + i));
	pipe_pass(&f->pipe, n);
	f->passed += n;
}

/* TCP may send again what is not acknowledged: it must still be there. */
static void check_kept(const struct flow_of_bytes *f)
{
	for (uint64_t n = f->acknowledged; n < f->put; n++)
		assert_int_equal(room[(f->pipe.first + (n - f->acknowledged)) %
				      PIPE_BYTES],
				 byte_of(n));
}

static void acknowledge(struct flow_of_bytes *f, uint32_t n)
{
	pipe_acknowledge(&f->pipe, n);
	f->acknowledged += n;
}

static void test_order(void **state)
{
	struct flow_of_bytes f = { .pipe.room = room };

	srand(1);
	for (unsigned i = 0; i < 3000; i++) {
		uint32_t free_bytes = pipe_room(&f.pipe);

		if (free_bytes)
			put(&f, rand() % (free_bytes + 1));
		pass(&f, rand() % 20000);
		check_kept(&f);
		acknowledge(&f, rand() % (f.pipe.passed + 1));
		assert_int_equal(f.pipe.bytes, f.put - f.acknowledged);
		assert_int_equal(f.pipe.passed, f.passed - f.acknowledged);
	}
	assert_true(f.put > 100 * PIPE_BYTES);
}

static void test_full(void **state)
{
	struct flow_of_bytes f = { .pipe.room = room };

	put(&f, PIPE_BYTES);
	assert_int_equal(pipe_room(&f.pipe), 0);
	pass(&f, PIPE_BYTES);
	assert_int_equal(pipe_room(&f.pipe), 0);
	acknowledge(&f, 100);
	assert_int_equal(pipe_room(&f.pipe), 100);
	put(&f, 100);
	pass(&f, 100);
	check_kept(&f);
}

/* A quiet connection uses the start of its memory again and again. */
static void test_begins_again(void **state)
{
	struct flow_of_bytes f = { .pipe.room = room };

	for (unsigned i = 0; i < 100; i++) {
		put(&f, 1000);
		assert_int_equal(f.pipe.first, 0);
		pass(&f, 1000);
		acknowledge(&f, 1000);
	}
}

static void test_end(void **state)
{
	struct flow_of_bytes f = { .pipe.room = room };

	assert_false(pipe_finished(&f.pipe));
	put(&f, 10);
	f.pipe.ended = true;
	assert_false(pipe_finished(&f.pipe));
	pass(&f, 10);
	assert_true(pipe_finished(&f.pipe));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_begins_again),
		cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
