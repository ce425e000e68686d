// SPDX-License-Identifier: BSD-3-Clause
/* test_config.c - the YAML file: values, defaults and slots */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fabric.h"
#include "support.h"

#define YAML_WEB                                      \
	"services:\n"                                 \
	"  - {name: web, vip: 10.1.0.10, port: 80,\n" \
	"     backends: [{address: 10.2.0.11}]}\n"

static void defaults(void **state)
{
	struct config *c = support_config(YAML_FLEET YAML_NETWORK YAML_WEB);

	assert_string_equal(c->fleet_name, "vfleet");
	assert_int_equal(c->engines_min, 1);
	assert_int_equal(c->engines_start, 1);
	assert_int_equal(c->engines_max, 4);
	assert_int_equal(c->start_timeout_s, 30);
	assert_int_equal(c->steering, STEERING_DISPATCH);
	assert_int_equal(c->handover, HANDOVER_MIGRATE);
	assert_int_equal(c->n_cores, 0);
	assert_true(c->hugepages);
	assert_int_equal(c->runtime, RUNTIME_PROCESS);
	assert_int_equal(c->flows4, 65536);
	assert_int_equal(c->flows6, 16384);
	assert_int_equal(c->ports[SIDE_CLIENT].mtu, 1500);
	assert_string_equal(c->profiles[0].name, "default");
	assert_int_equal(c->services[0].profile, 0);
	assert_int_equal(c->services[0].protocol, IPPROTO_TCP);
	assert_int_equal(c->services[0].scheduler, SCHEDULER_MAGLEV);
	assert_false(c->services[0].health.enabled);
	assert_int_equal(c->backends[0].port, 80);
	assert_int_equal(c->backends[0].weight, 1);
	assert_string_equal(c->backends[0].name, "10.2.0.11:80");
	assert_int_equal(c->scaling.policy, POLICY_MANUAL);
	assert_int_equal(c->scaling.sample_ms, 500);
	assert_string_equal(c->api_socket, "/run/vfleet/vfleetd.sock");
	assert_string_equal(c->api_metrics, "127.0.0.1:9108");
	free(c);
}

static const char everything[] =
	"fleet:\n"
	"  name: edge-1\n"
	"  min: 2\n"
	"  max: 6\n"
	"  start: 3\n"
	"  steering: dispatch\n"
	"  handover: migrate\n"
	"  start_timeout_s: 45\n"
	"  cores: \"0-2,8\"\n"
	"  hugepages: off\n"
	"  runtime: podman\n"
	"  container: {image: 'localhost/a:1', seccomp: /s.json, memory_mb: 300}\n"
	"  flows: 1000000\n"
	"  flows_v6: 256\n"
	"  ports:\n"
	"    client: {provider: vf, device: \"0000:01:00.0\", mtu: 9000}\n"
	"    server: {provider: packet, device: vs%d}\n"
	"network:\n"
	"  vlans: [{side: server, id: 7, mtu: 1400, mss: 1300}]\n"
	"  subnets: [{side: server, prefix: 10.2.0.0/24, vlan: 7}]\n"
	"  routes: [{prefix: '::/0', via: 'fd01::1', side: client, vlan: 9}]\n"
	"  snat: [10.2.0.2, {address: 10.2.0.3, vlan: 7}]\n"
	"profiles:\n"
	"  - {name: p, mss: 1200, syn: pass, timeouts: {tcp_syn_s: 1,\n"
	"     tcp_established_s: 2, tcp_close_s: 3, udp_s: 4}}\n"
	"services:\n"
	"  - {name: s, vip: 'fd01::10', protocol: udp, port: 53, vlan: 9,\n"
	"     mode: fullnat, scheduler: lc, profile: p,\n"
	"     health: {type: tcp, interval_ms: 500, timeout_ms: 100, rise: 1,\n"
	"              fall: 5},\n"
	"     backends: [{address: 'fd02::11', port: 5353, weight: 256,\n"
	"                 vlan: 7}]}\n"
	"scaling: {policy: threshold, up_busy_pct: 80, down_busy_pct: 20,\n"
	"  hold_ms: 1, cooldown_up_ms: 2, cooldown_down_ms: 3, sample_ms: 50,\n"
	"  up_pps: 1000, up_queue_delay_us: 300, down_queue_delay_us: 7,\n"
	"  target_busy_pct: 50, target_band_pct: 9, target_ahead_ms: 1500,\n"
	"  inside: target, schedule: [\n"
	"    {days: 'mon-wed,sat', from: 08:00, to: '20:30', min: 3},\n"
	"    {days: [sun-mon], from: 22:00, to: 02:00, size: 4},\n"
	"    {from: 00:00, to: 24:00, max: 5}]}\n"
	"api: {socket: /tmp/s.sock, metrics: '[::1]:9109'}\n";

