// SPDX-License-Identifier: BSD-3-Clause
/* netconf.c - the network configuration that the runtime writes to our stdin */
#include "netconf.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*take_fn)(struct netconf *conf, const char *key,
		       const json_t *value, struct failure *f);

/* A value that is not what the key takes. */
static int refuse(const char *key, const json_t *value, const char *expected,
		  struct failure *f)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	failure_set(f, FAILURE_CONFIG, "%s: %.80s is not %s", key,
		    text ? text : "?", expected);
	free(text);
	return -1;
}

static int take_nothing(struct netconf *conf, const char *key,
			const json_t *value, struct failure *f)
{
	return 0;
}

static int take_false(struct netconf *conf, const char *key,
		      const json_t *value, struct failure *f)
{
	if (json_is_false(value))
		return 0;
	return refuse(key, value,
		      "false: the host's kernel sees no packet of a VF", f);
}

static int take_pf(struct netconf *conf, const char *key, const json_t *value,
		   struct failure *f)
{
	unsigned domain, bus, slot, function;
	int end = 0;

	conf->pf = json_string_value(value);
	if (!conf->pf ||
	    sscanf(conf->pf, "%4x:%2x:%2x.%1u%n", &domain, &bus, &slot,
		   &function, &end) != 4 ||
	    conf->pf[end] || end != sizeof("0000:00:00.0") - 1)
		return refuse(key, value,
			      "the PCI address of a PF, as in \"0000:01:00.0\"",
			      f);
	return 0;
}

/* A lease binds its VF to vfio-pci, and only its end unbinds it. */
static int take_mode(struct netconf *conf, const char *key, const json_t *value,
		     struct failure *f)
{
	const char *mode = json_string_value(value);

	if (mode && !strcmp(mode, "netdev"))
		return failure_set(
			f, FAILURE_CONFIG,
			"mode: a leased VF is bound to vfio-pci and has no netdev; the one mode is \"vfio\"");
	if (!mode || strcmp(mode, "vfio"))
		return refuse(key, value, "\"vfio\"", f);
	return 0;
}

static int take_number(const char *key, const json_t *value, json_int_t max,
		       json_int_t *out, struct failure *f)
{
	char expected[48];

	*out = json_integer_value(value);
	if (json_is_integer(value) && *out >= 0 && *out <= max)
		return 0;
	snprintf(expected, sizeof(expected),
		 "a number from 0 to %" JSON_INTEGER_FORMAT, max);
	return refuse(key, value, expected, f);
}

static int take_vlan(struct netconf *conf, const char *key, const json_t *value,
		     struct failure *f)
{
	json_int_t vlan;

	if (take_number(key, value, VFL_VLAN_MAX, &vlan, f) < 0)
		return -1;
	conf->tuning.vlan = (uint16_t)vlan;
	conf->tuning.set |= VFL_TUNE_VLAN;
	return 0;
}

static int take_qos(struct netconf *conf, const char *key, const json_t *value,
		    struct failure *f)
{
	json_int_t qos;

	if (take_number(key, value, VFL_QOS_MAX, &qos, f) < 0)
		return -1;
	conf->tuning.qos = (uint8_t)qos;
	conf->tuning.set |= VFL_TUNE_VLAN;
	return 0;
}

static int take_rate(struct netconf *conf, const char *key, const json_t *value,
		     struct failure *f)
{
	json_int_t rate;

	if (take_number(key, value, UINT32_MAX, &rate, f) < 0)
		return -1;
	conf->tuning.max_tx_rate_mbps = (uint32_t)rate;
	conf->tuning.set |= VFL_TUNE_RATE;
	return 0;
}

static int take_switch(struct netconf *conf, const char *key,
		       const json_t *value, struct failure *f)
{
	const char *text = json_string_value(value);
	bool on = text && !strcmp(text, "on");

	if (!on && (!text || strcmp(text, "off")))
		return refuse(key, value, "\"on\" or \"off\"", f);
	if (!strcmp(key, "trust")) {
		conf->tuning.trust = on;
		conf->tuning.set |= VFL_TUNE_TRUST;
	} else {
		conf->tuning.spoofchk = on;
		conf->tuning.set |= VFL_TUNE_SPOOFCHK;
	}
	return 0;
}

static int take_user(struct netconf *conf, const char *key, const json_t *value,
		     struct failure *f)
{
	return take_number(key, value, INT32_MAX, &conf->user, f);
}

static int take_mac(struct netconf *conf, const json_t *value,
		    struct failure *f)
{
	const char *text = json_string_value(value);
	uint8_t *m = conf->tuning.mac;
	int end = 0;

	if (!text ||
	    sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &m[0], &m[1],
		   &m[2], &m[3], &m[4], &m[5], &end) != VFL_MAC_LEN ||
	    text[end] || (m[0] & 1) || end != 3 * VFL_MAC_LEN - 1)
		return refuse("runtimeConfig.mac", value,
			      "a MAC address of one station", f);
	conf->tuning.set |= VFL_TUNE_MAC;
	return 0;
}

