// SPDX-License-Identifier: ISC
/*
 * The servers that "host" names, in the order in which they are tried: names
 * or addresses with blanks or commas between.
 *
 *	NAME  NAME:PORT  ADDRESS  [ADDRESS]  [ADDRESS]:PORT  srv:DOMAIN
 */
#ifndef CONFIG_HOSTS_H
#define CONFIG_HOSTS_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;
struct err;

enum { HOSTS_MAX = 16 };

struct host {
	struct str name; /* borrowed; less brackets, port and "srv:" */
	unsigned port;   /* 0: that of the settings, or of DNS */
	bool is_srv;     /* name is a domain that says in DNS who they are */
};

/*
 * Takes the next one from the front of *rest.  False at the end, and with
 * EX_CONFIG, of which *e is free before, if it is none.
 */
bool hosts_next(struct str *rest, struct host *host, struct err *e) MUST_CHECK;

/* For the table: one at least, and HOSTS_MAX at most.  EX_CONFIG */
bool hosts_are_well(struct str text, struct err *e) MUST_CHECK;

/*
 * Appends the name of the first: what is known of a server by its name, such
 * as a password, is asked for by that.  Nothing for NULL.
 */
void hosts_add_first(const char *text, struct buf *name);

#endif
