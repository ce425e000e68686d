// SPDX-License-Identifier: BSD-3-Clause
/* noun_doctor.c - what on this host would keep vfleet from working, and the mend */
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/capability.h>

#include "cli.h"
#include "client.h"
#include "table.h"

#define MEMLOCK_BYTES_MIN (1ull << 30) /* DMA memory of some engines */

enum verdict {
	VERDICT_OK,
	VERDICT_WARN, /* works, but slower or not all of it */
	VERDICT_BAD, /* keeps VFs or engines from working */
};

/* What a check found: two sentences. */
struct finding {
	const char *socket; /* of vfleetd, to look at */
	char detail[200];
	char mend[320]; /* "" when all is well */
};

static void say(char *to, size_t bytes, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(to, bytes, fmt, ap);
	va_end(ap);
}

#define DETAIL(f, ...) say((f)->detail, sizeof((f)->detail), __VA_ARGS__)
#define MEND(f, ...)   say((f)->mend, sizeof((f)->mend), __VA_ARGS__)

/* The first line of a file that begins with `key`; false when there is none. */
static bool find_line(const char *path, const char *key, char *line,
		      size_t bytes)
{
	FILE *in = fopen(path, "r");
	bool found = false;

	while (in && !found && fgets(line, bytes, in))
		found = !strncmp(line, key, strlen(key));
	if (in)
		fclose(in);
	return found;
}

static long read_number(const char *path)
{
	char line[32];

	return find_line(path, "", line, sizeof(line)) ? strtol(line, NULL, 0) :
							 -1;
}

static enum verdict check_cpu(struct finding *f)
{
	/* what engines are compiled for (x86-64-v2) and DPDK insists on */
	static const char *const flags[] = { "cx16",   "lahf_lm", "popcnt",
					     "pni",    "ssse3",	  "sse4_1",
					     "sse4_2", NULL };
	char line[8192] = "", padded[32];
	size_t n;

