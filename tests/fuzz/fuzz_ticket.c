// SPDX-License-Identifier: ISC
/*
 * A saved TLS session of anybody's making: what is taken for one is what would
 * be saved; and of one that was saved no bit can change.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "net/ticket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned char key[TICKET_KEY_SIZE] = { 1, 2, 3 };

enum { NOW = 1800000000 };

static void
take_as_file(struct str file)
{
	AUTO(buf_release) struct buf again = BUF_INIT(TICKET_FILE_MAX);
	int64_t since = -1;
	struct str found;
	if (!ticket_unpack(key, NOW, file, &since, &found))
		return;
	assert(since <= NOW && since > NOW - TICKET_LIFETIME_S);
	assert(found.len > 0 && found.ptr + found.len == file.ptr + file.len);
	assert(ticket_pack(key, since, found, &again));
	assert(str_eq(buf_str(&again), file));
}

static void
take_as_data(struct str content, uint8_t chance)
{
	AUTO(buf_release) struct buf file = BUF_INIT(TICKET_FILE_MAX);
	int64_t since = NOW - chance;
	struct str found;
	if (!ticket_pack(key, since, content, &file))
		return;
	assert(ticket_unpack(key, NOW, buf_str(&file), &since, &found));
	assert(str_eq(found, content) && since == NOW - chance);
	size_t at = (size_t)chance * 131 % file.len;
	file.data[at] = (char)(file.data[at] ^ (1 << chance % 8));
	assert(!ticket_unpack(key, NOW, buf_str(&file), &since, &found));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct str text = { (const char *)data, size };
	take_as_file(text);
	take_as_data(text, size > 0 ? data[size - 1] : 0);
	return 0;
}