/* What the runtime adds for the capabilities that the configuration lists. */
static int take_runtime(struct netconf *conf, const char *key,
			const json_t *value, struct failure *f)
{
	const json_t *mac = json_object_get(value, "mac");
	const json_t *file = json_object_get(value, "CNIDeviceInfoFile");

	if (file && !json_is_string(file))
		return refuse("runtimeConfig.CNIDeviceInfoFile", file,
			      "the name of a file", f);
	conf->device_info = json_string_value(file);
	return mac ? take_mac(conf, mac, f) : 0;
}

static int take_ipam(struct netconf *conf, const char *key, const json_t *value,
		     struct failure *f)
{
	const json_t *type = json_object_get(value, "type");

	if (!json_is_object(value))
		return refuse(key, value, "an object", f);
	if (json_object_size(value) == 0) /* as good as none */
		return 0;
	conf->ipam = json_string_value(type);
	if (!conf->ipam || !*conf->ipam || strchr(conf->ipam, '/'))
		return refuse("ipam.type", value, "one with a plugin's name",
			      f);
	return 0;
}

static int take_object(struct netconf *conf, const char *key,
		       const json_t *value, struct failure *f)
{
	return json_is_object(value) ? 0 : refuse(key, value, "an object", f);
}

static const struct {
	const char *name;
	take_fn take;
} keys[] = {
	/* the protocol's */
	{ "cniVersion", take_nothing },
	{ "cniVersions", take_nothing },
	{ "name", take_nothing },
	{ "type", take_nothing },
	{ "args", take_nothing },
	{ "capabilities", take_nothing },
	{ "disableCheck", take_nothing },
	{ "disableGC", take_nothing },
	{ "runtimeConfig", take_runtime },
	{ "prevResult", take_object },
	{ "ipMasq", take_false },
	{ "ipam", take_ipam },
	{ "dns", take_object },
	/* ours */
	{ "pf", take_pf },
	{ "mode", take_mode },
	{ "vlan", take_vlan },
	{ "vlanQoS", take_qos },
	{ "max_tx_rate", take_rate },
	{ "spoofchk", take_switch },
	{ "trust", take_switch },
	{ "user", take_user },
};

static int take(struct netconf *conf, const char *key, const json_t *value,
		struct failure *f)
{
	char *text;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!strcmp(key, keys[i].name))
			return keys[i].take(conf, key, value, f);
	if (!strncmp(key, "cni.dev/", strlen("cni.dev/")))
		return 0;
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	failure_set(f, FAILURE_UNKNOWN_KEY,
		    "%.60s: there is no such key; its value is %.200s", key,
		    text ? text : "?");
	free(text);
	return -1;
}

/* GC and STATUS came with 1.1.0. */
static int take_version(struct netconf *conf, enum verb verb, struct failure *f)
{
	static const char *const versions[] = NETCONF_VERSIONS;
	const char *version =
		json_string_value(json_object_get(conf->json, "cniVersion"));

	if (!version)
		return failure_set(f, FAILURE_CONFIG,
				   "cniVersion: missing, or not a string");
	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++)
		if (!strcmp(version, versions[i]))
			conf->version = versions[i];
	if (!conf->version)
		return failure_set(
			f, FAILURE_VERSION,
			"cniVersion: %.20s is neither 1.0.0 nor " NETCONF_NEWEST,
			version);
	if ((verb == VERB_GC || verb == VERB_STATUS) &&
	    strcmp(conf->version, NETCONF_NEWEST))
		return failure_set(
			f, FAILURE_VERSION,
			"cniVersion: GC and STATUS take " NETCONF_NEWEST
			", not %s",
			conf->version);
	return 0;
}

static int take_name(struct netconf *conf, struct failure *f)
{
	const char *name =
		json_string_value(json_object_get(conf->json, "name"));

	if (!name || strlen(name) > NAME_MAX ||
	    !isalnum((unsigned char)*name) ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789_.-") != strlen(name))
		return failure_set(
			f, FAILURE_CONFIG,
			"name: missing, or not at most 255 letters, digits, '_', '.' and '-' with a letter or digit in front");
	conf->name = name;
	return 0;
}

static int take_all(struct netconf *conf, struct failure *f)
{
	const char *key;
	json_t *value;

	json_object_foreach(conf->json, key, value)
		if (take(conf, key, value, f) < 0)
			return -1;
	if (conf->tuning.qos && !conf->tuning.vlan)
		return failure_set(f, FAILURE_CONFIG,
				   "vlanQoS: it needs a vlan");
	return 0;
}

int netconf_parse(struct netconf *conf, const char *text, size_t bytes,
		  enum verb verb, struct failure *f)
{
	json_error_t error;

	*conf = (struct netconf){ .user = NETCONF_NO_USER };
	conf->json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
	if (!conf->json)
		return failure_set(f, FAILURE_JSON, "line %d: %s", error.line,
				   error.text);
	if (!json_is_object(conf->json))
		return failure_set(f, FAILURE_JSON,
				   "the configuration is not an object");
	if (verb == VERB_VERSION)
		return 0;
	if (take_version(conf, verb, f) < 0 || take_name(conf, f) < 0)
		return -1;
	return take_all(conf, f);
}

void netconf_free(struct netconf *conf)
{
	json_decref(conf->json);
	conf->json = NULL;
}
