// SPDX-License-Identifier: BSD-3-Clause
/* nat.c - ports of the host that lead to services in containers */
#include "nat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fleet.h"
#include "nat_port.h"
#include "nat_rules.h"
#include "nat_table.h"
#include "notice.h"
#include "state.h"
#include "words.h"

#define RULES_MAX (2 * CONFIG_INBOUND)

/* Rules with the descriptors that keep their ports; -1: none yet. */
struct rules {
	struct config_inbound rules[RULES_MAX];
	int fds[RULES_MAX];
	unsigned n;
};

struct nat {
	struct config_inbound added[CONFIG_INBOUND];
	unsigned n_added;
	struct rules now; /* in force; of the configuration first */
	bool in_force; /* the table is there */
	bool settled; /* and as it has to be while the fleet runs */
	int lock; /* 0: not ours yet */
	bool complained; /* that it could not be written */
};

struct nat *nat_new(void)
{
	return calloc(1, sizeof(struct nat));
}

static const char *rule_text(const struct config_inbound *v, char *buf,
			     size_t bytes)
{
	char host[ENDPOINT_TEXT];

	snprintf(buf, bytes, "%s %s", words_protocol(v->protocol),
		 endpoint_text(&v->host, host));
	return buf;
}

static bool same_port(const struct config_inbound *a,
		      const struct config_inbound *b)
{
	return a->protocol == b->protocol && endpoint_equal(&a->host, &b->host);
}

/* The rules that a configuration and the added ones make. */
static void collect(const struct nat *nat, const struct config *c,
		    struct rules *out)
{
	out->n = 0;
	for (unsigned i = 0; i < c->n_inbound; i++)
		out->rules[out->n++] = c->inbound[i];
	for (unsigned i = 0; i < nat->n_added; i++)
		out->rules[out->n++] = nat->added[i];
	for (unsigned i = 0; i < out->n; i++)
		out->fds[i] = -1;
}

static bool added_fits(const struct config *c, const struct config_inbound *v,
		       char *err, size_t err_bytes)
{
	char text[80], why[256];

	if (!nat_rule_check(c, v, why, sizeof(why))) {
		snprintf(err, err_bytes,
			 "%s, added at run time: %s, or 'vfleet nat remove %s'",
			 rule_text(v, text, sizeof(text)), why, text);
		return false;
	}
	for (unsigned i = 0; i < c->n_inbound; i++) {
		if (!nat_rules_meet(&c->inbound[i], v))
			continue;
		snprintf(err, err_bytes,
			 "nat.inbound: item %u meets %s, added at run time; "
			 "'vfleet nat remove %s' first",
			 i, rule_text(v, text, sizeof(text)), text);
		return false;
	}
	return true;
}

bool nat_check(const struct fleet *fleet, const struct config *new, char *err,
	       size_t err_bytes)
{
	const struct nat *nat = fleet->nat;

	for (unsigned i = 0; i < nat->n_added; i++)
		if (!added_fits(new, &nat->added[i], err, err_bytes))
			return false;
	return true;
}

static int fd_of(const struct rules *rules, const struct config_inbound *v)
{
	for (unsigned i = 0; i < rules->n; i++)
		if (same_port(&rules->rules[i], v))
			return rules->fds[i];
	return -1;
}

/* Closes those descriptors of `rules` that are not in `keep`. */
static void release(const struct rules *rules, const struct rules *keep)
{
	for (unsigned i = 0; i < rules->n; i++)
		if (rules->fds[i] >= 0 &&
		    fd_of(keep, &rules->rules[i]) != rules->fds[i])
			close(rules->fds[i]);
}

/* Has every port; those that are ours already are taken over. */
static int keep_ports(const struct rules *now, struct rules *next, char *err,
		      size_t err_bytes)
{
	for (unsigned i = 0; i < next->n; i++) {
		next->fds[i] = fd_of(now, &next->rules[i]);
		if (next->fds[i] < 0)
			next->fds[i] =
				nat_port_keep(&next->rules[i], err, err_bytes);
		if (next->fds[i] < 0) {
			int ret = next->fds[i];

			release(next, now);
			return ret;
		}
	}
	return 0;
}

