// SPDX-License-Identifier: BSD-3-Clause
/* lease-tool.c - what the module tests need of libvfleet, one word per behaviour
 *
 *	pf                    BDF STATE NUM FREE LEASED QUARANTINED GENERATION TOTAL
 *	vf                    BDF STATE DRIVER LEASE MAC VLAN SPOOFCHK TRUST MAXRATE RESETS
 *	lease                 ID VF LABEL PID
 *	pool PF N             set the number of VFs
 *	reset VF [GEN]        ask for a reset
 *	revoke ID
 *	set VF KEY VALUE      vlan, trust, mac
 *	hold [KEY VALUE]...   acquire (pf, index, label, mac), print "ID VF GROUP MAC",
 *	                      keep it until stdin ends or the lease hangs up
 *	vfio [KEY VALUE]...   the same, with the vfio device open, deaf to hangups
 *	polite [KEY VALUE]... the same, but lets go at a hangup
 *	orphan [KEY VALUE]... the same, but with the lease given up at once
 *	deaf [KEY VALUE]...   the same as hold, deaf to hangups
 *	fork [KEY VALUE]...   acquire and die; a child has the fd until stdin ends
 *	pass [KEY VALUE]...   acquire, send the fd to another process, die
 *	cycle [KEY VALUE]...  acquire; the fd is left in a socket that only itself refers to
 *	exec [KEY VALUE]...   acquire and become cat
 *	inherit [KEY VALUE].. the same, with the fd on purpose
 *	race N                N processes acquire at once, all hold: no VF twice
 *	events SECONDS        print events until stdin ends, at most that long
 *
 * A refusal prints ERRNO: SENTENCE to stderr and exits with 1.
 */
#include "lease-tool.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct vfl *h;

int refused(int err)
{
	fprintf(stderr, "%s: %s\n", strerrorname_np(-err), vfl_error(h));
	return 1;
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

const char *mac_text(const struct vfl_tuning *t)
{
	static char text[18];
	const uint8_t *m = t->mac;

	if (!(t->set & VFL_TUNE_MAC))
		return "-";
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", m[0],
		 m[1], m[2], m[3], m[4], m[5]);
	return text;
}

static bool parse_mac(const char *text, struct vfl_tuning *t)
{
	uint8_t *m = t->mac;

	t->set |= VFL_TUNE_MAC;
	return sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &m[0], &m[1],
		      &m[2], &m[3], &m[4], &m[5]) == VFL_MAC_LEN;
}

static int show_pfs(int argc, char **argv)
{
	struct vfl_pf *pf;
	size_t n, i;
	int err = vfl_pf_list(h, &pf, &n);

	if (err < 0)
		return refused(err);
	for (i = 0; i < n; i++)
		printf("%s %s %u %u %u %u %u %u\n", pf[i].bdf,
		       vfl_pf_state_name(pf[i].state), pf[i].num_vfs,
		       pf[i].free_vfs, pf[i].leased_vfs, pf[i].quarantined_vfs,
		       pf[i].generation, pf[i].total_vfs);
	free(pf);
	return 0;
}

static void print_vf(const struct vfl_vf *vf)
{
	printf("%s %s %s %u %s %u %u %u %u %u\n", vf->bdf,
	       vfl_vf_state_name(vf->state), vf->driver[0] ? vf->driver : "-",
	       vf->lease_id, mac_text(&vf->tuning), vf->tuning.vlan,
	       vf->tuning.spoofchk, vf->tuning.trust,
	       vf->tuning.max_tx_rate_mbps, vf->resets);
}

static int show_vfs(int argc, char **argv)
{
	struct vfl_vf *vf;
	size_t n, i;
	int err = vfl_vf_list(h, &vf, &n);

	if (err < 0)
		return refused(err);
	for (i = 0; i < n; i++)
		print_vf(&vf[i]);
	free(vf);
	return 0;
}

static int show_leases(int argc, char **argv)
{
	struct vfl_lease *l;
	size_t n, i;
	int err = vfl_lease_list(h, &l, &n);

	if (err < 0)
		return refused(err);
	for (i = 0; i < n; i++)
		printf("%u %s %s %d\n", l[i].id, l[i].vf,
		       l[i].label[0] ? l[i].label : "-", l[i].pid);
	free(l);
	return 0;
}

