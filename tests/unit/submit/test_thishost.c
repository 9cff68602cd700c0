// SPDX-License-Identifier: ISC
#include "submit/thishost.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "unit.h"

static int nqueries; /* of the full name; each test begins at 0 */

static bool
find_full_name(const char *name, struct buf *out)
{
	nqueries++;
	return strcmp(name, "nas") == 0 && buf_add_str(out, STR("nas.lan"));
}

static struct thishost
given_host(const char *name, const char *list, const char *never)
{
	const struct thishost_facts facts = {
		.name = name,
		.find_full_name = find_full_name,
		.mailname_file = "/nonexistent/mailname",
	};
	struct thishost h;
	nqueries = 0;
	thishost_init(&h, list, never, &facts);
	return h;
}

static void
check_local(struct thishost *h, const char *domains, bool want, int line)
{
	struct str rest = str_of(domains), word;
	while (str_word(&rest, " ", &word))
		unit_check(thishost_is_local(h, word) == want, __FILE__, line,
		    "%.*s", STR_FMT(word));
}

#define LOCAL(h, domains) check_local((h), (domains), true, __LINE__)
#define FOREIGN(h, domains) check_local((h), (domains), false, __LINE__)

static void
check_full_name(const char *name, const char *want)
{
	struct str got = thishost_full_name(str_of(name));
	unit_check(str_eq(got, str_of(want)), __FILE__, __LINE__, "%s: %.*s",
	    name, STR_FMT(got));
}

TEST(a_full_name_is_one_that_others_could_know)
{
	static const char *const none[] = { "", ".", "nas", "nas.", "localhost",
		"localhost.localdomain", "nas.LocalDomain", "mail.localhost",
		"192.0.2.1", "my_nas.example.org", "nas..example.org",
		".example.org", "nas.example.org..", "-nas.example.org",
		"nas-.example.org", "nas.example.org ",
		"n\xc3\xa4s.example.org", "nas.example.org\r\nRSET",
		("a2345678901234567890123456789012345678901234567890123456789"
		 "01234.example.org") };
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		check_full_name(none[i], "");
	check_full_name("nas.example.org", "nas.example.org");
	check_full_name("nas.example.org.", "nas.example.org");
	check_full_name("NAS.lan", "NAS.lan");
	check_full_name("n-1.2.3e", "n-1.2.3e");
	check_full_name("xn--ns-yia.example.org", "xn--ns-yia.example.org");
}

TEST(auto_is_localhost_and_the_names_of_this_host)
{
	AUTO(thishost_release)
	struct thishost h = given_host("www.example.org", "auto", NULL);
	LOCAL(&h,
	    "localhost LOCALHOST.localdomain www.example.org WWW.Example.Org "
	    "www");
	FOREIGN(&h, "example.org www.example.com www.lan nas");
	CHECK_EQ(nqueries, 0);
}

TEST(the_full_name_is_looked_up_once_and_only_if_it_matters)
{
	AUTO(thishost_release)
	struct thishost h = given_host("nas", "auto", NULL);
	LOCAL(&h, "localhost nas NAS");
	FOREIGN(&h, "example.org nas2.lan nasa x.nas.lan");
	CHECK_EQ(nqueries, 0);
	LOCAL(&h, "NAS.lan nas.lan");
	CHECK_EQ(nqueries, 1);
	FOREIGN(&h, "nas.example.org nas.example.com");
	CHECK_EQ(nqueries, 1);
	CHECK(locals_has(&h.locals, STR("nas.lan")));
}

TEST(a_full_name_that_is_not_to_be_had_is_asked_for_once)
{
	AUTO(thishost_release)
	struct thishost h = given_host("vm", "auto", NULL);
	FOREIGN(&h, "vm.lan vm.example.org");
	CHECK_EQ(nqueries, 1);
}

TEST(a_list_says_what_else_and_what_not)
{
	AUTO(thishost_release)
	struct thishost both = given_host("nas", "a.example,AUTO b", NULL);
	LOCAL(&both, "a.example b localhost nas.lan");
	AUTO(thishost_release)
	struct thishost alone = given_host("nas", "a.example", NULL);
	LOCAL(&alone, "a.example");
	FOREIGN(&alone, "localhost nas nas.lan");
	AUTO(thishost_release)
	struct thishost off = given_host("nas", NULL, NULL);
	FOREIGN(&off, "localhost nas nas.lan");
	CHECK_EQ(nqueries, 0);
	AUTO(thishost_release)
	struct thishost idn = given_host("",
	    "b\xc3\xbc"
	    "cher.example auto",
	    NULL);
	LOCAL(&idn, "xn--bcher-kva.example localhost");
}

TEST(the_accounts_domain_is_known_by_names_at_most)
{
	AUTO(thishost_release)
	struct thishost h = given_host("example.org", "auto", "Example.org");
	FOREIGN(&h, "example.org");
	LOCAL(&h, "example localhost");
	CHECK(thishost_is_by_name(&h, STR("example.ORG")));
	AUTO(thishost_release)
	struct thishost nas = given_host("nas", "auto", "nas.lan");
	FOREIGN(&nas, "nas.lan");
	CHECK_EQ(nqueries, 0);
	CHECK(thishost_is_by_name(&nas, STR("nas.lan")));
	CHECK(thishost_is_by_name(&nas, STR("nas.lan")));
	CHECK_EQ(nqueries, 1);
	FOREIGN(&nas, "nas.lan");
	AUTO(thishost_release)
	struct thishost other = given_host("vm", "auto", "nas.lan");
	CHECK(!thishost_is_by_name(&other, STR("nas.lan")));
	CHECK(!thishost_is_by_name(&other, STR("vm.lan")));
	CHECK(!thishost_is_by_name(&other, STR("")));
}

static bool
is_in_mailname(const char *text, const char *domain)
{
	char path[] = "/tmp/test_thishost.XXXXXX";
	int fd = mkstemp(path);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	AUTO(thishost_release)
	struct thishost h = given_host("vm", "auto", NULL);
	h.mailname_file = path;
	bool is = thishost_is_by_name(&h, str_of(domain));
	CHECK(!thishost_is_local(&h, str_of(domain)));
	(void)unlink(path);
	/* it is read once */
	CHECK(thishost_is_by_name(&h, str_of(domain)) == is);
	(void)close(fd);
	return is;
}

TEST(the_mail_name_is_the_first_line_of_its_file)
{
	CHECK(is_in_mailname("mail.example\n", "Mail.Example"));
	CHECK(is_in_mailname(" mail.example \r\nother\n", "mail.example"));
	CHECK(is_in_mailname("mail.example", "mail.example"));
	CHECK(!is_in_mailname("mail.example\nother\n", "other"));
	CHECK(!is_in_mailname("", "mail.example"));
	CHECK(!is_in_mailname("\n", "mail.example"));
}

TEST(this_system_has_names)
{
	char name[256];
	const struct thishost_facts facts = thishost_here(name, sizeof(name));
	CHECK(facts.name == name && strlen(name) < sizeof(name));
	CHECK_STR(facts.mailname_file, "/etc/mailname");
	AUTO(buf_release) struct buf full = BUF_INIT(1000);
	CHECK(facts.find_full_name("localhost", &full));
	CHECK(full.len > 0);
}