static void check_window(const struct config_window *w, unsigned days,
			 unsigned from_min, unsigned to_min, unsigned min,
			 unsigned max)
{
	assert_int_equal(w->days, days);
	assert_int_equal(w->from_min, from_min);
	assert_int_equal(w->to_min, to_min);
	assert_int_equal(w->min, min);
	assert_int_equal(w->max, max);
}

static void check_scaling(const struct config_scaling *s)
{
	assert_int_equal(s->hold_down_ms, 1); /* as hold_ms */
	assert_int_equal(s->up[SCALE_pps], 1000);
	assert_int_equal(s->down[SCALE_pps], 500); /* half of it */
	assert_int_equal(s->up[SCALE_queue_delay_us], 300);
	assert_int_equal(s->down[SCALE_queue_delay_us], 7);
	assert_int_equal(s->up[SCALE_drops_per_s], 0); /* not looked at */
	assert_int_equal(s->target_busy_pct, 50);
	assert_int_equal(s->target_band_pct, 9);
	assert_int_equal(s->target_ahead_ms, 1500);
	assert_int_equal(s->inside, POLICY_TARGET);
	assert_int_equal(s->n_windows, 3);
	check_window(&s->windows[0], 0x27, 480, 1230, 3, 6);
	check_window(&s->windows[1], 0x41, 1320, 120, 4, 4);
	check_window(&s->windows[2], 0x7f, 0, 1440, 2, 5);
}

static void check_fleet(const struct config *c)
{
	static const uint16_t cores[] = { 0, 1, 2, 8 };

	assert_string_equal(c->fleet_name, "edge-1");
	assert_int_equal(c->engines_min, 2);
	assert_int_equal(c->engines_max, 6);
	assert_int_equal(c->engines_start, 3);
	assert_int_equal(c->start_timeout_s, 45);
	assert_int_equal(c->n_cores, 4);
	assert_memory_equal(c->cores, cores, sizeof(cores));
	assert_false(c->hugepages);
	assert_int_equal(c->runtime, RUNTIME_PODMAN);
	assert_string_equal(c->container.image, "localhost/a:1");
	assert_string_equal(c->container.seccomp, "/s.json");
	assert_int_equal(c->container.memory_mb, 300);
	assert_int_equal(c->flows4, 1000000);
	assert_int_equal(c->flows6, 256);
	assert_int_equal(c->ports[SIDE_CLIENT].provider, PROVIDER_VF);
	assert_string_equal(c->ports[SIDE_CLIENT].device, "0000:01:00.0");
	assert_int_equal(c->ports[SIDE_CLIENT].mtu, 9000);
	assert_int_equal(c->ports[SIDE_SERVER].provider, PROVIDER_PACKET);
	assert_string_equal(c->ports[SIDE_SERVER].device, "vs%d");
	assert_int_equal(c->scaling.policy, POLICY_THRESHOLD);
	assert_int_equal(c->scaling.up[SCALE_busy_pct], 80);
	assert_int_equal(c->scaling.down[SCALE_busy_pct], 20);
	assert_int_equal(c->scaling.hold_ms, 1);
	assert_int_equal(c->scaling.cooldown_up_ms, 2);
	assert_int_equal(c->scaling.cooldown_down_ms, 3);
	assert_int_equal(c->scaling.sample_ms, 50);
	check_scaling(&c->scaling);
	assert_string_equal(c->api_socket, "/tmp/s.sock");
	assert_string_equal(c->api_metrics, "[::1]:9109");
}

static void check_network(const struct config *c)
{
	struct address via = support_address("fd01::1");

	assert_int_equal(c->n_vlans, 1);
	assert_int_equal(c->vlans[0].side, SIDE_SERVER);
	assert_int_equal(c->vlans[0].id, 7);
	assert_int_equal(c->vlans[0].mtu, 1400);
	assert_int_equal(c->vlans[0].mss, 1300);
	assert_int_equal(c->n_subnets, 1);
	assert_int_equal(c->subnets[0].prefix.length, 24);
	assert_int_equal(c->subnets[0].vlan, 7);
	assert_int_equal(c->n_routes, 1);
	assert_true(address_equal(&c->routes[0].via, &via));
	assert_int_equal(c->routes[0].side, SIDE_CLIENT);
	assert_int_equal(c->routes[0].vlan, 9);
	assert_int_equal(c->n_snats, 2);
	assert_int_equal(c->snats[0].vlan, 0);
	assert_int_equal(c->snats[1].vlan, 7);
}

