// SPDX-License-Identifier: BSD-3-Clause
/* words.c - the configuration's choices as users write them */
#include "words.h"

#include <netinet/in.h>
#include <string.h>

#include "config.h"
#include "fabric.h"

const char *const words_provider[] = {
	[PROVIDER_VF] = "vf",	  [PROVIDER_PACKET] = "packet",
	[PROVIDER_XDP] = "xdp",	  [PROVIDER_TAP] = "tap",
	[PROVIDER_PCAP] = "pcap", [PROVIDER_RING] = "ring",
	[PROVIDER_NULL] = "null",
};
const char *const words_steering[] = {
	[STEERING_DISPATCH] = "dispatch",
	[STEERING_MIRROR] = "mirror",
	[STEERING_RSS] = "rss",
	[STEERING_ECMP] = "ecmp",
};
const char *const words_handover[] = {
	[HANDOVER_MIGRATE] = "migrate",
	[HANDOVER_GENERATIONS] = "generations",
};
const char *const words_scheduler[] = {
	[SCHEDULER_MAGLEV] = "maglev",
	[SCHEDULER_WRR] = "wrr",
	[SCHEDULER_LC] = "lc",
};
const char *const words_mode[] = {
	[MODE_FULLNAT] = "fullnat", [MODE_PROXY] = "proxy",
	[MODE_L2DSR] = "l2dsr",	    [MODE_IPIP] = "ipip",
	[MODE_GUE] = "gue",	    [MODE_OUTBOUND] = "outbound",
};
const char *const words_policy[] = {
	[POLICY_MANUAL] = "manual",
	[POLICY_THRESHOLD] = "threshold",
	[POLICY_SCHEDULE] = "schedule",
	[POLICY_TARGET] = "target",
};
const char *const words_side[] = {
	[SIDE_CLIENT] = "client",
	[SIDE_SERVER] = "server",
};

const char *words_protocol(int protocol)
{
	return protocol == IPPROTO_UDP ? "udp" : "tcp";
}

bool words_protocol_of(const char *word, uint8_t *protocol)
{
	*protocol = strcmp(word, "udp") ? IPPROTO_TCP : IPPROTO_UDP;
	return !strcmp(word, words_protocol(*protocol));
}