static int set_pool(int argc, char **argv)
{
	int err = argc == 2 ? vfl_pf_set_vfs(h, argv[0],
					     strtoul(argv[1], NULL, 0)) :
			      -EINVAL;

	return err < 0 ? refused(err) : 0;
}

static int reset_vf(int argc, char **argv)
{
	int err = vfl_vf_reset(h, argv[0],
			       argc > 1 ? strtoul(argv[1], NULL, 0) : 0);

	return err < 0 ? refused(err) : 0;
}

static int revoke_lease(int argc, char **argv)
{
	int err = vfl_lease_revoke(h, argc ? strtoul(argv[0], NULL, 0) : 0);

	return err < 0 ? refused(err) : 0;
}

bool parse_setting(const char *key, const char *value, struct vfl_tuning *t)
{
	if (!strcmp(key, "mac"))
		return parse_mac(value, t);
	if (!strcmp(key, "vlan")) {
		t->vlan = strtoul(value, NULL, 0);
		t->set |= VFL_TUNE_VLAN;
	} else if (!strcmp(key, "trust")) {
		t->trust = strtoul(value, NULL, 0);
		t->set |= VFL_TUNE_TRUST;
	} else if (!strcmp(key, "link")) {
		t->link_state = strtoul(value, NULL, 0);
		t->set |= VFL_TUNE_LINK_STATE;
	} else {
		return false;
	}
	return true;
}

static int set_vf(int argc, char **argv)
{
	struct vfl_tuning t = { 0 };
	int err;

	if (argc != 3 || !parse_setting(argv[1], argv[2], &t))
		return 2;
	err = vfl_vf_set(h, argv[0], 0, &t);
	return err < 0 ? refused(err) : 0;
}

static void print_event(const struct vfl_event *ev, void *arg)
{
	const char *why = ev->has_reason ? vfl_reason_name(ev->reason) :
					   "start";

	if (ev->kind == VFL_EVENT_PF)
		printf("pf %s %s %s\n", ev->pf.bdf,
		       vfl_pf_state_name(ev->pf.state), why);
	else if (ev->kind == VFL_EVENT_VF)
		printf("vf %s %s %s\n", ev->vf.bdf,
		       vfl_vf_state_name(ev->vf.state), why);
	else
		printf("lease %u %s %s\n", ev->lease.id, ev->lease.vf, why);
	fflush(stdout);
}

static int events(int argc, char **argv)
{
	int64_t until =
		now_us() + (argc ? atoi(argv[0]) : 30) * INT64_C(1000000);
	struct pollfd p[2] = { { .fd = 0, .events = POLLIN } };
	int err = vfl_events_open(h);

	if (err < 0)
		return refused(err);
	printf("ready\n");
	fflush(stdout);
	p[1] = (struct pollfd){ .fd = vfl_events_fd(h), .events = POLLIN };
	while (!p[0].revents && now_us() < until) {
		poll(p, 2, 1000);
		err = vfl_events_read(h, print_event, NULL);
		if (err < 0)
			return refused(err);
	}
	return 0;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} words[] = {
	{ "pf", show_pfs },	   { "vf", show_vfs },
	{ "lease", show_leases },  { "pool", set_pool },
	{ "reset", reset_vf },	   { "revoke", revoke_lease },
	{ "set", set_vf },	   { "hold", hold },
	{ "vfio", hold_vfio },	   { "fork", hold_by_child },
	{ "orphan", orphan_vfio }, { "race", race },
	{ "events", events },	   { "polite", hold_politely },
	{ "pass", pass },	   { "cycle", leave_cycle },
	{ "exec", become_cat },	   { "inherit", become_cat_with_fd },
	{ "deaf", hold_deaf },
};

int main(int argc, char **argv)
{
	char err[256];
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(words) / sizeof(words[0]); i++) {
		int ret;

		if (strcmp(argv[1], words[i].name))
			continue;
		h = vfl_open(err, sizeof(err));
		if (!h) {
			fprintf(stderr, "%s: %s\n", strerrorname_np(errno),
				err);
			return 1;
		}
		ret = words[i].run(argc - 2, argv + 2);
		vfl_close(h);
		return ret;
	}
	fprintf(stderr, "lease-tool: unknown word\n");
	return 2;
}
