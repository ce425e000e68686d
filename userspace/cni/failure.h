/* SPDX-License-Identifier: BSD-3-Clause */
/* failure.h - why a CNI command failed: the specification's code and a sentence */
#ifndef CNI_FAILURE_H
#define CNI_FAILURE_H

/* CNI specification 1.1.0, section 5, "Error"; from 100 on they are ours. */
enum failure_code {
	FAILURE_VERSION = 1,
	FAILURE_UNKNOWN_KEY = 2,
	FAILURE_ENVIRONMENT = 4,
	FAILURE_IO = 5,
	FAILURE_JSON = 6,
	FAILURE_CONFIG = 7,
	FAILURE_TRY_AGAIN = 11,
	FAILURE_UNAVAILABLE = 50,
	FAILURE_ATTACHED = 100,
	FAILURE_LOST = 101,
	FAILURE_REFUSED = 102,
};

struct failure {
	int code; /* enum failure_code, or what a delegated plugin answered */
	char details[512]; /* a sentence for the user */
};

/* Fills in code and sentence. Returns -1, for the caller to return. */
__attribute__((format(printf, 3, 4))) int
failure_set(struct failure *f, int code, const char *fmt, ...);

/* The same for what the module answered, a negative errno and its sentence. */
int failure_of_module(struct failure *f, int err, const char *sentence);

/* A few words for a code, the "msg" of the answer. */
const char *failure_words(int code);

#endif
