// SPDX-License-Identifier: BSD-3-Clause
/* failure.c - why a CNI command failed: the specification's code and a sentence */
#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int failure_set(struct failure *f, int code, const char *fmt, ...)
{
	va_list ap;

	f->code = code;
	va_start(ap, fmt);
	vsnprintf(f->details, sizeof(f->details), fmt, ap);
	va_end(ap);
	return -1;
}

int failure_of_module(struct failure *f, int err, const char *sentence)
{
	int code = FAILURE_REFUSED;

	if (err == -EAGAIN || err == -EBUSY)
		code = FAILURE_TRY_AGAIN;
	else if (err == -ENOENT || err == -EPROTO)
		code = FAILURE_UNAVAILABLE;
	else if (err == -ENODEV || err == -EINVAL || err == -EOPNOTSUPP)
		code = FAILURE_CONFIG;
	return failure_set(f, code, "%s", sentence);
}

const char *failure_words(int code)
{
	switch (code) {
	case FAILURE_VERSION:
		return "incompatible CNI version";
	case FAILURE_UNKNOWN_KEY:
		return "unsupported field in network configuration";
	case FAILURE_ENVIRONMENT:
		return "invalid environment variable";
	case FAILURE_IO:
		return "I/O failure";
	case FAILURE_JSON:
		return "cannot decode the network configuration";
	case FAILURE_CONFIG:
		return "invalid network configuration";
	case FAILURE_TRY_AGAIN:
		return "try again later";
	case FAILURE_UNAVAILABLE:
		return "the plugin is not available";
	case FAILURE_ATTACHED:
		return "already attached";
	case FAILURE_LOST:
		return "not attached";
	default:
		return "refused";
	}
}
