// SPDX-License-Identifier: ISC
#include "net/dane.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/errand.h"
#include "base/hex.h"
#include "base/idn.h"
#include "base/late_gnutls.h"
#include "base/log.h"
#include "net/cert.h"
#include "net/refusal.h"
#include "net/store.h"
#include "net/tlsa.h"

enum { CHAIN_MAX = 16, CERT_MAX = 1 << 16, NAME_MAX_LEN = 1024 };

/* What the thread owns until it is done. */
struct work {
	struct buf name; /* "_465._tcp.mail.example.org" */
	struct tlsa_lookup lookup;
	struct err err;
	bool ok;
};

struct dane {
	struct errand *errand;
	struct work *work; /* the errand's */
	char *name;        /* the same */
};

static void
work_run(void *arg)
{
	struct work *w = arg;
	w->ok = tlsa_look_up(buf_cstr(&w->name), NULL, &w->lookup, &w->err);
}

static void
work_free(void *arg)
{
	struct work *w = arg;
	buf_release(&w->name);
	free(w);
}

/* RFC 6698 3 */
static bool
set_name(struct buf *name, const char *host, unsigned port, struct err *e)
{
	(void)!buf_printf(name, "_%u._tcp.", port);
	if (!idn_host_to_ascii(str_of(host), name, e))
		return false;
	if (name->data[name->len - 1] == '.')
		buf_truncate(name, name->len - 1);
	return true;
}

struct dane *
dane_begin(const char *host, unsigned port, struct err *e)
{
	struct work *w = mem_zalloc(sizeof(*w));
	w->name = BUF_INIT(NAME_MAX_LEN);
	w->err = ERR_INIT;
	if (!set_name(&w->name, host, port, e)) {
		work_free(w);
		return NULL;
	}
	char *name = str_dup(buf_str(&w->name));
	struct errand *errand = errand_begin(w, work_run, work_free, e);
	if (errand == NULL) {
		free(name);
		return NULL;
	}
	struct dane *d = mem_zalloc(sizeof(*d));
	*d = (struct dane){ .errand = errand, .work = w, .name = name };
	return d;
}

void
dane_release(struct dane **owned)
{
	struct dane *d = *owned;
	*owned = NULL;
	if (d == NULL)
		return;
	errand_release(&d->errand);
	free(d->name);
	free(d);
}

/* Leaves what decides. */
static void
settle(const struct dane *d)
{
	struct tlsa_answer *a = &d->work->lookup.answer;
	size_t n = a->n;
	tlsa_keep_usable(a);
	if (!d->work->lookup.is_local)
		log_debug("no word of a name server that is not on this host "
			  "counts: %s was not asked for",
		    d->name);
	else if (n == 0)
		log_debug("there are no TLSA records at %s", d->name);
	else if (!a->is_secure)
		log_debug("the TLSA records of %s are not secured by DNSSEC, "
			  "and do not count",
		    d->name);
	else
		log_debug("of %zu secure TLSA records at %s %zu can be used", n,
		    d->name, a->n);
	if (!a->is_secure)
		a->n = 0;
}

bool
dane_await(struct dane *d, int64_t until_msec, struct err *e)
{
	if (!errand_wait(d->errand, until_msec)) {
		(void)err_set(e, EX_TEMPFAIL,
		    "look up the TLSA records of %s: no answer in time",
		    d->name);
		return err_hint(e, "can the name server be reached?");
	}
	if (!d->work->ok) {
		*e = d->work->err;
		return false;
	}
	settle(d);
	return true;
}

static const struct tlsa_answer *
answer_of(const struct dane *d)
{
	return &d->work->lookup.answer;
}

bool
dane_decides(const struct dane *d)
{
	return d != NULL && answer_of(d)->n > 0;
}

bool
dane_needs_authorities(const struct dane *d)
{
	for (size_t i = 0; i < answer_of(d)->n; i++)
		if (answer_of(d)->records[i].usage <= TLSA_PKIX_EE)
			return true;
	return false;
}

static bool
has_digest(
    const struct tlsa_record *r, gnutls_digest_algorithm_t hash, struct str der)
{
	unsigned char digest[64];
	return gnutls_hash_fast(hash, der.ptr, der.len, digest) >= 0 &&
	    memcmp(digest, r->data, r->len) == 0;
}

/* Whether the record is of that certificate or its key. */
static bool
is_of(const struct tlsa_record *r, gnutls_x509_crt_t crt)
{
	AUTO(buf_release) struct buf der = BUF_INIT(CERT_MAX);
	if (r->selector == TLSA_SPKI ? !cert_key_der(crt, &der)
				     : !cert_der(crt, &der))
		return false;
	switch (r->matching) {
	case TLSA_SHA256:
		return has_digest(r, GNUTLS_DIG_SHA256, buf_str(&der));
	case TLSA_SHA512:
		return has_digest(r, GNUTLS_DIG_SHA512, buf_str(&der));
	default:
		return der.len == r->len &&
		    memcmp(der.data, r->data, r->len) == 0;
	}
}

/* A judgement that is going on. */
struct trial {
	const struct dane *dane;
	struct dane_peer peer;
	gnutls_x509_crt_t chain[CHAIN_MAX]; /* its own certificate first */
	size_t nchain;
	struct err why; /* the last anchor was not enough; EX_OK: no such one */
};

