// SPDX-License-Identifier: BSD-3-Clause
/* test_config_errors.c - what is said about a wrong YAML file, and where */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support.h"

/* Head of a case: four lines, so that the rest begins at line 5. */
#define HEAD                                                                     \
	"fleet: {ports: {client: {provider: ring}, server: {provider: ring}}}\n" \
	"network:\n"                                                             \
	"  subnets: [{side: client, prefix: 10.1.0.0/24}]\n"                     \
	"services: []\n"
/* Likewise without services. */
#define HEAD3                                                                    \
	"fleet: {ports: {client: {provider: ring}, server: {provider: ring}}}\n" \
	"network:\n"                                                             \
	"  subnets: [{side: client, prefix: 10.1.0.0/24}]\n"
#define SERVICE(rest) \
	HEAD3 "services:\n  - name: web\n    vip: 10.1.0.10\n" rest
/* A backend; its text is on line 8. */
#define BACKEND(text) SERVICE("    port: 80\n    backends:\n      - " text "\n")
/* A rule to the service of BACKEND; on line 12. */
#define INBOUND(host, container)        \
	BACKEND("{address: 10.1.0.11}") \
	"nat:\n inbound:\n"             \
	"  - {host: \"" host "\", container: \"" container "\"}\n"
/* A link; its subnet is on line 4. */
#define OUTBOUND(fleet, application, engine)                     \
	"services: []\nnat: {outbound: {\n  subnets:\n"          \
	"  [{prefix: 192.168.77.0/24, application: " application \
	", engine: " engine "}]}}\n"                             \
	"network: {subnets: []}\nfleet: {" fleet ", ports: "     \
	"{client: {provider: ring}, server: {provider: ring}}}\n"
#define FLEET(rest)                                      \
	"network: {subnets: []}\nservices: []\nfleet:\n" \
	"  ports: {client: {provider: ring}, server: {provider: ring}}\n" rest
#define MIRROR "  steering: mirror\n  handover: generations\n"
#define PORT(text)                                       \
	"network: {subnets: []}\nservices: []\nfleet:\n" \
	"  ports: {server: {provider: ring},\n    client: " text "}\n"
#define NETWORK(rest)                                                            \
	"fleet: {ports: {client: {provider: ring}, server: {provider: ring}}}\n" \
	"services: []\nnetwork:\n  subnets: []\n" rest