static bool is_wanted(const struct fleet *fleet)
{
	return fleet->fabric->engines_wanted || fleet_used(fleet);
}

static int take_lock(struct nat *nat, const struct config *c, char *err,
		     size_t err_bytes)
{
	int fd = nat->lock ? nat->lock : nat_port_lock(c->fleet_name);

	if (fd < 0) {
		snprintf(err, err_bytes,
			 "another vfleetd of this host has the rules of fleet "
			 "'%s'",
			 c->fleet_name);
		return fd;
	}
	nat->lock = fd;
	return 0;
}

/* A fleet that was killed may have left a table; this one needs none. */
static int forget_leftover(struct nat *nat, const struct config *c)
{
	char err[256];

	if (!nat->settled && take_lock(nat, c, err, sizeof(err)) == 0)
		nat_table_remove(c, err, sizeof(err));
	nat->settled = true;
	return 0;
}

int nat_apply(struct fleet *fleet, const struct config *new, char *err,
	      size_t err_bytes)
{
	struct nat *nat = fleet->nat;
	struct rules next;
	bool wanted;
	int ret;

	collect(nat, new, &next);
	if (!is_wanted(fleet))
		return 0;
	wanted = next.n || new->link.n_ends;
	if (!wanted && !nat->in_force)
		return forget_leftover(nat, new);
	ret = take_lock(nat, new, err, err_bytes);
	if (ret < 0)
		return ret;
	ret = keep_ports(&nat->now, &next, err, err_bytes);
	if (ret < 0)
		return ret;
	if ((wanted ? nat_table_write(new, next.rules, next.n, err, err_bytes) :
		      nat_table_remove(new, err, err_bytes)) < 0) {
		release(&next, &nat->now);
		return -EIO;
	}
	release(&nat->now, &next);
	nat->now = next;
	nat->in_force = wanted;
	nat->settled = true;
	return 0;
}

int nat_add(struct fleet *fleet, const struct config_inbound *rule, char *err,
	    size_t err_bytes)
{
	struct nat *nat = fleet->nat;
	struct rules all;
	char text[80];
	int ret;

	if (!nat_rule_check(fleet->config, rule, err, err_bytes))
		return -EINVAL;
	collect(nat, fleet->config, &all);
	for (unsigned i = 0; i < all.n; i++) {
		if (!nat_rules_meet(&all.rules[i], rule))
			continue;
		snprintf(err, err_bytes,
			 "%s is taken by a rule already; remove it first",
			 rule_text(&all.rules[i], text, sizeof(text)));
		return -EEXIST;
	}
	if (nat->n_added == CONFIG_INBOUND) {
		snprintf(err, err_bytes,
			 "there are %u rules already, and no "
			 "room for more",
			 CONFIG_INBOUND);
		return -ENOSPC;
	}
	nat->added[nat->n_added++] = *rule;
	ret = nat_apply(fleet, fleet->config, err, err_bytes);
	if (ret < 0) {
		nat->n_added--;
		return ret;
	}
	state_save(fleet);
	notice(fleet, "nat_added", NULL, "the host's %s leads to a container",
	       rule_text(rule, text, sizeof(text)));
	return 0;
}

/* Takes the rule out of those added; false: it is none of them. */
static bool take_out(struct nat *nat, const struct config_inbound *rule)
{
	for (unsigned i = 0; i < nat->n_added; i++) {
		if (!same_port(&nat->added[i], rule))
			continue;
		nat->n_added--;
		memmove(&nat->added[i], &nat->added[i + 1],
			(nat->n_added - i) * sizeof(*rule));
		return true;
	}
	return false;
}

int nat_remove(struct fleet *fleet, const struct config_inbound *rule,
	       char *err, size_t err_bytes)
{
	struct nat *nat = fleet->nat, before = *nat;
	char text[80];
	int ret;

	rule_text(rule, text, sizeof(text));
	if (!take_out(nat, rule)) {
		bool configured = false;

		for (unsigned i = 0; i < fleet->config->n_inbound; i++)
			configured |=
				same_port(&fleet->config->inbound[i], rule);
		snprintf(err, err_bytes,
			 configured ?
				 "%s is in the configuration; take it out "
				 "of nat.inbound and 'vfleet config apply'" :
				 "there is no rule for %s",
			 text);
		return configured ? -EINVAL : -ENOENT;
	}
	ret = nat_apply(fleet, fleet->config, err, err_bytes);
	if (ret < 0) {
		memcpy(nat->added, before.added, sizeof(nat->added));
		nat->n_added = before.n_added;
		return ret;
	}
	state_save(fleet);
	notice(fleet, "nat_removed", NULL,
	       "the host's %s leads to no container any more", text);
	return 0;
}