/* That authority and no other, with what it has revoked. */
static bool
believe(struct trial *t, gnutls_certificate_credentials_t one,
    gnutls_x509_crt_t authority)
{
	struct err ignored = ERR_INIT;
	return gnutls_certificate_set_x509_trust(one, &authority, 1) == 1 &&
	    (t->peer.crl_file == NULL ||
		store_load_crl(one, t->peer.crl_file, &ignored)) &&
	    gnutls_credentials_set(
		t->peer.session, GNUTLS_CRD_CERTIFICATE, one) >= 0;
}

/*
 * Whether the peer is good if that authority is, and no other: by the session
 * itself, so that all of its rules hold, such as on stapled answers of OCSP,
 * and by ours.
 */
static bool
is_good_under(struct trial *t, gnutls_x509_crt_t authority)
{
	gnutls_certificate_credentials_t one;
	unsigned status = 0;
	if (gnutls_certificate_allocate_credentials(&one) < 0)
		return false;
	bool ok = believe(t, one, authority) &&
	    cert_verify_peer(t->peer.session, t->peer.host, &status) >= 0 &&
	    refusal_judge(t->peer.session, status, t->peer.host, NULL, &t->why);
	(void)gnutls_credentials_set(
	    t->peer.session, GNUTLS_CRD_CERTIFICATE, t->peer.credentials);
	gnutls_certificate_free_credentials(one);
	return ok;
}

/* The server's own certificate is no authority, though it may have signed
 * itself. */
static bool
is_by_shown(struct trial *t, const struct tlsa_record *r)
{
	for (size_t i = 1; i < t->nchain; i++)
		if (is_of(r, t->chain[i]) && is_good_under(t, t->chain[i]))
			return true;
	return false;
}

/* All of an authority's certificate may stand in DNS, and not be shown. */
static bool
is_by_record(struct trial *t, const struct tlsa_record *r)
{
	union {
		const unsigned char *borrowed;
		unsigned char *bytes;
	} data = { .borrowed = r->data };
	const gnutls_datum_t der = { data.bytes, (unsigned)r->len };
	AUTO(cert_release) gnutls_x509_crt_t crt = NULL;
	return r->selector == TLSA_CERT && r->matching == TLSA_FULL &&
	    gnutls_x509_crt_init(&crt) >= 0 &&
	    gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) >= 0 &&
	    is_good_under(t, crt);
}

/* Roots are seldom shown: ours is the one that signed what is shown last. */
static bool
is_by_root(struct trial *t, const struct tlsa_record *r)
{
	gnutls_x509_crt_t root;
	return gnutls_certificate_get_issuer(t->peer.credentials,
		   t->chain[t->nchain - 1], &root, 0) >= 0 &&
	    is_of(r, root) && is_good_under(t, root);
}

static bool
is_match(struct trial *t, const struct tlsa_record *r)
{
	switch (r->usage) {
	case TLSA_PKIX_EE:
	case TLSA_DANE_EE: return is_of(r, t->chain[0]);
	case TLSA_DANE_TA: return is_by_shown(t, r) || is_by_record(t, r);
	default: return is_by_shown(t, r) || is_by_root(t, r);
	}
}

/* "3 1 1 ..." as it would have to be. */
static bool
refuse(struct trial *t, struct err *e)
{
	unsigned char digest[CERT_HASH_SIZE];
	char hex[CERT_FINGERPRINT_SIZE] = "?";
	if (t->why.exit != EX_OK) {
		*e = t->why;
		return err_wrap(e, "TLSA records of %s", t->dane->name);
	}
	if (cert_key_digest(t->chain[0], digest))
		hex_print(digest, sizeof(digest), hex, sizeof(hex));
	(void)err_set(e, EX_UNAVAILABLE,
	    "the certificate is none of those that the TLSA records of %s "
	    "allow",
	    t->dane->name);
	return err_hint(e,
	    "somebody may stand between you and the server; if not, its "
	    "owner has to publish 3 1 1 %s",
	    hex);
}

static bool
judge(struct trial *t, bool with_authorities, struct err *e)
{
	const struct tlsa_answer *a = answer_of(t->dane);
	if (t->nchain == 0)
		return err_set(
		    e, EX_UNAVAILABLE, "the certificate makes no sense");
	for (size_t i = 0; i < a->n; i++) {
		const struct tlsa_record *r = &a->records[i];
		if ((r->usage <= TLSA_PKIX_EE) != with_authorities ||
		    !is_match(t, r))
			continue;
		log_debug("a TLSA record %u %u %u of %s vouches for the "
			  "certificate",
		    r->usage, r->selector, r->matching, t->dane->name);
		return true;
	}
	return refuse(t, e);
}

static bool
try(const struct dane *d, const struct dane_peer *peer, bool with_authorities,
    struct err *e)
{
	struct trial t = { .dane = d, .peer = *peer, .why = ERR_INIT };
	t.nchain = cert_list_of_peer(peer->session, t.chain, CHAIN_MAX);
	bool ok = judge(&t, with_authorities, e);
	for (size_t i = 0; i < t.nchain; i++)
		gnutls_x509_crt_deinit(t.chain[i]);
	return ok;
}

bool
dane_vouches(const struct dane *d, const struct dane_peer *peer, struct err *e)
{
	return try(d, peer, false, e);
}

bool
dane_allows(const struct dane *d, const struct dane_peer *peer, struct err *e)
{
	return try(d, peer, true, e);
}
