// SPDX-License-Identifier: BSD-3-Clause
/* test_cni.c - the CNI plugin's configuration, labels and answers */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "answer.h"
#include "attachment.h"

#define HEAD "{\"cniVersion\": \"1.1.0\", \"name\": \"n\""
#define ID   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *text;
	enum verb verb;
	int code; /* 0: good */
	const char *sentence; /* part of it */
} configs[] = {
	{ HEAD "}", VERB_ADD, 0, "" },
	{ HEAD ", \"cni.dev/x\": 1, \"type\": \"t\", \"ipMasq\": false}",
	  VERB_ADD, 0, "" },
	{ HEAD ", \"mode\": \"vfio\", \"ipam\": {}, \"dns\": {}}", VERB_ADD, 0,
	  "" },
	{ "{\"cniVersion\": \"1.0.0\", \"name\": \"n\"}", VERB_ADD, 0, "" },
	{ "{\"cniVersion\": \"9\"}", VERB_VERSION, 0, "" },
	{ "", VERB_ADD, 6, "line 1" },
	{ "{", VERB_VERSION, 6, "line 1" },
	{ HEAD ", \"name\": \"m\"}", VERB_ADD, 6, "duplicate" },
	{ "[]", VERB_ADD, 6, "not an object" },
	{ "{\"name\": \"n\"}", VERB_ADD, 7, "cniVersion: missing" },
	{ "{\"cniVersion\": \"0.4.0\", \"name\": \"n\"}", VERB_DEL, 1,
	  "0.4.0 is neither" },
	{ "{\"cniVersion\": \"1.0.0\", \"name\": \"n\"}", VERB_GC, 1,
	  "GC and STATUS" },
	{ "{\"cniVersion\": \"1.1.0\", \"name\": \"a b\"}", VERB_ADD, 7,
	  "name: " },
	{ "{\"cniVersion\": \"1.1.0\", \"name\": \".a\"}", VERB_ADD, 7,
	  "name: " },
	{ HEAD ", \"deviceID\": \"x\"}", VERB_ADD, 2, "deviceID: there is no" },
	{ HEAD ", \"mode\": \"netdev\"}", VERB_ADD, 7, "bound to vfio-pci" },
	{ HEAD ", \"mode\": 1}", VERB_ADD, 7, "mode: 1 is not" },
	{ HEAD ", \"ipMasq\": true}", VERB_ADD, 7, "ipMasq: true is not" },
	{ HEAD ", \"ipam\": {\"type\": \"../x\"}}", VERB_ADD, 7, "ipam.type" },
	{ HEAD ", \"ipam\": 1}", VERB_ADD, 7, "ipam: 1 is not" },
	{ HEAD ", \"pf\": \"01:00.0\"}", VERB_ADD, 7, "pf: \"01:00.0\"" },
	{ HEAD ", \"pf\": \"0000:01:00.0x\"}", VERB_ADD, 7, "pf: " },
	{ HEAD ", \"vlan\": -1}", VERB_ADD, 7, "from 0 to 4094" },
	{ HEAD ", \"vlan\": \"5\"}", VERB_ADD, 7, "from 0 to 4094" },
	{ HEAD ", \"vlanQoS\": 8}", VERB_ADD, 7, "from 0 to 7" },
	{ HEAD ", \"vlanQoS\": 3}", VERB_ADD, 7, "needs a vlan" },
	{ HEAD ", \"max_tx_rate\": 4294967296}", VERB_ADD, 7, "max_tx_rate" },
	{ HEAD ", \"trust\": true}", VERB_ADD, 7, "\"on\" or \"off\"" },
	{ HEAD ", \"user\": -2}", VERB_ADD, 7, "user: -2" },
	{ HEAD ", \"prevResult\": []}", VERB_ADD, 7, "prevResult: []" },
	{ HEAD ", \"runtimeConfig\": {\"mac\": \"01:00:00:00:00:00\"}}",
	  VERB_ADD, 7, "runtimeConfig.mac" },
	{ HEAD ", \"runtimeConfig\": {\"mac\": \"02:00:00:00:00:000\"}}",
	  VERB_ADD, 7, "runtimeConfig.mac" },
	{ HEAD ", \"runtimeConfig\": {\"CNIDeviceInfoFile\": 1}}", VERB_ADD, 7,
	  "CNIDeviceInfoFile" },
};