static const struct {
	const char *yaml;
	int line;
	const char *key, *text; /* text: a part of it */
} refusals[] = {
	/* the document */
	{ "", 1, "", "the file is empty" },
	{ "# nothing\n", 1, "", "the file is empty" },
	{ "fleet: [\n", 2, "", "not valid YAML" },
	{ "fleet: {a: b\nnetwork: {}\n", 2, "", "not valid YAML" },
	{ "fleet: \"\xff\"\n", 1, "", "not valid YAML" },
	{ "fleet: *nobody\n", 1, "", "not valid YAML" },
	{ HEAD "---\nfleet: {}\n", 6, "", "second document" },
	{ "- fleet\n", 1, "", "expected a mapping of keys, got a list" },
	{ "a: [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]\n", 1, "",
	  "nested too deeply" },
	{ HEAD "colour: red\n", 5, "",
	  "unknown key \"colour\", expected one "
	  "of fleet, network, profiles, services, nat, scaling, api" },
	{ HEAD "api: {}\napi: {}\n", 6, "api", "twice" },
	/* nat */
	{ BACKEND("{address: 10.1.0.11}") "nat: {inbound: [{host: \"192.0.2.1:80\"}]}\n",
	  10, "nat.inbound[0].container", "missing" },
	{ INBOUND("192.0.2.1", "10.1.0.10:80"), 12, "nat.inbound[0].host",
	  "expected ADDRESS:PORT" },
	{ INBOUND("192.0.2.1:0", "10.1.0.10:80"), 12, "nat.inbound[0].host",
	  "expected ADDRESS:PORT" },
	{ INBOUND("[2001:db8::1]:80", "10.1.0.10:80"), 12, "nat.inbound[0]",
	  "different families" },
	{ INBOUND("127.0.0.1:80", "10.1.0.10:80"), 12, "nat.inbound[0]",
	  "loopback" },
	{ INBOUND("192.0.2.1:80", "10.1.0.10:81"), 12, "nat.inbound[0]",
	  "no service takes tcp on 10.1.0.10:81" },
	{ INBOUND("192.0.2.1:80",
		  "10.1.0.10:80") "  - {host: \"0.0.0.0:80\", container: \"10.1.0.10:80\"}\n",
	  13, "nat.inbound[1]", "item 0 has tcp 192.0.2.1:80 already" },
	{ OUTBOUND("max: 1", "192.168.77.2", "192.168.77.1"), 2, "nat.outbound",
	  "needs fleet.netns" },
	{ OUTBOUND("netns: /a", "192.168.77.2", "192.168.77.1"), 2,
	  "nat.outbound", "needs fleet.max 1" },
	{ OUTBOUND("netns: /a, max: 1", "192.168.78.2", "192.168.77.1"), 4,
	  "nat.outbound.subnets[0]", "two different addresses of the prefix" },
	{ OUTBOUND("netns: /a, max: 1", "192.168.77.1", "192.168.77.1"), 4,
	  "nat.outbound.subnets[0]", "two different addresses of the prefix" },
	{ FLEET("  netns: web\n"), 5, "fleet.netns", "begins with a /" },
	{ HEAD "? [a]\n: b\n", 5, "", "unknown key a list" },
	{ "fleet: &a {ports: *a}\nnetwork: {}\nservices: []\n", 1,
	  "fleet.ports", "unknown key \"ports\"" },
	/* missing */
	{ "network: {subnets: []}\nservices: []\n", 1, "fleet", "missing" },
	{ "fleet: {}\nnetwork: {subnets: []}\nservices: []\n", 1, "fleet.ports",
	  "missing" },
	{ HEAD3, 1, "services", "missing" },
	{ SERVICE("    backends: []\n"), 5, "services[0].port", "missing" },
	{ BACKEND("{port: 8080}"), 9, "services[0].backends[0].address",
	  "missing" },
	/* fleet */
	{ FLEET("  min: 0\n"), 5, "fleet.min", "engines 1..16, got \"0\"" },
	{ FLEET("  max: 17\n"), 5, "fleet.max", "engines 1..16" },
	{ FLEET("  min: 3\n  max: 2\n"), 5, "fleet.min",
	  "at most max, which is 2" },
	{ FLEET("  start_timeout_s: 0\n"), 5, "fleet.start_timeout_s",
	  "seconds 1..3600, got \"0\"" },
	{ FLEET("  max: 3\n  start: 4\n"), 6, "fleet.start",
	  "min..max, which is 1..3" },
	/* services of the engine itself */
	{ SERVICE("    port: 80\n"), 5, "services[0].backends", "missing" },
	{ SERVICE("    port: 80\n    serve: http\n"), 8, "services[0].serve",
	  "needs fleet.max: 1, or steering: mirror with handover: generations" },
	{ SERVICE("    port: 80\n    serve: ftp\n"), 8, "services[0].serve",
	  "expected one of nothing, http, got \"ftp\"" },
	{ SERVICE("    port: 80\n    serve: http\n    backends: []\n"), 9,
	  "services[0].backends", "not with serve: http" },
	{ SERVICE("    port: 80\n    serve: http\n    protocol: udp\n"), 9,
	  "services[0].protocol", "expected tcp with serve: http" },
	{ SERVICE("    port: 80\n    serve: http\n    health: {}\n"), 9,
	  "services[0].health", "not with serve: http" },
	{ SERVICE("    port: 80\n    backends: []\n    directory: /srv\n"), 9,
	  "services[0].directory", "needs serve: http" },
	{ SERVICE("    port: 80\n    serve: http\n    directory: srv\n"), 9,
	  "services[0].directory", "expected an absolute path" },
	{ SERVICE("    port: 80\n    mode: proxy\n    backends: []\n"), 8,
	  "services[0].mode",
	  "needs fleet.max: 1, or steering: mirror with handover: generations" },
	{ SERVICE("    port: 80\n    mode: proxy\n"), 5, "services[0].backends",
	  "missing" },
	{ SERVICE("    port: 80\n    mode: proxy\n    protocol: udp\n"
		  "    backends: []\n"),
	  9, "services[0].protocol", "expected tcp with mode: proxy" },
	{ SERVICE("    port: 80\n    mode: proxy\n    serve: http\n"), 8,
	  "services[0].mode", "not with serve: http" },
	/* containers */
	{ FLEET("  runtime: docker\n"), 5, "fleet.runtime",
	  "expected one of process, podman, got \"docker\"" },
	{ FLEET("  runtime: podman\n"), 4, "fleet.container",
	  "the key is missing, runtime podman needs it" },
	{ FLEET("  container: {image: a/b}\n"), 5, "fleet.container",
	  "is for runtime podman, and runtime is process" },
	{ FLEET("  runtime: podman\n  container: {}\n"), 6,
	  "fleet.container.image", "missing" },
	{ FLEET("  runtime: podman\n  container: {image: --privileged}\n"), 6,
	  "fleet.container.image", "expected the name of an image" },
	{ FLEET("  container: {image: a, seccomp: here.json}\n"), 5,
	  "fleet.container.seccomp", "a path that begins with a /" },
	{ FLEET("  container: {image: a, memory_mb: 63}\n"), 5,
	  "fleet.container.memory_mb", "MB 64..1048576, got \"63\"" },
	{ FLEET("  runtime: podman\n  container: {image: a}\n"), 4,
	  "fleet.ports.client", "expected provider vf, packet or null" },
	{ FLEET("  steering: rss\n"), 5, "fleet.steering",
	  "\"rss\" is not available yet in this version; use dispatch" },
	{ FLEET("  steering: magic\n"), 5, "fleet.steering",
	  "expected one of dispatch, mirror, got \"magic\"" },
	{ FLEET("  steering: mirror\n"), 5, "fleet.steering",
	  "mirror needs handover: generations" },
	{ FLEET("  handover: generations\n"), 5, "fleet.handover",
	  "generations needs steering: mirror" },
	{ FLEET(MIRROR), 5, "fleet.steering",
	  "mirror needs ports of provider vf or packet" },
	{ FLEET(MIRROR "  max: 8\n"), 7, "fleet.max",
	  "expected at most 7 with handover: generations" },
	{ "network: {subnets: []}\nservices: []\nfleet:\n  ports:\n"
	  "    client: {provider: packet, device: c0}\n"
	  "    server: {provider: packet, device: s%d}\n" MIRROR,
	  5, "fleet.ports", "so its name has no %d" },
	{ FLEET("  cores: 3-1\n"), 5, "fleet.cores", "cores like" },
	{ FLEET("  cores: 0-9999\n"), 5, "fleet.cores", "cores like" },
	{ FLEET("  cores: 1,1\n"), 5, "fleet.cores", "core 1 is there twice" },
	{ FLEET("  cores: [0, x]\n"), 5, "fleet.cores[1]", "a core 0..1023" },
	{ FLEET("  cores: 0-64\n"), 5, "fleet.cores", "at most 64 cores" },
	{ FLEET("  hugepages: maybe\n"), 5, "fleet.hugepages",
	  "one of auto, off" },
	{ FLEET("  flows: 12345678901\n"), 5, "fleet.flows",
	  "flows 256..33554432" },
	{ FLEET("  name: a b\n"), 5, "fleet.name", "a name of at most 31" },
	{ PORT("{provider: vf}"), 5, "fleet.ports.client.device",
	  "PCI address" },
	{ PORT("{provider: vf, device: eth0}"), 5, "fleet.ports.client.device",
	  "PCI address" },
	{ PORT("{provider: vf, device: '0000:01:00.8'}"), 5,
	  "fleet.ports.client.device", "PCI address" },
	{ PORT("{provider: packet}"), 5, "fleet.ports.client.device",
	  "missing, provider packet needs it" },
	{ PORT("{provider: packet, device: v%s}"), 5,
	  "fleet.ports.client.device", "at most one %d" },
	{ PORT("{provider: packet, device: v%d%n}"), 5,
	  "fleet.ports.client.device", "at most one %d" },
	{ PORT("{provider: wifi}"), 5, "fleet.ports.client.provider",
	  "one of vf, packet, xdp, tap, pcap, ring, null" },
	{ PORT("{provider: ring, mtu: 67}"), 5, "fleet.ports.client.mtu",
	  "bytes 68..9216" },
	/* network */
	{ NETWORK("  vlans: [{side: left, id: 1}]\n"), 5,
	  "network.vlans[0].side", "one of client, server, got \"left\"" },
	{ NETWORK("  vlans: [{side: client, id: 4095}]\n"), 5,
	  "network.vlans[0].id", "a VLAN id 1..4094" },
	{ NETWORK("  vlans: [{side: client, id: 5, mss: 87}]\n"), 5,
	  "network.vlans[0].mss", "bytes 88..9216" },
	{ NETWORK("  vlans:\n  - {side: client, id: 5}\n"
		  "  - {side: client, id: 5}\n"),
	  7, "network.vlans[1]", "VLAN 5 of this side is item 0 already" },
	{ NETWORK("  routes: [{prefix: 10.0.0.1/8, via: 10.1.0.1,\n"
		  "    side: client}]\n"),
	  5, "network.routes[0].prefix", "host bits zero" },
	{ NETWORK("  routes:\n  - {prefix: 10.0.0.0/8, side: client,\n"
		  "     via: 'fd00::1'}\n"),
	  7, "network.routes[0].via", "an IPv4 address" },
	{ NETWORK("  snat: [10.2.0.2, 224.0.0.1]\n"), 5, "network.snat[1]",
	  "address of a host, got \"224.0.0.1\"" },
	{ NETWORK("  snat: [10.2.0.2, 10.2.0.2]\n"), 5, "network.snat[1]",
	  "item 0 already" },
	{ NETWORK("  snat: 10.2.0.2\n"), 5, "network.snat",
	  "expected a list, got \"10.2.0.2\"" },
	/* profiles */
	{ HEAD "profiles: [{name: a, mss: 20}]\n", 5, "profiles[0].mss",
	  "bytes 88..9216" },
	{ HEAD "profiles: [{name: a, timeouts: {udp_s: 0}}]\n", 5,
	  "profiles[0].timeouts.udp_s", "seconds 1..604800" },
	{ HEAD "profiles:\n- name: a\n- name: a\n", 7, "profiles[1].name",
	  "another profile" },
	{ HEAD "profiles: [{name: a, syn: cookies}]\n", 5, "profiles[0].syn",
	  "expected one of pass, cookie, proxy" },
	{ HEAD "profiles: [{name: a, syn_half_open: 0}]\n", 5,
	  "profiles[0].syn_half_open", "connections 1..1000000" },
	{ HEAD "profiles: [{name: a, syn_rate: fast}]\n", 5,
	  "profiles[0].syn_rate", "SYNs per second 1..100000000" },
	/* services */
	{ SERVICE("    port: abc\n    backends: []\n"), 7, "services[0].port",
	  "expected a port number 1..65535, got \"abc\"" },
	{ SERVICE("    port: 65536\n    backends: []\n"), 7, "services[0].port",
	  "1..65535" },
	{ SERVICE("    port: -1\n    backends: []\n"), 7, "services[0].port",
	  "1..65535" },
	{ SERVICE("    port: 0x50\n    backends: []\n"), 7, "services[0].port",
	  "1..65535" },
	{ SERVICE("    port: 010\n    backends: []\n"), 7, "services[0].port",
	  "1..65535" },
	{ SERVICE("    port: \"80\"\n    backends: []\n"), 7,
	  "services[0].port", "without quotes" },
	{ SERVICE("    port: [80]\n    backends: []\n"), 7, "services[0].port",
	  "got a list" },
	{ SERVICE("    port:\n    backends: []\n"), 7, "services[0].port",
	  "got nothing" },
	{ SERVICE("    port: 80\n    protocol: sctp\n    backends: []\n"), 8,
	  "services[0].protocol", "one of tcp, udp" },
	{ SERVICE("    port: 80\n    mode: l2dsr\n    backends: []\n"), 8,
	  "services[0].mode",
	  "not available yet in this version; use fullnat" },
	{ SERVICE("    port: 80\n    scheduler: rr\n    backends: []\n"), 8,
	  "services[0].scheduler", "one of maglev, wrr, lc" },
	{ SERVICE("    port: 80\n    profile: fast\n    backends: []\n"), 8,
	  "services[0].profile", "the name of an item of profiles" },
	{ SERVICE("    port: 80\n    health: {type: http}\n    backends: []\n"),
	  8, "services[0].health.type", "not available yet" },
	{ SERVICE("    port: 80\n    health: {interval_ms: 500}\n"
		  "    backends: []\n"),
	  8, "services[0].health.timeout_ms", "at most interval_ms" },
	{ SERVICE("    port: 80\n    backends: []\n    color: 1\n"), 9,
	  "services[0]", "unknown key \"color\"" },
	{ SERVICE("    port: 80\n    backends: []\n"
		  "  - {name: web, vip: 10.1.0.11, port: 80, backends: []}\n"),
	  9, "services[1].name", "another service is called \"web\"" },
	{ SERVICE("    port: 80\n    backends: []\n"
		  "  - {name: www, vip: 10.1.0.10, port: 80, backends: []}\n"),
	  9, "services[1].port", "service \"web\" has this VIP" },
	{ HEAD3 "services: [{name: web, vip: 127.0.0.1, port: 80,\n"
		"  backends: []}]\n",
	  4, "services[0].vip", "address of a host" },
	{ BACKEND("{address: 10.2.0.11, weight: 257}"), 9,
	  "services[0].backends[0].weight", "a weight 0..256" },
	{ BACKEND("{address: 10.2.0.11}\n      - {address: 10.2.0.11}"), 10,
	  "services[0].backends[1]", "item 0 already" },
	{ BACKEND("{address: 'fd02::11'}"), 9, "services[0].backends[0]",
	  "an IPv4 address, as the VIP is" },
	/* scaling, api */
	{ HEAD "scaling: {up_busy_pct: 20}\n", 5, "scaling.down_busy_pct",
	  "less than up_busy_pct, which is 20" },
	{ HEAD "scaling: {policy: oracle}\n", 5, "scaling.policy",
	  "one of manual, threshold, schedule, target" },
	{ HEAD "scaling: {up_pps: 5, down_pps: 5}\n", 5, "scaling.down_pps",
	  "less than up_pps, which is 5" },
	{ HEAD "scaling: {down_drops_per_s: 5}\n", 5,
	  "scaling.down_drops_per_s", "needs up_drops_per_s beside it" },
	{ HEAD "scaling: {up_flow_table_pct: 101}\n", 5,
	  "scaling.up_flow_table_pct", "a limit 1..100" },
	{ HEAD "scaling: {target_busy_pct: 95, target_band_pct: 6}\n", 5,
	  "scaling.target_band_pct", "target_busy_pct, which is 95" },
	{ HEAD "scaling: {target_busy_pct: 10, target_band_pct: 10}\n", 5,
	  "scaling.target_band_pct", "target_busy_pct, which is 10" },
	{ HEAD "scaling: {inside: schedule}\n", 5, "scaling.inside",
	  "one of threshold, target" },
	{ HEAD "scaling: {policy: schedule}\n", 5, "scaling.schedule",
	  "needs windows" },
	{ HEAD
	  "scaling: {schedule: [{days: mon-fry, from: 08:00, to: 09:00}]}\n",
	  5, "scaling.schedule[0].days", "days like mon-fri" },
	{ HEAD
	  "scaling: {schedule: [{days: [mon, 7], from: 08:00, to: 09:00}]}\n",
	  5, "scaling.schedule[0].days[1]", "days like mon-fri" },
	{ HEAD "scaling: {schedule: [{from: 8:00, to: 09:00}]}\n", 5,
	  "scaling.schedule[0].from", "a time of day 00:00..24:00" },
	{ HEAD "scaling: {schedule: [{from: 08:00, to: 24:01}]}\n", 5,
	  "scaling.schedule[0].to", "a time of day" },
	{ HEAD "scaling: {schedule: [{from: 08:00, to: 09:60}]}\n", 5,
	  "scaling.schedule[0].to", "a time of day" },
	{ HEAD "scaling: {schedule: [{from: 08:00}]}\n", 5,
	  "scaling.schedule[0].to", "missing" },
	{ HEAD "scaling: {schedule: [{from: 08:00, to: 09:00, max: 5}]}\n", 5,
	  "scaling.schedule[0].max", "engines 1..4, as fleet.min" },
	{ HEAD
	  "scaling: {schedule: [{from: 08:00, to: 09:00, min: 3, max: 2}]}\n",
	  5, "scaling.schedule[0].min", "engines 1..2" },
	{ HEAD "scaling: {schedule: [{from: 08:00, to: 09:00, size: 9}]}\n", 5,
	  "scaling.schedule[0].size", "engines 1..4" },
	{ HEAD
	  "scaling: {schedule: [{from: 08:00, to: 09:00, size: 2, min: 1}]}\n",
	  5, "scaling.schedule[0].size", "either size or min and max" },
	{ HEAD "scaling: {sample_ms: 10}\n", 5, "scaling.sample_ms",
	  "milliseconds 50..60000" },
	{ HEAD "api: {socket: run/x}\n", 5, "api.socket", "begins with /" },
	{ HEAD "api: {metrics: 127.0.0.1}\n", 5, "api.metrics",
	  "ADDRESS:PORT" },
	{ HEAD "api: {metrics: '::1:80'}\n", 5, "api.metrics", "ADDRESS:PORT" },
	{ HEAD "api: {metrics: 127.0.0.1:99999}\n", 5, "api.metrics",
	  "ADDRESS:PORT" },
};

