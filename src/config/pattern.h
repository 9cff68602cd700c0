// SPDX-License-Identifier: ISC
/*
 * The words of msmtp in an account's sender: %U, %H, %C, %M and %F stand for
 * what is known of user, host and message, and * and ? for what any sender
 * may have at that place.
 *
 *	%U  the login name		%M  the first line of /etc/mailname
 *	%H  this host's name		%F  the address in the message's From
 *	%C  its canonical name		%%  a percent sign
 */
#ifndef CONFIG_PATTERN_H
#define CONFIG_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;
struct err;

/* What cannot be had from the system; borrowed. */
struct pattern_names {
	const char *mailname; /* the file of %M; NULL: /etc/mailname */
	const char *author;   /* %F; NULL: not known (yet) */
};

/* Whether each % is followed by a letter that means something.  EX_CONFIG. */
bool pattern_check(struct str pattern, struct err *e) MUST_CHECK;

/* The same of what is to be a host's name, in which %F is of no use. */
bool pattern_check_host(struct str pattern, struct err *e) MUST_CHECK;

/*
 * Appends the pattern with what its letters stand for; %F stays if it is not
 * known.  Only %C asks the name server, for a few seconds at most, and %H is
 * taken if it does not answer; %C is taken where %M's file is missing.
 */
bool pattern_expand(struct str pattern, const struct pattern_names *names,
    struct buf *out, struct err *e) MUST_CHECK;

/* Whether it has %F in it, or * or ?. */
bool pattern_wants_author(struct str pattern);
bool pattern_has_wildcards(struct str pattern);

/* How many of its characters stand for themselves. */
size_t pattern_literals(struct str pattern);

/*
 * Whether the address is one of those that the pattern, which is expanded,
 * means: * is any number of characters, ? is one; letters of either case are
 * the same in the domain.  Takes no more than the product of both lengths.
 */
bool pattern_matches(struct str pattern, struct str address);

#endif
