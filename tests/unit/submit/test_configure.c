// SPDX-License-Identifier: ISC
#include "submit/configure.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "nameserver.h"
#include "net/srv.h"
#include "unit.h"

static const char *const records[] = {
	"_submissions._tcp.both.example 0 1 465 mail.both.example",
	"_submission._tcp.both.example 0 1 587 mail.both.example",
	"_submissions._tcp.old.example 0 0 0 .",
	"_submission._tcp.old.example 10 1 587 mail.old.example",
	"_submission._tcp.old.example 20 1 25 spare.old.example",
	"_submissions._tcp.guest.example 0 1 465 mx.elsewhere.example",
	"_submissions._tcp.sure.example 0 1 465 mx.elsewhere.example",
	"_submissions._tcp.sure.example secure",
	("_submissions._tcp.xn--bcher-kva.example 0 1 465 "
	 "mx.xn--bcher-kva.example"),
	"_submissions._tcp.own.example 0 1 465 own.example",
	"_submissions._tcp.like.example 0 1 465 unlike.example",
	"_submissions._tcp.nonsense.example 0 1 465 mx nonsense",
	"_submissions._tcp.down.example servfail",
};

/* A name server of them; its process. */
static pid_t
serve(struct srv_nameserver *ns)
{
	int fd = nameserver_open(&ns->port);
	pid_t pid = fork();
	CHECK(fd != -1 && pid != -1);
	if (pid == 0) {
		nameserver_serve(fd, records, ARRAY_LEN(records));
		_exit(0);
	}
	(void)close(fd);
	return pid;
}

static void
stop(pid_t pid)
{
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
}

/* What is shown for the address, or how it fails. */
static void
shows(const char *address, const char *want, int exit)
{
	struct srv_nameserver ns = { .address = { 127, 0, 0, 1 },
		.timeout_s = 5 };
	struct buf out = BUF_INIT(10000);
	struct err e = ERR_INIT;
	pid_t pid = serve(&ns);
	CHECK_EQ(configure_show(address, &ns, &out, &e), exit == EX_OK);
	CHECK_EQ(e.exit, exit);
	CHECK_BUF(&out, want);
	buf_release(&out);
	stop(pid);
}

TEST(tls_at_once_is_preferred)
{
	shows("me@both.example",
	    "# For posthasterc(5), by _submissions._tcp.both.example in DNS.\n"
	    "host         mail.both.example\n"
	    "port         465\n"
	    "tls          on\n"
	    "tls_starttls off\n"
	    "auth         on\n"
	    "user         me@both.example\n"
	    "from         me@both.example\n"
	    "# a command that prints the password:\n"
	    "#passwordeval pass show mail.both.example\n",
	    EX_OK);
}

TEST(what_is_denied_is_passed_over_and_others_are_named)
{
	shows("Me <me@old.example>",
	    "# For posthasterc(5), by _submission._tcp.old.example in DNS.\n"
	    "host         mail.old.example\n"
	    "port         587\n"
	    "tls          on\n"
	    "tls_starttls on\n"
	    "auth         on\n"
	    "user         me@old.example\n"
	    "from         me@old.example\n"
	    "# a command that prints the password:\n"
	    "#passwordeval pass show mail.old.example\n"
	    "# or:        spare.old.example port 25\n",
	    EX_OK);
}

TEST(a_host_of_others_is_to_be_looked_at)
{
	shows("me@guest.example",
	    "# For posthasterc(5), by _submissions._tcp.guest.example in "
	    "DNS.\n"
	    "# That is no host of guest.example, and DNS can be forged: see "
	    "that it is right.\n"
	    "host         mx.elsewhere.example\n"
	    "port         465\n"
	    "tls          on\n"
	    "tls_starttls off\n"
	    "auth         on\n"
	    "user         me@guest.example\n"
	    "from         me@guest.example\n"
	    "# a command that prints the password:\n"
	    "#passwordeval pass show mx.elsewhere.example\n",
	    EX_OK);
}

/* Whether the text stands in what is shown for the address. */
static bool
is_shown(const char *address, const char *text)
{
	struct srv_nameserver ns = { .address = { 127, 0, 0, 1 },
		.timeout_s = 5 };
	struct buf out = BUF_INIT(10000);
	struct err e = ERR_INIT;
	pid_t pid = serve(&ns);
	CHECK(configure_show(address, &ns, &out, &e));
	bool is = strstr(buf_cstr(&out), text) != NULL;
	buf_release(&out);
	stop(pid);
	return is;
}

TEST(a_domain_may_be_its_own_host_but_not_the_end_of_another)
{
	CHECK(!is_shown("me@own.example", "can be forged"));
	CHECK(!is_shown("me@OWN.example", "can be forged"));
	CHECK(is_shown("me@like.example", "can be forged"));
}

TEST(what_dnssec_secures_is_not_forged)
{
	CHECK(!is_shown("me@sure.example", "can be forged"));
}

TEST(a_domain_in_another_script_is_asked_for_by_its_label)
{
	shows("me@b\xc3\xbc"
	      "cher.example",
	    "# For posthasterc(5), by "
	    "_submissions._tcp.xn--bcher-kva.example in DNS.\n"
	    "host         mx.xn--bcher-kva.example\n"
	    "port         465\n"
	    "tls          on\n"
	    "tls_starttls off\n"
	    "auth         on\n"
	    "user         me@b\xc3\xbc"
	    "cher.example\n"
	    "from         me@b\xc3\xbc"
	    "cher.example\n"
	    "# a command that prints the password:\n"
	    "#passwordeval pass show mx.xn--bcher-kva.example\n",
	    EX_OK);
}

TEST(a_domain_without_records_has_no_host)
{
	shows("me@none.example", "", EX_NOHOST);
}

TEST(a_name_server_in_trouble_means_later)
{
	shows("me@down.example", "", EX_TEMPFAIL);
}

TEST(what_is_no_address_is_misuse)
{
	shows("me", "", EX_USAGE);
	shows("", "", EX_USAGE);
	shows("<>", "", EX_USAGE);
	shows("me@[192.0.2.1]", "", EX_USAGE);
	shows("a@x, b@y", "", EX_USAGE);
}