	find_line("/proc/cpuinfo", "flags", line, sizeof(line));
	n = strcspn(line, "\n");
	line[n] = ' ';
	for (const char *const *flag = flags; *flag; flag++) {
		say(padded, sizeof(padded), " %s ", *flag);
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

	find_line("/proc/self/status", "CapEff:", line, sizeof(line));
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

static enum verdict check_iommu(struct finding *f)
{
	glob_t groups = { 0 };
	char line[128] = "";
	bool amd;

	glob("/sys/kernel/iommu_groups/*", GLOB_NOSORT, NULL, &groups);
	DETAIL(f, "%zu groups", groups.gl_pathc);
	globfree(&groups);
	if (f->detail[0] != '0')
		return VERDICT_OK;
	find_line("/proc/cpuinfo", "vendor_id", line, sizeof(line));
	amd = strstr(line, "AuthenticAMD");
	DETAIL(f, "none in use: VFs cannot be given to engines");
	MEND(f, "turn on %s in the firmware and boot with '%siommu=pt'",
	     amd ? "AMD-Vi" : "VT-d", amd ? "" : "intel_iommu=on ");
	return VERDICT_BAD;
}

static enum verdict check_pf(struct finding *f)
{
	unsigned pfs = 0, vfs = 0;
	glob_t found = { 0 };
	char path[300];

	glob("/sys/bus/pci/devices/*/sriov_totalvfs", GLOB_NOSORT, NULL,
	     &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *file = found.gl_pathv[i];
		int dir = strrchr(file, '/') - file;
		long total = read_number(file);

		say(path, sizeof(path), "%.*s/class", dir, file);
		if (total <= 0 || read_number(path) >> 16 != 0x02)
			continue; /* 0x02: network controller */
		pfs++;
		vfs += total;
	}
	globfree(&found);
	DETAIL(f, "%u NICs with SR-IOV, up to %u VFs", pfs, vfs);
	if (pfs)
		return VERDICT_OK;
	DETAIL(f, "no NIC with SR-IOV: no VFs to lease");
	MEND(f,
	     "plug one in or turn SR-IOV on in its firmware; until then use provider xdp or packet");
	return VERDICT_BAD;
}

/* Looks for a module in the index of the running kernel's modules. */
static bool module_installed(const char *name)
{
	static const char *const lists[] = { "modules.dep", "modules.builtin" };
	struct utsname kernel;
	char path[400], line[4096], file[64];
	bool found = false;

	uname(&kernel);
	say(file, sizeof(file), "/%s.ko", name);
	for (size_t i = 0; i < 2 && !found; i++) {
		FILE *in;

		say(path, sizeof(path), "/lib/modules/%s/%s", kernel.release,
		    lists[i]);
		in = fopen(path, "r");
		while (in && !found && fgets(line, sizeof(line), in)) {
			line[strcspn(line, ":\n")] = '\0';
			found = strstr(line, file);
		}
		if (in)
			fclose(in);
	}
	return found;
}

static enum verdict check_vfio(struct finding *f)
{
	if (!access("/sys/bus/pci/drivers/vfio-pci", F_OK)) {
		DETAIL(f, "loaded");
		return VERDICT_OK;
	}
	if (module_installed("vfio-pci")) {
		DETAIL(f, "installed, not loaded");
		MEND(f, "modprobe vfio-pci");
		return VERDICT_WARN;
	}
	DETAIL(f, "neither loaded nor installed for this kernel");
	MEND(f,
	     "install the full kernel image (linux-image-amd64, not -cloud) or build it in");
	return VERDICT_BAD;
}

static enum verdict check_module(struct finding *f)
{
	struct utsname kernel;

	uname(&kernel);
	if (!access("/sys/module/vfleet", F_OK)) {
		DETAIL(f, "loaded");
		return VERDICT_OK;
	}
	if (module_installed("vfleet")) {
		DETAIL(f, "installed, not loaded");
		MEND(f, "modprobe vfleet");
		return VERDICT_WARN;
	}
	DETAIL(f, "not installed for kernel %s", kernel.release);
	MEND(f,
	     "in the source: make -C /lib/modules/$(uname -r)/build M=$PWD modules modules_install && depmod && modprobe vfleet");
	return VERDICT_BAD;
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

		say(path, sizeof(path), "%s/nr_hugepages", sizes.gl_pathv[i]);
		n = read_number(path);
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

static const struct {
	const char *name;
	enum verdict (*run)(struct finding *f);
} checks[] = {
	{ "cpu", check_cpu },
	{ "cores", check_cores },
	{ "privilege", check_privilege },
	{ "iommu", check_iommu },
	{ "pf", check_pf },
	{ "vfio-pci", check_vfio },
	{ "module", check_module },
	{ "hugepages", check_hugepages },
	{ "memlock", check_memlock },
	{ "containers", check_containers },
	{ "vfleetd", check_supervisor },
};

static json_t *finding_json(const char *name, const char *verdict,
			    const struct finding *f)
{
	return json_pack("{s:s, s:s, s:s, s:s?}", "check", name, "verdict",
			 verdict, "detail", f->detail, "mend",
			 *f->mend ? f->mend : NULL);
}

static void print_finding(const char *name, const char *verdict,
			  const struct finding *f)
{
	printf("%-4s  %-10s %s%s%s\n", verdict, name, f->detail,
	       *f->mend ? " -> " : "", f->mend);
}

static enum cli_status show(struct cli *cli)
{
	static const char *const verdicts[] = { "ok", "warn", "bad" };
	enum cli_status status = CLI_DONE;
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct finding f = { .socket = cli->socket };
		enum verdict v = checks[i].run(&f);

		if (v == VERDICT_BAD)
			status = CLI_FAILED;
		if (cli->json)
			json_array_append_new(list,
					      finding_json(checks[i].name,
							   verdicts[v], &f));
		else
			print_finding(checks[i].name, verdicts[v], &f);
	}
	if (cli->json)
		cli_print_json(list);
	json_decref(list);
	return status;
}

static const struct verb verbs[] = {
	{ "show", "", "look at this host",
	  "what on this host would keep vfleet from working, and the mend",
	  show, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};

const struct noun noun_doctor = { "doctor", "is this host ready", verbs };
