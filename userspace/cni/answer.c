// SPDX-License-Identifier: BSD-3-Clause
/* answer.c - what the runtime reads from our stdout */
#include "answer.h"

#include <stdio.h>
#include <string.h>

/* pciID is of 1.1.0, but the one place that tells the pod's programs what they have; who
 * reads 1.0.0 passes over it.
 */
static json_t *interface(const struct environment *env,
			 const struct vfl_lease *lease)
{
	const uint8_t *m = lease->tuning.mac;
	json_t *one = json_pack("{s:s, s:s, s:s}", "name", env->ifname,
				"sandbox", env->netns, "pciID", lease->vf);
	char mac[3 * VFL_MAC_LEN];

	if (lease->tuning.set & VFL_TUNE_MAC) {
		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x",
			 m[0], m[1], m[2], m[3], m[4], m[5]);
		json_object_set_new(one, "mac", json_string(mac));
	}
	return one;
}

/* The list of that name, made if need be; it belongs to the result. */
static json_t *list_in(json_t *result, const char *name)
{
	json_t *list = json_object_get(result, name);

	if (json_is_array(list))
		return list;
	json_object_set_new(result, name, json_array());
	return json_object_get(result, name);
}

static void add_addresses(json_t *result, const json_t *ipam, size_t index)
{
	json_t *ips = list_in(result, "ips"),
	       *routes = list_in(result, "routes");
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(ipam, "ips"), i, entry) {
		json_t *ip = json_deep_copy(entry);

		json_object_set_new(ip, "interface",
				    json_integer((json_int_t)index));
		json_array_append_new(ips, ip);
	}
	json_array_extend(routes, json_object_get(ipam, "routes"));
}

json_t *answer_result(const struct netconf *conf, const struct environment *env,
		      const struct vfl_lease *lease, const json_t *ipam)
{
	json_t *before = json_object_get(conf->json, "prevResult");
	json_t *result = before ? json_deep_copy(before) : json_object();
	json_t *dns = json_object_get(conf->json, "dns");
	json_t *interfaces = list_in(result, "interfaces");

	json_object_set_new(result, "cniVersion", json_string(conf->version));
	json_array_append_new(interfaces, interface(env, lease));
	add_addresses(result, ipam, json_array_size(interfaces) - 1);
	if (!dns)
		dns = json_object_get(ipam, "dns");
	if (dns)
		json_object_set(result, "dns", dns);
	else if (!json_object_get(result, "dns"))
		json_object_set_new(result, "dns", json_object());
	return result;
}

const char *answer_vf(const json_t *result, const struct environment *env)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(result, "interfaces"), i, one) {
		const char *name =
			json_string_value(json_object_get(one, "name"));
		const char *sandbox =
			json_string_value(json_object_get(one, "sandbox"));

		if (name && sandbox && *sandbox && !strcmp(name, env->ifname))
			return json_string_value(json_object_get(one, "pciID"));
	}
	return NULL;
}

json_t *answer_versions(const char *asked)
{
	static const char *const versions[] = NETCONF_VERSIONS;
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++)
		json_array_append_new(list, json_string(versions[i]));
	return json_pack("{s:s, s:o}", "cniVersion",
			 asked ? asked : NETCONF_NEWEST, "supportedVersions",
			 list);
}

json_t *answer_failure(const char *version, const struct failure *f)
{
	return json_pack("{s:s, s:i, s:s, s:s}", "cniVersion",
			 version ? version : NETCONF_NEWEST, "code", f->code,
			 "msg", failure_words(f->code), "details", f->details);
}