static void wrong_text_is_refused(void **state)
{
	struct config *c = malloc(sizeof(*c));

	assert_non_null(c);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		const char *yaml = refusals[i].yaml;
		char message[CONFIG_ERROR_TEXT];
		struct config_error err;

		if (config_load("t.yaml", yaml, strlen(yaml), c, &err))
			fail_msg("case %zu was accepted:\n%s", i, yaml);
		config_error_text(&err, message, sizeof(message));
		if (err.line != refusals[i].line ||
		    strcmp(err.key, refusals[i].key) ||
		    !strstr(err.text, refusals[i].text))
			fail_msg("case %zu wants line %d, key \"%s\", \"%s\": "
				 "%s",
				 i, refusals[i].line, refusals[i].key,
				 refusals[i].text, message);
	}
	free(c);
}

static void message_has_file_line_and_key(void **state)
{
	static const char yaml[] = SERVICE("    port: abc\n    backends: []\n");
	struct config *c = malloc(sizeof(*c));
	char message[CONFIG_ERROR_TEXT];
	struct config_error err;

	assert_non_null(c);
	assert_false(
		config_load("vfleet.yaml", yaml, sizeof(yaml) - 1, c, &err));
	assert_string_equal(
		config_error_text(&err, message, sizeof(message)),
		"vfleet.yaml:7: services[0].port: expected a port number "
		"1..65535, got \"abc\"");
	free(c);
}

