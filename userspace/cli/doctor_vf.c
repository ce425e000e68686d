// SPDX-License-Identifier: BSD-3-Clause
/* doctor_vf.c - what VFs need of this host, and the mend */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "doctor.h"
#include "vfleet.h"

#define PCI_DEVICES "/sys/bus/pci/devices"
#define NOIOMMU	    "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"

/* The last component of where a link points to, "" when there is none. */
static void link_name(const char *path, char *name, size_t bytes)
{
	char target[300];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	target[n > 0 ? n : 0] = '\0';
	doctor_say(name, bytes, "%s",
		   strrchr(target, '/') ? strrchr(target, '/') + 1 : "");
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
	doctor_line("/proc/cpuinfo", "vendor_id", line, sizeof(line));
	amd = strstr(line, "AuthenticAMD");
	DETAIL(f, "none in use: VFs cannot be given to engines");
	MEND(f, "turn on %s in the firmware and boot with '%siommu=pt'",
	     amd ? "AMD-Vi" : "VT-d", amd ? "" : "intel_iommu=on ");
	return VERDICT_BAD;
}

/* How many devices have the group of this one, itself included. */
static size_t group_size(const char *device)
{
	glob_t devices = { 0 };
	char path[300];
	size_t n;

	doctor_say(path, sizeof(path), "%s/iommu_group/devices/*", device);
	glob(path, GLOB_NOSORT, NULL, &devices);
	n = devices.gl_pathc;
	globfree(&devices);
	return n;
}

/* A VF that shares its group is never leased; when the card does, its VFs will. */
static enum verdict check_groups(struct finding *f)
{
	static const char *const looked_at[] = { PCI_DEVICES "/*/physfn",
						 PCI_DEVICES
						 "/*/sriov_totalvfs" };
	glob_t found = { 0 };
	char shared[VFL_BDF_LEN] = "";

	for (size_t i = 0; i < 2; i++)
		glob(looked_at[i], i ? GLOB_APPEND : 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc && !*shared; i++) {
		char *device = found.gl_pathv[i];

		*strrchr(device, '/') = '\0';
		if (group_size(device) > 1)
			doctor_say(shared, sizeof(shared), "%s",
				   strrchr(device, '/') + 1);
	}
	globfree(&found);
	if (!*shared) {
		DETAIL(f, "no card with SR-IOV shares an IOMMU group");
		return VERDICT_OK;
	}
	DETAIL(f,
	       "%s shares its IOMMU group with other devices: such VFs are not leased",
	       shared);
	MEND(f,
	     "move the card to a slot whose port separates devices (ACS), or turn ACS on in the firmware");
	return VERDICT_WARN;
}

static enum verdict check_noiommu(struct finding *f)
{
	char line[8] = "N";

	doctor_line(NOIOMMU, "", line, sizeof(line));
	if (*line != 'Y' && *line != '1') {
		DETAIL(f, "vfio insists on an IOMMU");
		return VERDICT_OK;
	}
	DETAIL(f,
	       "vfio's mode without IOMMU is on: vfleet leases nothing by it, but users of vfio can write all memory");
	MEND(f,
	     "echo N > " NOIOMMU
	     ", and take it out of the kernel command line and /etc/modprobe.d");
	return VERDICT_WARN;
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
		long total = doctor_number(file);

		doctor_say(path, sizeof(path), "%.*s/class", dir, file);
		if (total <= 0 || doctor_number(path) >> 16 != 0x02)
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

/* Whether the PF's idle VFs are left to the kernel's drivers by its policy. */
static bool is_native(const char *pf)
{
	char path[300], line[16] = "";

	doctor_say(path, sizeof(path), "/sys/class/vfleet/%s/policy", pf);
	return doctor_line(path, "native", line, sizeof(line));
}

/* VFs that a kernel driver took when they were made cannot be adopted. */
static enum verdict check_autoprobe(struct finding *f)
{
	char path[300], driver[64], pf[VFL_BDF_LEN] = "";
	glob_t vfs = { 0 };
	bool taken = false;

	glob(PCI_DEVICES "/*/physfn", 0, NULL, &vfs);
	for (size_t i = 0; i < vfs.gl_pathc && !taken; i++) {
		char *vf = vfs.gl_pathv[i];

		link_name(vf, pf, sizeof(pf));
		*strrchr(vf, '/') = '\0';
		doctor_say(path, sizeof(path), "%s/driver", vf);
		link_name(path, driver, sizeof(driver));
		taken = *driver && strcmp(driver, "vfio-pci") && !is_native(pf);
	}
	globfree(&vfs);
	if (!taken) {
		DETAIL(f, "no VF has a driver that would keep vfleet from it");
		return VERDICT_OK;
	}
	DETAIL(f, "a VF of %s has driver %s: it cannot be adopted", pf, driver);
	MEND(f,
	     "echo 0 > " PCI_DEVICES
	     "/%s/sriov_drivers_autoprobe before VFs are made, and now echo 0 > .../sriov_numvfs",
	     pf);
	return VERDICT_WARN;
}

/* Looks for a module in the index of the running kernel's modules. */
static bool module_installed(const char *name)
{
	static const char *const lists[] = { "modules.dep", "modules.builtin" };
	struct utsname kernel;
	char path[400], line[4096], file[64];
	bool found = false;

	uname(&kernel);
	doctor_say(file, sizeof(file), "/%s.ko", name);
	for (size_t i = 0; i < 2 && !found; i++) {
		FILE *in;

		doctor_say(path, sizeof(path), "/lib/modules/%s/%s",
			   kernel.release, lists[i]);
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
	     "in the source: tools/module install && modprobe vfleet; or tools/module dkms && dkms install vfleet/" VFLEET_VERSION);
	return VERDICT_BAD;
}

/* Module and command come from one source; when one was updated without the other,
 * either the protocol differs, or only the version.
 */
static enum verdict check_protocol(struct finding *f)
{
	struct vfl *h = vfl_open(f->detail, sizeof(f->detail));
	int err = errno;
	char line[64] = "";

	vfl_close(h);
	if (!h && err == ENOENT) {
		DETAIL(f, "not asked: the module is not there");
		return VERDICT_OK;
	}
	if (!h) {
		MEND(f,
		     "install module and programs of one version, then modprobe -r vfleet && modprobe vfleet");
		return VERDICT_BAD;
	}
	doctor_line("/sys/module/vfleet/version", "", line, sizeof(line));
	line[strcspn(line, "\n")] = '\0';
	DETAIL(f, "module %s, this command %s, both speak version %d", line,
	       VFLEET_VERSION, VFL_FAMILY_VERSION);
	if (!strcmp(line, VFLEET_VERSION))
		return VERDICT_OK;
	MEND(f,
	     "install module and programs of one version, then modprobe -r vfleet && modprobe vfleet");
	return VERDICT_WARN;
}

const struct check doctor_vf[] = {
	{ "iommu", check_iommu },
	{ "groups", check_groups },
	{ "no-iommu", check_noiommu },
	{ "pf", check_pf },
	{ "autoprobe", check_autoprobe },
	{ "vfio-pci", check_vfio },
	{ "module", check_module },
	{ "protocol", check_protocol },
	{ NULL, NULL },
};
