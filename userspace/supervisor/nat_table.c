// SPDX-License-Identifier: BSD-3-Clause
/* nat_table.c - our table in the host's packet filter, written as a whole */
#include "nat_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nftables/libnftables.h>

#include "fabric.h"
#include "words.h"

/*
 * The table has no owner (flag `owner`): it would go away with our socket, and the engines
 * do not end with us. It goes away with the fleet; the next supervisor of a fleet writes
 * it anew.
 */

static const char *family_word(const struct address *a)
{
	return a->family == 4 ? "ip" : "ip6";
}

/* What a packet to the rule's host port has; for the hooks before routing. */
static void put_match(FILE *out, const struct config_inbound *v)
{
	const struct address *a = &v->host.address;
	char text[ADDRESS_TEXT];

	if (endpoint_is_any(&v->host))
		fprintf(out, "meta nfproto ipv%u fib daddr type local ",
			a->family);
	else
		fprintf(out, "%s daddr %s ", family_word(a),
			address_text(a, text));
	fprintf(out, "%s dport %u", words_protocol(v->protocol), v->host.port);
}

static void put_dnat(FILE *out, const struct config_inbound *v)
{
	char text[ENDPOINT_TEXT];

	fprintf(out, "\t\t");
	put_match(out, v);
	fprintf(out, " counter dnat %s to %s\n",
		family_word(&v->container.address),
		endpoint_text(&v->container, text));
}

/* The subnet that the container is on, as far as the configuration tells. */
static const struct prefix *subnet_of(const struct config *c, uint8_t side,
				      const struct address *a)
{
	for (unsigned i = 0; i < c->n_subnets; i++)
		if (c->subnets[i].side == side && !c->subnets[i].vlan &&
		    prefix_contains(&c->subnets[i].prefix, a))
			return &c->subnets[i].prefix;
	return NULL;
}

/* A client on the container's own subnet would be answered directly, by an address that
 * it has not asked: its requests come from the host. */
static void put_hairpin(FILE *out, const struct config *c,
			const struct config_inbound *v)
{
	const struct address *a = &v->container.address;
	const struct prefix *subnet = subnet_of(c, SIDE_CLIENT, a);
	char net[ADDRESS_TEXT], text[ADDRESS_TEXT];

	if (!subnet)
		return;
	fprintf(out,
		"\t\t%s saddr %s/%u %s daddr %s %s dport %u ct status dnat "
		"counter masquerade\n",
		family_word(a), address_text(&subnet->address, net),
		subnet->length, family_word(a), address_text(a, text),
		words_protocol(v->protocol), v->container.port);
}

/* What the engine sends for applications leaves the host with the host's address, unless
 * it stays on the engine's own subnet. */
static void put_outbound(FILE *out, const struct config *c,
			 const struct config_snat *v)
{
	const struct address *a = &v->address;
	const struct prefix *subnet = subnet_of(c, SIDE_SERVER, a);
	char text[ADDRESS_TEXT], net[ADDRESS_TEXT];

	if (v->vlan || !subnet)
		return;
	fprintf(out, "\t\t%s saddr %s %s daddr != %s/%u counter masquerade\n",
		family_word(a), address_text(a, text), family_word(a),
		address_text(&subnet->address, net), subnet->length);
}

static void put_chain(FILE *out, const char *name, const char *hook,
		      const struct config_inbound *rules, unsigned n)
{
	fprintf(out, "\tchain %s {\n\t\ttype nat hook %s;\n", name, hook);
	for (unsigned i = 0; i < n; i++)
		put_dnat(out, &rules[i]);
	fprintf(out, "\t}\n");
}

/* Before the chains of others that translate at the same place. */
static void put_table(FILE *out, const struct config *c,
		      const struct config_inbound *rules, unsigned n)
{
	fprintf(out, "table inet vfleet-%s {\n", c->fleet_name);
	put_chain(out, "inbound", "prerouting priority -110", rules, n);
	put_chain(out, "inbound_of_host", "output priority -110", rules, n);
	fprintf(out,
		"\tchain hairpin {\n\t\ttype nat hook postrouting priority 90;\n");
	for (unsigned i = 0; i < n; i++)
		put_hairpin(out, c, &rules[i]);
	fprintf(out, "\t}\n\tchain outbound {\n"
		     "\t\ttype nat hook postrouting priority 91;\n");
	for (unsigned i = 0; c->link.n_ends && i < c->n_snats; i++)
		put_outbound(out, c, &c->snats[i]);
	fprintf(out, "\t}\n}\n");
}

static int run(const char *commands, char *err, size_t err_bytes)
{
	struct nft_ctx *nft = nft_ctx_new(NFT_CTX_DEFAULT);
	const char *said;
	int ret;

	if (!nft) {
		snprintf(err, err_bytes, "nftables does not start");
		return -1;
	}
	nft_ctx_buffer_output(nft);
	nft_ctx_buffer_error(nft);
	ret = nft_run_cmd_from_buffer(nft, commands);
	said = nft_ctx_get_error_buffer(nft);
	if (ret)
		snprintf(err, err_bytes, "nftables refuses the rules: %.*s",
			 said ? (int)strcspn(said, "\n") : 0, said ? said : "");
	nft_ctx_free(nft);
	return ret ? -1 : 0;
}

static int write_commands(const struct config *c,
			  const struct config_inbound *rules, unsigned n,
			  bool wanted, char *err, size_t err_bytes)
{
	char *commands = NULL;
	size_t bytes;
	FILE *out = open_memstream(&commands, &bytes);
	int ret = -1;

	if (!out) {
		snprintf(err, err_bytes, "out of memory");
		return -1;
	}
	/* Deleting it is an error unless it is there. */
	fprintf(out, "table inet vfleet-%s\ndelete table inet vfleet-%s\n",
		c->fleet_name, c->fleet_name);
	if (wanted)
		put_table(out, c, rules, n);
	if (fclose(out) == 0)
		ret = run(commands, err, err_bytes);
	free(commands);
	return ret;
}

int nat_table_write(const struct config *c, const struct config_inbound *rules,
		    unsigned n, char *err, size_t err_bytes)
{
	return write_commands(c, rules, n, true, err, err_bytes);
}

int nat_table_remove(const struct config *c, char *err, size_t err_bytes)
{
	return write_commands(c, NULL, 0, false, err, err_bytes);
}