/* What a wrong value shows of itself is short and can be printed. */
static void wrong_value_is_printable(void **state)
{
	static const char yaml[] = HEAD
		"api: {metrics: \"\\e[31m\\x01"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}\n";
	static const char nul[] = HEAD "api: {socket: \"/tmp/a\\0b\"}\n";
	struct config *c = malloc(sizeof(*c));
	struct config_error err;

	assert_non_null(c);
	assert_false(config_load("t", yaml, sizeof(yaml) - 1, c, &err));
	assert_non_null(strstr(err.text, "got \"?[31m?aaa"));
	assert_non_null(strstr(err.text, "aaa...\""));
	assert_false(config_load("t", nul, sizeof(nul) - 1, c, &err));
	assert_string_equal(err.key, "api.socket");
	free(c);
}

static void too_many(void **state)
{
	char *yaml = malloc(CONFIG_TEXT_MAX + 1);
	struct config *c = malloc(sizeof(*c));
	struct config_error err;
	size_t n;

	assert_non_null(yaml);
	assert_non_null(c);
	n = sprintf(yaml, HEAD3 "services:\n");
	for (int i = 0; i <= CONFIG_SERVICES; i++)
		n += sprintf(yaml + n,
			     "- {name: s%d, vip: 10.1.0.10, port: %d, "
			     "backends: []}\n",
			     i, i + 1);
	assert_false(config_load("t", yaml, n, c, &err));
	assert_string_equal(err.key, "services[256]");
	assert_non_null(strstr(err.text, "at most 256 items"));
	assert_int_equal(err.line, 5 + CONFIG_SERVICES);

	memset(yaml, '#', CONFIG_TEXT_MAX + 1);
	assert_false(config_load("t", yaml, CONFIG_TEXT_MAX + 1, c, &err));
	assert_non_null(strstr(err.text, "larger than 1 MiB"));
	free(yaml);
	free(c);
}

/* 256 services with a VIP each leave no address slot for SNAT. */
static void too_many_addresses(void **state)
{
	struct config *c = malloc(sizeof(*c));
	char *yaml = malloc(65536);
	struct config_error err;
	size_t n;

	assert_non_null(yaml);
	assert_non_null(c);
	n = sprintf(yaml, "fleet: {ports: {client: {provider: ring}, server: "
			  "{provider: ring}}}\n"
			  "network: {subnets: [], snat: [10.2.0.2]}\n"
			  "services:\n");
	for (int i = 0; i < CONFIG_SERVICES; i++)
		n += sprintf(yaml + n,
			     "- {name: s%d, vip: 10.1.1.%d, port: 80, "
			     "backends: []}\n",
			     i, i);
	assert_false(config_load("t", yaml, n, c, &err));
	assert_int_equal(err.line, 0);
	assert_non_null(strstr(err.text, "at most 256 VIPs and SNAT"));
	free(yaml);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_text_is_refused),
		cmocka_unit_test(message_has_file_line_and_key),
		cmocka_unit_test(wrong_value_is_printable),
		cmocka_unit_test(too_many),
		cmocka_unit_test(too_many_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
