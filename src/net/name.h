// SPDX-License-Identifier: ISC
/*
 * Whether a certificate is for a host, as RFC 9525 says: by its alternative
 * names (subjectAltName) only, a name by dNSName, an address by iPAddress.
 */
#ifndef NET_NAME_H
#define NET_NAME_H

#include <stdbool.h>

#include "base/str.h"

struct buf;
struct gnutls_x509_crt_int; /* what gnutls_x509_crt_t points to */

enum name_fit {
	NAME_FITS,
	NAME_DIFFERS,
	NAME_IS_COMMON, /* it has none, but its common name (CN) would fit */
};

/*
 * Whether a dNSName, which may hold anything, stands for the host, which is of
 * A-labels without a dot at its end.  "*" stands for one label: alone at the
 * left, and with two labels or more behind it, as GnuTLS wants it, too.
 */
bool name_stands_for(struct str name, struct str host);

/* For a name as above, or an address. */
enum name_fit name_compare(struct gnutls_x509_crt_int *crt, const char *host);

/* Appends those names, and addresses, with ", " between; without any, the
 * subject's name.  Made printable, as much as has room. */
void name_list(struct gnutls_x509_crt_int *crt, struct buf *names);

/* Be it with a zone, which inet_pton(3) does not take. */
bool name_is_address(const char *host);

#endif