static int parse(struct netconf *conf, const char *text, enum verb verb,
		 struct failure *f)
{
	*f = (struct failure){ 0 };
	return netconf_parse(conf, text, strlen(text), verb, f);
}

static void each_mistake_has_its_sentence(void **state)
{
	for (size_t i = 0; i < sizeof(configs) / sizeof(*configs); i++) {
		struct netconf conf;
		struct failure f;
		int ret = parse(&conf, configs[i].text, configs[i].verb, &f);

		if (f.code != configs[i].code ||
		    !strstr(f.details, configs[i].sentence))
			fail_msg("%s: %d, %s", configs[i].text, f.code,
				 f.details);
		assert_int_equal(ret, configs[i].code ? -1 : 0);
		netconf_free(&conf);
	}
}

static void settings_become_those_of_the_lease(void **state)
{
	static const uint8_t mac[] = { 2, 0x1a, 0, 0, 0, 9 };
	struct netconf conf;
	struct failure f;

	assert_int_equal(
		parse(&conf,
		      HEAD
		      ", \"pf\": \"0000:01:00.0\", \"vlan\": 7, \"vlanQoS\": 3, \"user\": 65532,"
		      "\"max_tx_rate\": 100, \"spoofchk\": \"off\", \"trust\": \"on\","
		      "\"ipam\": {\"type\": \"i\"}, \"runtimeConfig\":"
		      "{\"mac\": \"02:1a:00:00:00:09\", \"CNIDeviceInfoFile\": \"/d\"}}",
		      VERB_ADD, &f),
		0);
	assert_int_equal(conf.tuning.set,
			 VFL_TUNE_MAC | VFL_TUNE_VLAN | VFL_TUNE_RATE |
				 VFL_TUNE_SPOOFCHK | VFL_TUNE_TRUST);
	assert_memory_equal(conf.tuning.mac, mac, sizeof(mac));
	assert_int_equal(conf.tuning.vlan, 7);
	assert_int_equal(conf.tuning.qos, 3);
	assert_int_equal(conf.tuning.max_tx_rate_mbps, 100);
	assert_false(conf.tuning.spoofchk);
	assert_true(conf.tuning.trust);
	assert_int_equal(conf.user, 65532);
	assert_string_equal(conf.pf, "0000:01:00.0");
	assert_string_equal(conf.ipam, "i");
	assert_string_equal(conf.device_info, "/d");
	netconf_free(&conf);
	assert_int_equal(parse(&conf, HEAD "}", VERB_ADD, &f), 0);
	assert_int_equal(conf.tuning.set, 0);
	assert_int_equal(conf.user, NETCONF_NO_USER);
	assert_null(conf.pf);
	netconf_free(&conf);
}

/* As long as they can be, a label holds them; each part makes another one. */
static void a_label_names_one_attachment(void **state)
{
	char label[ATTACHMENT_BYTES], other[ATTACHMENT_BYTES];

	attachment_label("net", ID, "fifteen-letters", label);
	assert_true(strlen(label) <= VFL_LABEL_MAX);
	assert_non_null(strstr(label, "/0123456789ab/fifteen-letters"));
	attachment_label("net", ID, "fifteen-letters", other);
	assert_string_equal(label, other);
	attachment_label("net", ID, "fifteen-letterz", other);
	assert_string_not_equal(label, other);
	attachment_label("net", ID "0", "fifteen-letters", other);
	assert_string_not_equal(label, other);
	attachment_label("ten", ID, "fifteen-letters", other);
	assert_string_not_equal(label, other);
	attachment_label("net", "a", "bc", label);
	attachment_label("net", "ab", "c", other);
	assert_memory_not_equal(label + 17, other + 17, 16);
}

static void a_label_belongs_to_one_network(void **state)
{
	char label[ATTACHMENT_BYTES];

	attachment_label("net", "c", "eth0", label);
	assert_true(attachment_is_of(label, "net"));
	assert_false(attachment_is_of(label, "net2"));
	assert_false(attachment_is_of("cni/0/client", "net"));
	assert_false(attachment_is_of("", "net"));
}

static const struct environment env = { VERB_ADD, "c", "/run/netns/n", "net1",
					"/p" };
static const struct vfl_lease lease = {
	.vf = "0000:01:10.2",
	.tuning = { .set = VFL_TUNE_MAC, .mac = { 2, 0, 0, 0, 0, 0xab } }
};

