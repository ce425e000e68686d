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
 *
 * A refusal prints ERRNO: SENTENCE to stderr and exits with 1.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

int main(int argc, char **argv)
{
	int err = genl_open(&g);

	if (err < 0) {
		fprintf(stderr, "%s: no vfleet family\n", errno_name(-err));
		return 1;
	}
	if (argc > 1 && !strcmp(argv[1], "send"))
		return send_one(argc - 2, argv + 2);
	return bad_word(argc > 1 ? argv[1] : "");
}
