// SPDX-License-Identifier: ISC
/* What a server says first where TLS should be: it ends up in one line. */
#include <assert.h>
#include <gnutls/gnutls.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "net/fault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int codes[] = { GNUTLS_E_UNSUPPORTED_VERSION_PACKET,
		GNUTLS_E_UNEXPECTED_PACKET_LENGTH, GNUTLS_E_PULL_ERROR };
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		struct fault_scene scene = { .is_first = size % 2 == 0 };
		struct err e = ERR_INIT;
		size_t half = size / 2;
		fault_hear(&scene, (const char *)data, half);
		fault_hear(&scene, (const char *)data + half, size - half);
		bool ok = fault_in_handshake(NULL, codes[i], &scene, -1, &e);
		assert(!ok && e.exit != EX_OK && e.text[0] != '\0');
		assert(!str_has_controls(str_of(e.text)));
		assert(!str_has_controls(str_of(e.said)));
	}
	return 0;
}
