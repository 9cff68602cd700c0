// SPDX-License-Identifier: ISC
/*
 * A name server for tests, of SRV, TLSA and address records, over UDP on the
 * loopback.
 *
 * A record is "NAME PRIORITY WEIGHT PORT TARGET", "NAME tlsa USAGE SELECTOR
 * MATCHING HEX", "NAME a ADDRESS", "NAME aaaa ADDRESS" or "NAME cname TARGET",
 * whose records then follow; or a NAME and what is to be said of it: nxdomain,
 * servfail, refused, garbage, truncated, silence, late (a second), waits OTHER
 * (until OTHER is asked for, too) or secure (the AD bit).
 * "NAME WORD a" and "NAME WORD aaaa" say it to questions of that type alone.
 * Addresses are told to who asks for them.  A name of which nothing is said has
 * no records.
 */
#ifndef NAMESERVER_H
#define NAMESERVER_H

#include <stddef.h>
#include <sys/types.h>

/* A socket; *port 0: the kernel picks.  -1 if there is none. */
int nameserver_open(unsigned *port);

/* Answers until it is killed. */
void nameserver_serve(int fd, const char *const *records, size_t n);

/* The same in a process of its own; -1 if that cannot be. */
pid_t nameserver_start(const char *const *records, size_t n, unsigned *port);
void nameserver_stop(pid_t pid);

#endif
