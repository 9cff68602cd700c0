// SPDX-License-Identifier: ISC
/* What the settings say of the way to the server, for net's structs. */
#ifndef SUBMIT_LINE_H
#define SUBMIT_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "config/settings.h"

struct buf;
struct dial_result;
struct dial_target;
struct server;
struct tls_identity;
struct tls_options;

/*
 * Whether to have TLS.  On a socket nobody can stand between, so there "auto"
 * is off; unless TLS's details are set, or it is required on the way on: then
 * it is on.
 */
enum toggle line_tls(const struct settings *s);

/* Whether nobody can listen in, even without TLS. */
bool line_is_private(const struct settings *s);

/* Whether the connection begins with TLS on this port. */
bool line_is_tls_first(
    const struct settings *s, const struct server *server, unsigned port);

/*
 * Whether a connection without verified TLS is refused.  "tls auto" gives
 * way only for a relay that gets no password, on a port that does not
 * promise TLS (as DNS does), for a user who has said nothing else of TLS.
 */
bool line_needs_tls(
    const struct settings *s, const struct server *server, unsigned port);

/* The target's ports: those that fit the settings, best first. */
void line_choose_ports(const struct settings *s, const struct server *server,
    struct dial_target *target);

/* All but the ports, the time and the proxy's password. */
void line_fill_target(const struct settings *s, const struct server *server,
    struct dial_target *target);

/* All but what depends on the port, and the time. */
void line_fill_tls(const struct settings *s, const struct server *server,
    struct tls_options *o);

/*
 * Our own certificate and key, if there is TLS and the settings name them;
 * else NULL.  Asks for the key's passphrase if it needs one.  They have to
 * outlive *identity.  EX_CONFIG, EX_NOPERM
 */
bool line_load_identity(const struct settings *s,
    struct tls_identity **identity, struct err *e) MUST_CHECK;

/* Appended, if the proxy may want it; as secret_get(). */
bool line_get_proxy_password(
    const struct settings *s, struct buf *password, struct err *e) MUST_CHECK;

/* "WHERE: tls_priorities: ...", if there is TLS and GnuTLS has no idea of them.
 * EX_CONFIG */
bool line_check_priorities(const struct settings *s, struct err *e) MUST_CHECK;

/* "HOST:PORT", or the socket's path, for the user; and for the log how. */
void line_describe(const struct settings *s, const struct server *server,
    const struct dial_result *peer, char *dst, size_t size);

#endif