/* The result of ADD is this text, keys in any order. */
static void expect_result(const char *config, const char *ipam,
			  const char *expected)
{
	json_t *addresses = ipam ? json_loads(ipam, 0, NULL) : NULL;
	json_t *wanted = json_loads(expected, 0, NULL), *result;
	struct netconf conf;
	struct failure f;
	char *text;

	assert_non_null(wanted);
	assert_int_equal(parse(&conf, config, VERB_ADD, &f), 0);
	result = answer_result(&conf, &env, &lease, addresses);
	text = json_dumps(result, 0);
	if (!json_equal(result, wanted))
		fail_msg("%s", text);
	assert_string_equal(answer_vf(result, &env), lease.vf);
	free(text);
	json_decref(result);
	json_decref(wanted);
	json_decref(addresses);
	netconf_free(&conf);
}

#define VF                                                     \
	"{\"name\": \"net1\", \"mac\": \"02:00:00:00:00:ab\"," \
	"\"sandbox\": \"/run/netns/n\", \"pciID\": \"0000:01:10.2\"}"

static void a_result_has_the_vf(void **state)
{
	expect_result(HEAD "}", NULL,
		      "{\"cniVersion\": \"1.1.0\", \"interfaces\": [" VF "],"
		      "\"ips\": [], \"routes\": [], \"dns\": {}}");
}

static void a_result_has_the_addresses(void **state)
{
	expect_result(
		HEAD "}",
		"{\"cniVersion\": \"1.0.0\", \"ips\": [{\"address\": \"10.0.0.2/24\"}],"
		"\"routes\": [{\"dst\": \"0.0.0.0/0\"}], \"dns\": {\"domain\": \"d\"}}",
		"{\"cniVersion\": \"1.1.0\", \"interfaces\": [" VF "],"
		"\"ips\": [{\"address\": \"10.0.0.2/24\", \"interface\": 0}],"
		"\"routes\": [{\"dst\": \"0.0.0.0/0\"}], \"dns\": {\"domain\": \"d\"}}");
}

static void a_result_keeps_what_came_before(void **state)
{
	expect_result(
		HEAD
		", \"dns\": {\"domain\": \"ours\"}, \"prevResult\":"
		"{\"cniVersion\": \"1.1.0\", \"interfaces\":"
		"[{\"name\": \"a\"}, {\"name\": \"net1\"}], \"x\": 1,"
		"\"ips\": [{\"address\": \"10.0.0.1/24\", \"interface\": 0}]}}",
		"{\"ips\": [{\"address\": \"fd00::1/64\"}]}",
		"{\"cniVersion\": \"1.1.0\", \"interfaces\":"
		"[{\"name\": \"a\"}, {\"name\": \"net1\"}, " VF "], \"x\": 1,"
		"\"ips\": [{\"address\": \"10.0.0.1/24\", \"interface\": 0},"
		"{\"address\": \"fd00::1/64\", \"interface\": 2}], \"routes\": [],"
		"\"dns\": {\"domain\": \"ours\"}}");
}

static void the_module_s_refusals_have_codes(void **state)
{
	static const struct {
		int err, code;
	} cases[] = { { -EAGAIN, 11 }, { -EBUSY, 11 }, { -ENOENT, 50 },
		      { -EPROTO, 50 }, { -ENODEV, 7 }, { -EOPNOTSUPP, 7 },
		      { -EPERM, 102 }, { -EXDEV, 102 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct failure f;
		json_t *answer;

		failure_of_module(&f, cases[i].err, "its words");
		assert_int_equal(f.code, cases[i].code);
		answer = answer_failure(NULL, &f);
		assert_string_equal(
			json_string_value(json_object_get(answer, "details")),
			"its words");
		assert_int_equal(
			json_integer_value(json_object_get(answer, "code")),
			cases[i].code);
		json_decref(answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_has_its_sentence),
		cmocka_unit_test(settings_become_those_of_the_lease),
		cmocka_unit_test(a_label_names_one_attachment),
		cmocka_unit_test(a_label_belongs_to_one_network),
		cmocka_unit_test(a_result_has_the_vf),
		cmocka_unit_test(a_result_has_the_addresses),
		cmocka_unit_test(a_result_keeps_what_came_before),
		cmocka_unit_test(the_module_s_refusals_have_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