static void check_service(const struct config *c)
{
	const struct config_service *v = &c->services[0];
	const struct config_profile *p = &c->profiles[v->profile];
	const struct config_backend *b = &c->backends[v->first_backend];

	assert_int_equal(c->n_services, 1);
	assert_int_equal(v->protocol, IPPROTO_UDP);
	assert_int_equal(v->port, 53);
	assert_int_equal(v->vlan, 9);
	assert_int_equal(v->scheduler, SCHEDULER_LC);
	assert_true(v->health.enabled);
	assert_int_equal(v->health.interval_ms, 500);
	assert_int_equal(v->health.timeout_ms, 100);
	assert_int_equal(v->health.rise, 1);
	assert_int_equal(v->health.fall, 5);
	assert_string_equal(p->name, "p");
	assert_int_equal(p->mss, 1200);
	assert_int_equal(p->tcp_syn_s, 1);
	assert_int_equal(p->tcp_established_s, 2);
	assert_int_equal(p->tcp_close_s, 3);
	assert_int_equal(p->udp_s, 4);
	assert_int_equal(v->n_backends, 1);
	assert_string_equal(b->name, "[fd02::11]:5353");
	assert_int_equal(b->weight, 256);
	assert_int_equal(b->vlan, 7);
}

static void every_key(void **state)
{
	struct config *c = support_config(everything);

	check_fleet(c);
	check_network(c);
	check_service(c);
	free(c);
}

static void sample_file(void **state)
{
	FILE *f = fopen(SAMPLE_FILE, "r");
	char text[16384];
	struct config *c;
	size_t bytes;

	assert_non_null(f);
	bytes = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[bytes] = '\0';
	c = support_config(text);
	free(support_compile(c));
	assert_int_equal(c->n_services, 3);
	free(c);
}

static void containers_have_more_time(void **state)
{
	struct config *c = support_config(
		"fleet: {runtime: podman, container: {image: localhost/a:1},\n"
		"  ports: {client: {provider: \"null\"},\n"
		"    server: {provider: \"null\"}}}\n" YAML_NETWORK YAML_WEB);

	assert_int_equal(c->start_timeout_s, 120);
	free(c);
}

static void small_things(void **state)
{
	struct config *c = support_config(
		"fleet: {min: 8, cores: [3, 1],\n"
		"  ports: {client: {provider: ring}, server: {provider: tap,\n"
		"    device: t0}}}\n"
		"network: {subnets: []}\n"
		"api: {metrics: off}\n"
		"profiles: [{name: default, mss: 700}]\n"
		"services:\n"
		"  - &one {name: a, vip: 10.1.0.1, port: 1, backends: &b []}\n"
		"  - {name: b, vip: 10.1.0.1, port: 2, profile: default,\n"
		"     backends: *b}\n");

	assert_int_equal(c->engines_max, 8);
	assert_int_equal(c->engines_start, 8);
	assert_int_equal(c->n_cores, 2);
	assert_int_equal(c->cores[0], 3);
	assert_string_equal(c->api_metrics, "");
	/* a profile called "default" is everybody's */
	assert_int_equal(c->profiles[c->services[0].profile].mss, 700);
	assert_int_equal(c->profiles[c->services[1].profile].mss, 700);
	/* one VIP, one slot */
	assert_int_equal(c->services[0].address_slot,
			 c->services[1].address_slot);
	assert_int_not_equal(c->services[0].slot, c->services[1].slot);
	free(c);
}

#define RELOAD(services, snat)                                                   \
	"fleet: {ports: {client: {provider: ring}, server: {provider: ring}}}\n" \
	"network: {subnets: [], snat: " snat "}\n"                               \
	"services:\n" services

static void slots_survive_a_reload(void **state)
{
	struct config *old = support_config(
		RELOAD("- {name: a, vip: 10.1.0.1, port: 1, backends: [\n"
		       "   {address: 10.2.0.1}, {address: 10.2.0.2}]}\n"
		       "- {name: b, vip: 10.1.0.2, port: 1, backends: [\n"
		       "   {address: 10.2.0.1}]}\n",
		       "[10.2.0.100, 10.2.0.101]"));
	struct config *new = support_config(
		RELOAD("- {name: c, vip: 10.1.0.3, port: 1, backends: [\n"
		       "   {address: 10.2.0.2}]}\n"
		       "- {name: b, vip: 10.1.0.2, port: 1, backends: [\n"
		       "   {address: 10.2.0.9}, {address: 10.2.0.1}]}\n"
		       "- {name: d, vip: 10.1.0.2, port: 2, backends: []}\n",
		       "[10.2.0.101, 10.2.0.102]"));
	char err[128];

	assert_true(config_assign_slots(new, old, err, sizeof(err)));
	/* b stays b; c and d get numbers that a and b do not have */
	assert_int_equal(new->services[1].slot, 1);
	assert_int_equal(new->services[0].slot, 2);
	assert_int_equal(new->services[2].slot, 3);
	/* backend slots: a had 0 and 1, b had 2 */
	assert_int_equal(new->backends[2].slot, 2);
	assert_int_equal(new->backends[0].slot, 3);
	assert_int_equal(new->backends[1].slot, 4);
	/* addresses: VIPs 0 and 1, SNAT 2 and 3 */
	assert_int_equal(new->services[1].address_slot, 1);
	assert_int_equal(new->services[2].address_slot, 1);
	assert_int_equal(new->services[0].address_slot, 4);
	assert_int_equal(new->snats[0].slot, 3);
	assert_int_equal(new->snats[1].slot, 5);
	free(old);
	free(new);
}