void nat_turn(struct fleet *fleet)
{
	const struct rules none = { .n = 0 };
	struct nat *nat = fleet->nat;
	char err[512];

	if (is_wanted(fleet) == nat->settled)
		return;
	if (is_wanted(fleet)) {
		int ret = nat_apply(fleet, fleet->config, err, sizeof(err));

		if (ret < 0 && !nat->complained)
			log_line("no port of the host leads to a container: %s",
				 err);
		nat->complained = ret < 0;
		return;
	}
	nat->settled = false;
	if (nat->in_force &&
	    nat_table_remove(fleet->config, err, sizeof(err)) < 0)
		log_line("rules of the host stay: %s", err);
	release(&nat->now, &none);
	nat->now.n = 0;
	nat->in_force = false;
	nat->n_added = 0;
}

static json_t *rule_json(const struct config_inbound *v, const char *origin)
{
	char host[ENDPOINT_TEXT], container[ENDPOINT_TEXT];

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "table", "host",
			 "direction", "inbound", "protocol",
			 words_protocol(v->protocol), "from",
			 endpoint_text(&v->host, host), "to",
			 endpoint_text(&v->container, container), "origin",
			 origin);
}

static json_t *outbound_json(const char *table, const char *from,
			     const char *to)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "table", table,
			 "direction", "outbound", "protocol", "any", "from",
			 from, "to", to, "origin", "config");
}

/* What one address of the engine is for: the second translation and the first. */
static void list_outbound(json_t *list, const struct config *c,
			  const struct config_snat *v)
{
	char address[ADDRESS_TEXT], net[ADDRESS_TEXT + 4];

	if (v->vlan)
		return;
	address_text(&v->address, address);
	for (unsigned i = 0; i < c->link.n_ends; i++) {
		const struct prefix *p = &c->link.ends[i].prefix;
		char text[ADDRESS_TEXT];

		if (p->address.family != v->address.family)
			continue;
		snprintf(net, sizeof(net), "%s/%u",
			 address_text(&p->address, text), p->length);
		json_array_append_new(list,
				      outbound_json("engine", net, address));
		json_array_append_new(list, outbound_json("host", address,
							  "masquerade"));
	}
}

json_t *nat_list(const struct fleet *fleet)
{
	const struct nat *nat = fleet->nat;
	const struct config *c = fleet->config;
	json_t *list = json_array();

	for (unsigned i = 0; i < c->n_inbound; i++)
		json_array_append_new(list,
				      rule_json(&c->inbound[i], "config"));
	for (unsigned i = 0; i < nat->n_added; i++)
		json_array_append_new(list, rule_json(&nat->added[i], "added"));
	for (unsigned i = 0; i < c->n_snats; i++)
		list_outbound(list, c, &c->snats[i]);
	return list;
}

json_t *nat_added(const struct fleet *fleet)
{
	const struct nat *nat = fleet->nat;
	json_t *list = json_array();

	for (unsigned i = 0; i < nat->n_added; i++)
		json_array_append_new(list, rule_json(&nat->added[i], "added"));
	return list;
}

void nat_restore(struct fleet *fleet, const json_t *added)
{
	struct nat *nat = fleet->nat;
	const json_t *item;
	size_t i;

	json_array_foreach(added, i, item) {
		struct config_inbound v;
		const char *protocol, *host, *container;

		if (nat->n_added == CONFIG_INBOUND ||
		    json_unpack((json_t *)item, "{s:s, s:s, s:s}", "protocol",
				&protocol, "from", &host, "to",
				&container) < 0 ||
		    !words_protocol_of(protocol, &v.protocol) ||
		    !endpoint_parse(host, &v.host) ||
		    !endpoint_parse(container, &v.container))
			continue;
		nat->added[nat->n_added++] = v;
	}
}
