// SPDX-License-Identifier: ISC
#ifndef TESTS_UNIT_MESSAGE_TEXTS_H
#define TESTS_UNIT_MESSAGE_TEXTS_H

#include "base/str.h"

/* STR() as an initialiser of a constant. */
#define BYTES(literal)                         \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}

/* Messages with all that is odd about line ends, fields and bodies. */
static const struct str messages[] = {
	BYTES(""),
	BYTES("\n"),
	BYTES("\r"),
	BYTES("\0"),
	BYTES("\r\n"),
	BYTES("hi"),
	BYTES("hi\n"),
	BYTES("hi\r"),
	BYTES("To: a@b\n"),
	BYTES("To: a@b\r"),
	BYTES("To: a@b\r\r\n\r\r\nx\r\r\n"),
	BYTES("To: a@b\n\nhi\n"),
	BYTES("To: a@b\r\n\r\nhi\r\n"),
	BYTES("To: a@b\r\n\r\nhi\nho\n"),
	BYTES("To: a@b\nCc: c@d\n\r\nhi\r\nho"),
	BYTES("From x\nTo: a\n\n"),
	BYTES(">From x\nTo: a\n\n"),
	BYTES("From x\n\nTo: a\n"),
	BYTES("To: a,\n b,\n\tc\nBcc: d\n \n e\n\n."),
	BYTES("To : a\nX\r\r"),
	BYTES("Subject: x\rTo: y\n\n"),
	BYTES("Sub\0ject: x\n\n"),
	BYTES("Bcc: a\0b\n\n\0\0\n"),
	BYTES("A: b\n\n\n.\n\n.\r\n\r.\r\n\r\n.\r\r\r\n.\r\r\n"),
	BYTES("X: \xc3\xa4\n\n\xc3\xa4\n"),
	BYTES("\xc3\xa4: x\n"),
	BYTES(" To: a\n\n"),
	BYTES(": a\n\n"),
	BYTES("a:\n\r\r\r"),
	BYTES("a:\n\rb\r\rc\r\r\r\n"),
};

#endif