/* A backend was removed, but a connection to it goes on. */
static void slots_of_flows_stay_taken(void **state)
{
	struct config *old = support_config(RELOAD(
		"- {name: a, vip: 10.1.0.1, port: 1, backends: []}\n", "[]"));
	struct config *new = support_config(
		RELOAD("- {name: a, vip: 10.1.0.1, port: 1, backends: [\n"
		       "   {address: 10.2.0.9}, {address: 10.2.0.8}]}\n"
		       "- {name: b, vip: 10.1.0.1, port: 2, backends: []}\n",
		       "[10.2.0.100]"));
	char err[128];

	old->busy_backends[0] = old->busy_backends[2] = true;
	old->busy_services[1] = true;
	assert_true(config_assign_slots(new, old, err, sizeof(err)));
	assert_int_equal(new->backends[0].slot, 1);
	assert_int_equal(new->backends[1].slot, 3);
	assert_int_equal(new->services[0].slot, 0);
	assert_int_equal(new->services[1].slot, 2);
	free(old);
	free(new);
}

static void slots_may_run_out(void **state)
{
	struct config *old = support_config(RELOAD(
		"- {name: a, vip: 10.1.0.1, port: 1, backends: []}\n", "[]"));
	struct config *new = support_config(RELOAD(
		"- {name: b, vip: 10.1.0.1, port: 1, backends: []}\n", "[]"));
	char err[128] = "";

	for (unsigned i = 1; i < CONFIG_SERVICES; i++) {
		old->services[i] = old->services[0];
		sprintf(old->services[i].name, "a%u", i);
		old->services[i].slot = i;
	}
	old->n_services = CONFIG_SERVICES;
	assert_false(config_assign_slots(new, old, err, sizeof(err)));
	assert_non_null(strstr(err, "at most 256 services"));
	free(old);
	free(new);
}

struct said {
	char text[8][256];
	unsigned n;
};

static void note(void *arg, const char *text)
{
	struct said *s = arg;

	assert_true(s->n < 8);
	strcpy(s->text[s->n++], text);
}

/* What can never apply is said; what is the lowest, or equal to it, is not. */
static void warnings(void **state)
{
	struct config *c = support_config(
		"fleet: {ports: {client: {provider: ring},\n"
		"                server: {provider: ring, mtu: 9000}}}\n"
		"network:\n"
		"  subnets: []\n"
		"  vlans:\n"
		"    - {side: client, id: 7, mtu: 1501}\n"
		"    - {side: client, id: 8, mtu: 1500, mss: 1460}\n"
		"    - {side: client, id: 9, mtu: 1400, mss: 1361}\n"
		"    - {side: server, id: 7, mtu: 9000, mss: 8960}\n"
		"profiles: [{name: all, mss: 8960}, {name: none, mss: 8961}]\n"
		"services: []\n");
	struct said s = { .n = 0 };

	config_warnings(c, note, &s);
	assert_int_equal(s.n, 3);
	assert_non_null(strstr(s.text[0], "mtu 1501 of VLAN 7 on the client "
					  "side is above the 1500"));
	assert_non_null(strstr(s.text[1], "mss 1361 of VLAN 9 on the client "
					  "side is above the 1360"));
	assert_non_null(strstr(s.text[2], "mss 8961 of \"none\" is above the "
					  "8960"));
	free(c);
}

static void learning(void **state)
{
	struct config *c = support_config(
		YAML_FLEET YAML_NETWORK
		"profiles: [{name: a, learn_mss: {}}, {name: b},\n"
		"  {name: c, learn_mss: {interval_s: 5, samples: 9}}]\n"
		"services: []\n");

	assert_int_equal(c->profiles[1].learn_interval_s, 180);
	assert_int_equal(c->profiles[1].learn_samples, 16);
	assert_int_equal(c->profiles[2].learn_interval_s, 0);
	assert_int_equal(c->profiles[3].learn_interval_s, 5);
	assert_int_equal(c->profiles[3].learn_samples, 9);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(every_key),
		cmocka_unit_test(sample_file),
		cmocka_unit_test(small_things),
		cmocka_unit_test(containers_have_more_time),
		cmocka_unit_test(slots_survive_a_reload),
		cmocka_unit_test(slots_of_flows_stay_taken),
		cmocka_unit_test(slots_may_run_out),
		cmocka_unit_test(warnings),
		cmocka_unit_test(learning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
