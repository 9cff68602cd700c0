// SPDX-License-Identifier: ISC
/* A file of many certificates (PEM), looked through for a few of them. */
#ifndef NET_BUNDLE_H
#define NET_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum {
	BUNDLE_WINDOW = 32768, /* the longest certificate's PEM text */
};

enum bundle_result {
	BUNDLE_DONE,
	BUNDLE_ODD,     /* there is one that makes no sense, or is too long */
	BUNDLE_FAILED,  /* errno */
	BUNDLE_REFUSED, /* take() did */
};

struct bundle_search {
	const struct str *subjects; /* as they stand in DER; NULL: any */
	size_t nsubjects;
	/* Gets each certificate with one of those subjects, in PEM and
	 * borrowed; false ends the search. */
	bool (*take)(void *arg, struct str pem);
	void *arg;
	size_t nseen; /* certificates, up to where the search ended */
};

/*
 * Reads the file through one small window to its end.  Of certificates that
 * are not asked for, no more is looked at than it takes to know that.
 */
enum bundle_result bundle_search(int fd, struct bundle_search *search);

#endif
