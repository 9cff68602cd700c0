// SPDX-License-Identifier: ISC
/*
 * A race of connections: to each port and address of a host, one begun when the
 * last has had its time or failed, and the first that stands is it (RFC 8305).
 */
#ifndef NET_RACE_H
#define NET_RACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/attr.h"

struct addrinfo;
struct dial_target;
struct err;
struct lookup;

enum {
	RACE_RUNNERS_MAX = 64,
	RACE_LISTS_MAX = 2, /* of addresses: one, or one of each family */
};

/* One address and port to be tried. */
struct runner {
	struct sockaddr_storage addr;
	socklen_t len;
	unsigned port;
	const struct addrinfo *list; /* where it stands */
	int fd;
};

/* All attempts, in the order in which they are made. */
struct race {
	const struct dial_target *target;
	struct lookup *lookup; /* NULL: there will be no other lists */
	const struct addrinfo *lists[RACE_LISTS_MAX];
	size_t nlists;
	struct runner runners[RACE_RUNNERS_MAX];
	size_t nrunners;
	size_t nstarted;
	size_t nrunning;
	struct sockaddr_storage source; /* AF_UNSPEC: any */
	socklen_t source_len;
	int sys;       /* why one failed that is worth telling; 0: none did */
	size_t failed; /* which one that was */
	bool has_used_time;
};

void race_address_text(
    const struct sockaddr_storage *addr, char *dst, socklen_t size);

/* bind(2) to the source address. */
int race_bind_source(const struct race *r, int fd);

/* Does what the target has to be done meanwhile, once. */
void race_use_time(struct race *r);

/* Puts all of the lists' addresses behind what has been begun. */
void race_line_up(struct race *r);

/* Lines up the addresses that come by then (clock_msec()). */
void race_take_addresses(struct race *r, int64_t until_msec);

/* Whether there may be others than those. */
bool race_awaits_addresses(const struct race *r);

/* The first to answer; NULL when the time is up or all have failed. */
struct runner *race_run(struct race *r, int64_t until_msec) MUST_CHECK;

/* Why nobody did, where somebody was to; false with EX_TEMPFAIL. */
bool race_lost(const struct race *r, struct err *e);

/* Closes what is still open. */
void race_end(struct race *r);

#endif
