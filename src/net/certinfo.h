// SPDX-License-Identifier: ISC
/* What a certificate says, for the user; whether it is true is trust.h's. */
#ifndef NET_CERTINFO_H
#define NET_CERTINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/strvec.h"
#include "net/cert.h"

enum { CERTINFO_SERIAL_SIZE = 3 * 32 };

/* Text is as it stands there, or ASCII if it is ours; "" where unknown. */
struct certinfo {
	char *subject; /* owned, RFC 4514; NULL if there is none */
	char *issuer;
	struct strvec names; /* DNS names and addresses */
	bool has_dates;
	int64_t from; /* time_t */
	int64_t until;
	char serial[CERTINFO_SERIAL_SIZE];       /* "AB:CD:..." */
	char key[32];                            /* its type, "RSA" */
	unsigned key_bits;                       /* 0: unknown */
	char signature[32];                      /* "RSA-SHA256" */
	char fingerprint[CERT_FINGERPRINT_SIZE]; /* as tls_fingerprint's */
	char pin[CERT_PIN_SIZE];                 /* as tls_pin's */
};

/* From DER; false if that is no certificate.  Release it all the same. */
bool certinfo_read(struct str der, struct certinfo *info);

void certinfo_release(struct certinfo *info);

#endif
