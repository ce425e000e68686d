// SPDX-License-Identifier: BSD-3-Clause
/* module.c - the kernel module's objects as JSON */
#include "module.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/if_link.h>

static json_t *word_or_null(const char *word)
{
	char plain[VFL_LABEL_MAX + 1];
	json_t *text = *word ? json_string(word) : json_null();

	if (text)
		return text;
	/* not UTF-8: a label is any bytes its owner chose */
	snprintf(plain, sizeof(plain), "%s", word);
	for (char *p = plain; *p; p++)
		*p &= 0x7f;
	return json_string(plain);
}

static json_t *number_or_null(uint32_t value, uint32_t none)
{
	return value == none ? json_null() : json_integer(value);
}

static json_t *tunables_json(uint32_t bits)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ VFL_TUNE_MAC, "mac" },     { VFL_TUNE_VLAN, "vlan" },
		{ VFL_TUNE_RATE, "rate" },   { VFL_TUNE_SPOOFCHK, "spoofchk" },
		{ VFL_TUNE_TRUST, "trust" }, { VFL_TUNE_LINK_STATE, "link" },
	};
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (bits & names[i].bit)
			json_array_append_new(list, json_string(names[i].name));
	}
	return list;
}

bool module_number(const char *text, unsigned long max, unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *out <= max;
}

json_t *module_pf_json(const struct vfl_pf *pf)
{
	return json_pack(
		"{s:s, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:s, s:b}",
		"bdf", pf->bdf, "driver", word_or_null(pf->driver), "state",
		vfl_pf_state_name(pf->state), "total_vfs",
		(json_int_t)pf->total_vfs, "num_vfs", (json_int_t)pf->num_vfs,
		"free_vfs", (json_int_t)pf->free_vfs, "leased_vfs",
		(json_int_t)pf->leased_vfs, "quarantined_vfs",
		(json_int_t)pf->quarantined_vfs, "generation",
		(json_int_t)pf->generation, "tunables",
		tunables_json(pf->tunables), "drain_timeout_ms",
		(json_int_t)pf->drain_timeout_ms, "drain_poll_ms",
		(json_int_t)pf->drain_poll_ms, "policy",
		vfl_policy_name(pf->policy), "guard", pf->guard);
}

static const char *link_name(uint8_t state)
{
	if (state == IFLA_VF_LINK_STATE_ENABLE)
		return "on";
	return state == IFLA_VF_LINK_STATE_DISABLE ? "off" : "auto";
}

static json_t *tuning_json(const struct vfl_tuning *t)
{
	json_t *o = json_object();
	char mac[18];

	if (t->set & VFL_TUNE_MAC) {
		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x",
			 t->mac[0], t->mac[1], t->mac[2], t->mac[3], t->mac[4],
			 t->mac[5]);
		json_object_set_new(o, "mac", json_string(mac));
	}
	if (t->set & VFL_TUNE_VLAN) {
		json_object_set_new(o, "vlan", json_integer(t->vlan));
		json_object_set_new(o, "qos", json_integer(t->qos));
		json_object_set_new(o, "vlan_proto",
				    json_string(t->vlan_proto == 0x88a8 ?
							"802.1ad" :
							"802.1Q"));
	}
	if (t->set & VFL_TUNE_RATE) {
		json_object_set_new(o, "min_tx_rate",
				    json_integer(t->min_tx_rate_mbps));
		json_object_set_new(o, "max_tx_rate",
				    json_integer(t->max_tx_rate_mbps));
	}
	if (t->set & VFL_TUNE_SPOOFCHK)
		json_object_set_new(o, "spoofchk", json_boolean(t->spoofchk));
	if (t->set & VFL_TUNE_TRUST)
		json_object_set_new(o, "trust", json_boolean(t->trust));
	if (t->set & VFL_TUNE_LINK_STATE)
		json_object_set_new(o, "link",
				    json_string(link_name(t->link_state)));
	return o;
}

json_t *module_vf_json(const struct vfl_vf *vf)
{
	return json_pack(
		"{s:s, s:s, s:I, s:s, s:o, s:o, s:o, s:I, s:b, s:I, s:o, s:o}",
		"bdf", vf->bdf, "pf", vf->pf, "index", (json_int_t)vf->index,
		"state", vfl_vf_state_name(vf->state), "driver",
		word_or_null(vf->driver), "iommu_group",
		number_or_null(vf->iommu_group, VFL_NO_GROUP), "lease_id",
		number_or_null(vf->lease_id, 0), "generation",
		(json_int_t)vf->generation, "in_use", vf->in_use, "resets",
		(json_int_t)vf->resets, "last_error",
		vf->last_error ? json_string(strerrorname_np(vf->last_error)) :
				 json_null(),
		"tuning",
		vf->tuning.set ? tuning_json(&vf->tuning) : json_null());
}

json_t *module_lease_json(const struct vfl_lease *lease)
{
	return json_pack("{s:I, s:s, s:s, s:o, s:o, s:I, s:o, s:I}", "id",
			 (json_int_t)lease->id, "pf", lease->pf, "vf",
			 lease->vf, "label", word_or_null(lease->label), "pid",
			 number_or_null(lease->pid, 0), "uid",
			 (json_int_t)lease->uid, "iommu_group",
			 number_or_null(lease->iommu_group, VFL_NO_GROUP),
			 "generation", (json_int_t)lease->generation);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec + now.tv_nsec / 1000000 / 1e3;
}

/* What happened, as a sentence. */
static json_t *message_json(const struct vfl_event *e)
{
	const char *reason = e->has_reason ? vfl_reason_name(e->reason) :
					     "begins";

	if (e->kind == VFL_EVENT_PF)
		return json_sprintf(
			"PF %s is %s: %u VFs, %u free, %u leased (%s)",
			e->pf.bdf, vfl_pf_state_name(e->pf.state),
			e->pf.num_vfs, e->pf.free_vfs, e->pf.leased_vfs,
			reason);
	if (e->kind == VFL_EVENT_VF)
		return json_sprintf("VF %s is %s (%s)", e->vf.bdf,
				    vfl_vf_state_name(e->vf.state), reason);
	return json_sprintf("lease %u of VF %s %s%s%s", e->lease.id,
			    e->lease.vf, e->has_reason ? "is over (" : "",
			    reason, e->has_reason ? ")" : "");
}

json_t *module_event_json(const struct vfl_event *event)
{
	static const char *const kinds[] = {
		[VFL_EVENT_PF] = "pf",
		[VFL_EVENT_VF] = "vf",
		[VFL_EVENT_LEASE] = "lease",
	};
	json_t *reason = event->has_reason ?
				 json_string(vfl_reason_name(event->reason)) :
				 json_null();
	json_t *head = json_pack("{s:f, s:s, s:o, s:o}", "time", now_s(),
				 "event", kinds[event->kind], "message",
				 message_json(event), "reason", reason);
	json_t *body;

	if (event->kind == VFL_EVENT_PF)
		body = module_pf_json(&event->pf);
	else if (event->kind == VFL_EVENT_VF)
		body = module_vf_json(&event->vf);
	else
		body = module_lease_json(&event->lease);
	json_object_update(head, body);
	json_decref(body);
	return head;
}

struct vfl *module_open(const struct cli *cli)
{
	char err[256];
	struct vfl *h = vfl_open(err, sizeof(err));

	if (!h)
		cli_fail_errno(cli, errno, err);
	return h;
}

enum cli_status module_refused(const struct cli *cli, struct vfl *h, int err)
{
	enum cli_status status = cli_fail_errno(cli, err, vfl_error(h));

	vfl_close(h);
	return status;
}
