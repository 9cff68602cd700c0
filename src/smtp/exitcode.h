// SPDX-License-Identifier: ISC
/* Which sysexits(3) code a reply deserves. */
#ifndef SMTP_EXITCODE_H
#define SMTP_EXITCODE_H

/* The steps of a session, in the order in which they come. */
enum smtp_stage {
	SMTP_GREETING,
	SMTP_EHLO,
	SMTP_HELO,
	SMTP_STARTTLS,
	SMTP_TLS, /* the caller's handshake */
	SMTP_AUTH,
	SMTP_ETRN,
	SMTP_RSET, /* between two transactions, where one must be ended */
	SMTP_MAIL,
	SMTP_RCPT,
	SMTP_DATA,
	SMTP_TEXT, /* the message after DATA, and the reply to it */
	SMTP_BDAT, /* the message with BDAT, and the reply to it */
	SMTP_QUIT,
	SMTP_STAGE_COUNT
};

/*
 * For a reply of class 4 or 5 at that stage; enh is its enhanced status code
 * (RFC 3463) or "".
 */
int exitcode_of_reply(enum smtp_stage stage, int code, const char *enh);

#endif
