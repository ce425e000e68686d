// SPDX-License-Identifier: BSD-3-Clause
/* doctor_engine.c - what engines need of this host beside VFs, and the mend */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <linux/capability.h>

#include "client.h"
#include "doctor.h"

#define MEMLOCK_BYTES_MIN (1ull << 30) /* DMA memory of some engines */

static enum verdict check_cpu(struct finding *f)
{
	/* what engines are compiled for (x86-64-v2) and DPDK insists on */
	static const char *const flags[] = { "cx16",   "lahf_lm", "popcnt",
					     "pni",    "ssse3",	  "sse4_1",
					     "sse4_2", NULL };
	char line[8192] = "", padded[32];
	size_t n;

	doctor_line("/proc/cpuinfo", "flags", line, sizeof(line));
	n = strcspn(line, "\n");
	line[n] = ' ';
	for (const char *const *flag = flags; *flag; flag++) {
		doctor_say(padded, sizeof(padded), " %s ", *flag);
		if (strstr(line, padded))
			continue;
		DETAIL(f, "the CPU has no %s: engines would die at once",
		       *flag);
		MEND(f,
		     "use a newer CPU; in a VM a newer CPU model (QEMU: -cpu max)");
		return VERDICT_BAD;
	}
	DETAIL(f, "has what engines and DPDK need (x86-64-v2)");
	return VERDICT_OK;
}

static enum verdict check_cores(struct finding *f)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	DETAIL(f, "%ld online; each busy engine takes one", n);
	if (n > 1)
		return VERDICT_OK;
	MEND(f,
	     "give the host a second core, or engines and supervisor share one");
	return VERDICT_WARN;
}

static enum verdict check_privilege(struct finding *f)
{
	static const struct {
		int bit;
		const char *name;
	} needed[] = { { CAP_NET_ADMIN, "CAP_NET_ADMIN" },
		       { CAP_NET_RAW, "CAP_NET_RAW" },
		       { CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
		       { CAP_IPC_LOCK, "CAP_IPC_LOCK" } };
	char line[64] = "CapEff: 0";
	unsigned long long have;

	doctor_line("/proc/self/status", "CapEff:", line, sizeof(line));
	have = strtoull(line + strlen("CapEff:"), NULL, 16);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (have >> needed[i].bit & 1)
			continue;
		DETAIL(f, "%s is missing here", needed[i].name);
		MEND(f, "run vfleetd and this command as root");
		return VERDICT_BAD;
	}
	DETAIL(f, "enough to lease VFs and to run engines");
	return VERDICT_OK;
}

static enum verdict check_hugepages(struct finding *f)
{
	unsigned long long bytes = 0;
	glob_t sizes = { 0 };
	char path[300];

	glob("/sys/kernel/mm/hugepages/hugepages-*", GLOB_NOSORT, NULL, &sizes);
	for (size_t i = 0; i < sizes.gl_pathc; i++) {
		const char *size = strrchr(sizes.gl_pathv[i], '-') + 1;
		long n;

		doctor_say(path, sizeof(path), "%s/nr_hugepages",
			   sizes.gl_pathv[i]);
		n = doctor_number(path);
		if (n > 0)
			bytes += n * strtoull(size, NULL, 10) * 1024;
	}
	globfree(&sizes);
	DETAIL(f, "%llu MiB reserved", bytes >> 20);
	if (bytes)
		return VERDICT_OK;
	DETAIL(f, "none reserved: look-ups in large flow tables get slower");
	MEND(f,
	     "echo 512 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
	return VERDICT_WARN;
}

static enum verdict check_memlock(struct finding *f)
{
	struct rlimit limit;

	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (!geteuid() || limit.rlim_cur == RLIM_INFINITY) {
		DETAIL(f, "no limit");
		return VERDICT_OK;
	}
	DETAIL(f, "%llu KiB; a VF needs the engine's memory locked",
	       (unsigned long long)limit.rlim_cur >> 10);
	if (limit.rlim_cur >= MEMLOCK_BYTES_MIN)
		return VERDICT_OK;
	MEND(f, "ulimit -l unlimited, or LimitMEMLOCK=infinity in the service");
	return VERDICT_BAD;
}

/* Engines in containers are a choice: what is missing for them is no fault. */
static enum verdict check_containers(struct finding *f)
{
	static const char *const runtimes[] = { "/usr/bin/runc",
						"/usr/bin/crun" };
	bool found = false;

	for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++)
		found |= access(runtimes[i], X_OK) == 0;
	if (access("/usr/bin/podman", X_OK) || !found) {
		DETAIL(f, "no %s: engines run as processes only",
		       found ? "podman" : "OCI runtime");
		MEND(f, "apt-get install podman runc");
		return VERDICT_WARN;
	}
	if (access("/proc/sys/kernel/seccomp/actions_avail", R_OK)) {
		DETAIL(f,
		       "the kernel filters no system calls: podman starts no engine");
		MEND(f, "boot a kernel with CONFIG_SECCOMP_FILTER");
		return VERDICT_WARN;
	}
	if (access(VFLEET_DATA "/engine-seccomp.json", R_OK)) {
		DETAIL(f, "%s is missing", VFLEET_DATA "/engine-seccomp.json");
		MEND(f,
		     "install vfleet, or name the file of the source as fleet.container.seccomp");
		return VERDICT_WARN;
	}
	DETAIL(f, "podman can start engines of an image that it has");
	return VERDICT_OK;
}

static enum verdict check_supervisor(struct finding *f)
{
	struct client c;
	int ret = client_open(&c, f->socket, f->detail, sizeof(f->detail));

	client_close(&c);
	if (ret) {
		MEND(f, "systemctl start vfleetd");
		return VERDICT_WARN;
	}
	DETAIL(f, "answers on %s", f->socket);
	return VERDICT_OK;
}

const struct check doctor_engine[] = {
	{ "cpu", check_cpu },
	{ "cores", check_cores },
	{ "privilege", check_privilege },
	{ "hugepages", check_hugepages },
	{ "memlock", check_memlock },
	{ "containers", check_containers },
	{ "vfleetd", check_supervisor },
	{ NULL, NULL },
};
