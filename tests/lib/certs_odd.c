// SPDX-License-Identifier: ISC
/*
 * What ca signs by way of others: "chained" under "sub", which subcrl.pem takes
 * back; "cut" without showing sub; "underold" under the expired "oldsub";
 * "toowide", for which "narrow" has no right; "bynoca" under a server.  What is
 * odd in itself has the name of the oddity.
 */
#include "certs.h"

#define NAME(text)                       \
	{                                \
		(text), sizeof(text) - 1 \
	}

static void
make_leaf(int dir, const struct wanted *w, time_t now)
{
	struct signer leaf = { 0 };
	make(dir, w, now, &leaf);
	signer_release(&leaf);
}

static void
make_chains(int dir, const struct signer *ca, time_t now)
{
	struct signer sub = { 0 }, oldsub = { 0 }, narrow = { 0 };
	struct signer server = { 0 };
	const struct wanted signers[] = {
		{ .name = "sub", .from_day = -9, .to_day = 365, .by = ca },
		{ .name = "oldsub", .from_day = -30, .to_day = -1, .by = ca },
		{ .name = "narrow",
		    .from_day = -9,
		    .to_day = 365,
		    .by = ca,
		    .odd = ODD_NARROW },
		{ .name = "server",
		    .host = "server.example",
		    .from_day = -9,
		    .to_day = 365,
		    .by = ca },
	};
	struct signer *made[] = { &sub, &oldsub, &narrow, &server };
	const struct wanted leaves[] = {
		{ .name = "chained", .by = &sub },
		{ .name = "cut",
		    .by = &sub,
		    .odd = ODD_ALONE | ODD_SAYS_WHERE },
		{ .name = "underold", .by = &oldsub },
		{ .name = "toowide", .by = &narrow },
		{ .name = "bynoca", .by = &server },
	};
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		make(dir, &signers[i], now, made[i]);
	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		struct wanted leaf = leaves[i];
		leaf.host = "localhost";
		leaf.from_day = -1;
		leaf.to_day = 365;
		leaf.purpose = FOR_SERVERS;
		make_leaf(dir, &leaf, now);
	}
	write_crl(dir, ca, sub.crt, now - DAY, now + DAY, "subcrl");
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		signer_release(made[i]);
}

/* Signed by ca, for localhost and a year, and odd. */
static void
make_leaves(
    int dir, const struct signer *ca, const struct signer *other, time_t now)
{
	static const struct odd_name nul[] = { NAME("localhost\0.example"),
		{ 0 } };
	static const struct odd_name many[] = { NAME("*.wild.example"),
		NAME("f*.part.example"), NAME("a.*.inner.example"), NAME("*"),
		NAME("*.test"), NAME("xn--bcher-kva.example"),
		NAME("xn--*.idn.example"), NAME("Upper.Example"),
		NAME("dot.example."), { 0 } };
	static const struct odd_name numeric[] = { NAME("127.0.0.1"),
		NAME("*.0.0.1"), NAME("::1"), { 0 } };
	const struct wanted leaves[] = {
		{ .name = "farfuture", .from_day = 800, .to_day = 1200 },
		{ .name = "cnonly", .odd = ODD_COMMON_NAME },
		{ .name = "sha1", .odd = ODD_SHA1 },
		{ .name = "shortkey", .odd = ODD_SHORT_KEY },
		{ .name = "nosign", .odd = ODD_NO_SIGNATURE },
		{ .name = "alone", .by = other, .odd = ODD_ALONE },
		{ .name = "nulname", .names = nul },
		{ .name = "names", .names = many },
		{ .name = "numeric", .names = numeric },
	};
	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		struct wanted leaf = leaves[i];
		leaf.host = "localhost";
		leaf.purpose = FOR_SERVERS;
		if (leaf.by == NULL)
			leaf.by = ca;
		if (leaf.to_day == 0) {
			leaf.from_day = -1;
			leaf.to_day = 365;
		}
		make_leaf(dir, &leaf, now);
	}
}

static void
make_stapled(
    int dir, const struct signer *ca, const struct signer *other, time_t now)
{
	const struct wanted leaves[] = {
		{ .name = "stapled" },
		{ .name = "muststaple", .odd = ODD_MUST_STAPLE },
	};
	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		struct wanted w = leaves[i];
		struct signer leaf = { 0 };
		w.host = "localhost";
		w.from_day = -1;
		w.to_day = 365;
		w.by = ca;
		w.purpose = FOR_SERVERS;
		make(dir, &w, now, &leaf);
		write_answers(dir, ca, other, leaf.crt, w.name, now);
		signer_release(&leaf);
	}
}

void
make_odd(
    int dir, const struct signer *ca, const struct signer *other, time_t now)
{
	make_chains(dir, ca, now);
	make_leaves(dir, ca, other, now);
	make_stapled(dir, ca, other, now);
}
