// SPDX-License-Identifier: BSD-3-Clause
/* netlink-tool.c - messages to the vfleet family that libvfleet would never send
 *
 *	send CMD WORD...   one message. CMD is a number; a WORD is
 *	                     TYPE:u8:N TYPE:u16:N TYPE:u32:N   a number
 *	                     TYPE:s:TEXT                       a string
 *	                     TYPE:z:TEXT                       without its NUL
 *	                     TYPE:x:HEX                        bytes
 *	                     nest:TYPE ... end                 a nest
 *	                     bare:TYPE ... end                 without NLA_F_NESTED
 *	                     dump        NLM_F_DUMP instead of one object
 *	                     reserved    a reserved field that is not 0
 *	                     trail       two bytes behind the last attribute
 *	                   TYPE+ sets NLA_F_NESTED on what is no nest.
 *	fuzz SECONDS SEED PF VF
 *	                   random messages, with these names now and then; every lease
 *	                   that comes of it is let go at once
 *
 * A refusal prints ERRNO: SENTENCE to stderr and exits with 1.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/vfleet.h>

#include "genl.h"

#define NESTS_MAX 8

static struct genl g;

static const char *errno_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "unknown error";
}

static int bad_word(const char *word)
{
	fprintf(stderr, "netlink-tool: what is '%s'?\n", word);
	return 2;
}

static size_t from_hex(const char *text, uint8_t *out, size_t max)
{
	size_t n = 0;

	while (n < max && sscanf(text + 2 * n, "%2hhx", &out[n]) == 1)
		n++;
	return n;
}

/* One attribute, "TYPE[+]:KIND:VALUE"; false: cannot be read. */
static bool put_word(struct genl_msg *m, const char *word)
{
	char kind[4] = "";
	uint8_t bytes[512];
	char *end;
	uint16_t type = strtoul(word, &end, 0);
	const char *value;
	uint32_t n;

	if (*end == '+') {
		type |= NLA_F_NESTED;
		end++;
	}
	if (end == word || sscanf(end, ":%3[a-z0-9]:", kind) != 1)
		return false;
	value = strchr(end + 1, ':');
	if (!value)
		return false;
	value++;
	n = strtoul(value, NULL, 0);
	if (!strcmp(kind, "u8"))
		genl_put(m, type, &(uint8_t){ n }, 1);
	else if (!strcmp(kind, "u16"))
		genl_put(m, type, &(uint16_t){ n }, 2);
	else if (!strcmp(kind, "u32"))
		genl_put(m, type, &n, 4);
	else if (!strcmp(kind, "s"))
		genl_put(m, type, value, strlen(value) + 1);
	else if (!strcmp(kind, "z"))
		genl_put(m, type, value, strlen(value));
	else if (!strcmp(kind, "x"))
		genl_put(m, type, bytes, from_hex(value, bytes, sizeof(bytes)));
	else
		return false;
	return true;
}

/* "nest:TYPE" or "bare:TYPE" */
static bool is_nest(const char *word, uint16_t *type)
{
	bool nest = !strncmp(word, "nest:", 5);

	if (!nest && strncmp(word, "bare:", 5))
		return false;
	*type = strtoul(word + 5, NULL, 0) | (nest ? NLA_F_NESTED : 0);
	return true;
}

static int build(struct genl_msg *m, int argc, char **argv)
{
	struct genlmsghdr *genl = (struct genlmsghdr *)(m->buf + NLMSG_HDRLEN);
	struct nlmsghdr *nlh = (struct nlmsghdr *)m->buf;
	size_t nests[NESTS_MAX];
	int depth = 0, i;
	uint16_t type;

	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "dump"))
			nlh->nlmsg_flags |= NLM_F_DUMP;
		else if (!strcmp(argv[i], "reserved"))
			genl->reserved = 1;
		else if (!strcmp(argv[i], "trail"))
			genl_put_raw(m, "\1\1", 2);
		else if (!strcmp(argv[i], "end") && depth)
			genl_nest_end(m, nests[--depth]);
		else if (is_nest(argv[i], &type) && depth < NESTS_MAX)
			nests[depth++] = genl_nest(m, type);
		else if (!put_word(m, argv[i]))
			return bad_word(argv[i]);
	}
	return 0;
}

