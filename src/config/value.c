// SPDX-License-Identifier: ISC
#include "config/value.h"

#include <arpa/inet.h>

#include "base/err.h"
#include "base/hex.h"

enum { MD5_LEN = 16, SHA1_LEN = 20, SHA256_LEN = 32 };

bool
value_is_address(struct str text, struct err *e)
{
	char address[INET6_ADDRSTRLEN] = "", shown[80];
	unsigned char raw[16];
	size_t len = str_find(text, '%');
	bool has_zone = len < text.len;
	if (len < sizeof(address))
		memcpy(address, text.ptr, len);
	if ((!has_zone && inet_pton(AF_INET, address, raw) == 1) ||
	    inet_pton(AF_INET6, address, raw) == 1)
		return true;
	str_printable_to(text, shown, sizeof(shown));
	return err_set(
	    e, EX_CONFIG, "\"%s\" is not an IPv4 or IPv6 address", shown);
}

static bool
refuse_digest(const char *digest, struct err *e)
{
	(void)err_set(e, EX_CONFIG,
	    "is of the length of %s, which can be forged; SHA-256 is wanted",
	    digest);
	return err_hint(e,
	    "the certificate's: openssl x509 -noout -fingerprint -sha256 "
	    "-in FILE, or what posthaste says if it is wrong");
}

bool
value_is_fingerprint(struct str text, struct err *e)
{
	struct str rest = text, word;
	size_t nwords = 0;
	for (; str_word(&rest, " \t,", &word); nwords++) {
		unsigned char raw[SHA256_LEN];
		size_t n;
		bool is_hex = hex_parse(word, raw, sizeof(raw), &n);
		if (is_hex && n == MD5_LEN)
			return refuse_digest("MD5", e);
		if (is_hex && n == SHA1_LEN)
			return refuse_digest("SHA-1", e);
		if (is_hex && n == SHA256_LEN)
			continue;
		char shown[80];
		str_printable_to(word, shown, sizeof(shown));
		return err_set(e, EX_CONFIG,
		    "\"%s\" is not 64 hexadecimal digits (SHA-256)", shown);
	}
	return nwords > 0 || err_set(e, EX_CONFIG, "names no fingerprint");
}