static int send_one(int argc, char **argv)
{
	struct genl_answer answer;
	struct genl_msg m;
	int err;

	if (argc < 1)
		return 2;
	genl_begin(&g, &m, strtoul(argv[0], NULL, 0), 0);
	err = build(&m, argc - 1, argv + 1);
	if (err)
		return err;
	err = genl_ask(&g, &m, &answer);
	if (!err)
		err = answer.err;
	if (!err)
		return 0;
	fprintf(stderr, "%s: %s\n", errno_name(-err), answer.text);
	return 1;
}

static int below(int n)
{
	return random() % n;
}

/* The largest of the attribute sets is that of a VF. */
#define TYPES (VFL_A_VF_MAX + 1)

static void put_random(struct genl_msg *m, const char *pf, const char *vf,
		       int depth)
{
	static const uint32_t numbers[] = { 0,	   1,	  2,	 7,
					    8,	   100,	  4094,	 4095,
					    32767, 32768, 64000, UINT32_MAX };
	uint32_t n = numbers[below(sizeof(numbers) / sizeof(numbers[0]))];
	uint16_t type = below(below(4) ? TYPES : 64) |
			(below(8) ? 0 : NLA_F_NESTED);
	uint8_t bytes[96];
	size_t nest, len = below(sizeof(bytes)), i;

	for (i = 0; i < len; i++)
		bytes[i] = random();
	switch (below(9)) {
	case 0:
		genl_put(m, type, bytes, len);
		break;
	case 1:
		genl_put(m, type, pf, strlen(pf) + 1);
		break;
	case 2:
		genl_put(m, type, vf, strlen(vf) + 1);
		break;
	case 3:
		genl_put(m, type, &n, 1);
		break;
	case 4:
		genl_put(m, type, &n, 2);
		break;
	case 5:
		nest = genl_nest(m, type | NLA_F_NESTED);
		for (i = below(6); i && depth < 3; i--)
			put_random(m, pf, vf, depth + 1);
		genl_nest_end(m, nest);
		break;
	default:
		genl_put(m, type, &n, 4);
	}
}

/* Mostly names where names belong, or nothing would get past the first look. */
static void random_message(struct genl_msg *m, const char *pf, const char *vf)
{
	uint8_t cmd = below(below(8) ? VFL_CMD_MAX + 1 : 256);
	bool of_vf = cmd >= VFL_CMD_VF_GET && cmd <= VFL_CMD_VF_NTF;
	int i;

	genl_begin(&g, m, cmd, below(6) ? 0 : NLM_F_DUMP);
	if (below(4))
		genl_put(m, cmd == VFL_CMD_LEASE_ACQUIRE ? VFL_A_LEASE_PF : 1,
			 of_vf ? vf : pf, strlen(pf) + 1);
	for (i = below(5); i; i--)
		put_random(m, pf, vf, 0);
	if (!below(16))
		genl_put_raw(m, "\1\1", 2);
	if (!below(32) && m->len > 40)
		m->len -= below(12);
}

static int64_t now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static int fuzz(int argc, char **argv)
{
	unsigned long sent = 0, done = 0, leases = 0, silent = 0;
	struct genl_answer answer;
	struct genl_msg m;
	int64_t until;
	int err;

	if (argc != 4)
		return 2;
	until = now_s() + atoi(argv[0]);
	srandom(atoi(argv[1]));
	while (now_s() < until) {
		random_message(&m, argv[2], argv[3]);
		err = genl_ask(&g, &m, &answer);
		if (err) {
			fprintf(stderr, "message %lu: no answer: %s\n", sent,
				errno_name(-err));
			return 1;
		}
		sent++;
		done += !answer.err;
		leases += answer.fd >= 0;
		/* of an unknown command the kernel's core says no more */
		silent += answer.err && answer.err != -EOPNOTSUPP &&
			  !answer.text[0];
		if (answer.fd >= 0)
			close(answer.fd);
	}
	printf("sent %lu done %lu leases %lu without-sentence %lu\n", sent,
	       done, leases, silent);
	return 0;
}

int main(int argc, char **argv)
{
	int err = genl_open(&g);

	if (err < 0) {
		fprintf(stderr, "%s: no vfleet family\n", errno_name(-err));
		return 1;
	}
	if (argc > 1 && !strcmp(argv[1], "send"))
		return send_one(argc - 2, argv + 2);
	if (argc > 1 && !strcmp(argv[1], "fuzz"))
		return fuzz(argc - 2, argv + 2);
	return bad_word(argc > 1 ? argv[1] : "");
}
