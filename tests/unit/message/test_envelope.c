// SPDX-License-Identifier: ISC
#include "unit.h"

#include <time.h>

#include "given.h"
#include "message/alias.h"
#include "message/envelope.h"
#include "message/locals.h"
#include "message/repair.h"
#include "message/resolve.h"

/* "sender>rcpt,rcpt,", or the error's text. */
static void
build(const char *text, const struct envelope_sources *from, struct buf *out,
    struct err *e)
{
	struct message m = given_message(str_of(text));
	AUTO(envelope_release) struct envelope env = ENVELOPE_INIT;
	if (envelope_build(&env, from, &m, e)) {
		CHECK(buf_printf(out, "%s>", env.sender));
		for (size_t i = 0; i < env.rcpts.len; i++)
			CHECK(buf_printf(out, "%s,", env.rcpts.items[i]));
		if (env.needs_utf8)
			CHECK(buf_add(out, "UTF8", 4));
	} else {
		CHECK(env.sender == NULL && env.rcpts.len == 0);
		CHECK(buf_add_str(out, str_of(e->text)));
	}
	message_release(&m);
}

static void
check_rcpts(const char *text, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	struct err e = ERR_INIT;
	build(text,
	    &(struct envelope_sources){ .sender = "s@x", .from_header = true },
	    &out, &e);
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

/* Recipients of a header with -t. */
#define HEADER(text, want) check_rcpts((text), (want), __LINE__)

static void
check_refused(const char *text, int exit, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	struct err e = ERR_INIT;
	build(text,
	    &(struct envelope_sources){ .sender = "s@x", .from_header = true },
	    &out, &e);
	unit_check(e.exit == exit, __FILE__, line, "exit %d", e.exit);
	unit_check(strstr(buf_cstr(&out), want) != NULL, __FILE__, line,
	    "\"%s\" is not in \"%s\"", want, buf_cstr(&out));
}

#define REFUSED(text, exit, want) \
	check_refused((text), (exit), (want), __LINE__)

static void
check_arg(const char *arg, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	AUTO(cstr_release) char *copy = str_dup(str_of(arg));
	struct err e = ERR_INIT;
	build("\n",
	    &(struct envelope_sources){
		.sender = "s@x", .args = &copy, .nargs = 1 },
	    &out, &e);
	unit_check(strstr(buf_cstr(&out), want) != NULL, __FILE__, line,
	    "\"%s\" is not in \"%s\"", want, buf_cstr(&out));
}

/* A recipient on the command line. */
#define ARG(arg, want) check_arg((arg), (want), __LINE__)

static void
check_sender(const char *sender, const char *text, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	AUTO(cstr_release) char *arg = str_dup(STR("r@x"));
	struct err e = ERR_INIT;
	build(text,
	    &(struct envelope_sources){ .sender = sender,
		.fallback = "fallback@x",
		.args = &arg,
		.nargs = 1 },
	    &out, &e);
	unit_check(strstr(buf_cstr(&out), want) == out.data, __FILE__, line,
	    "\"%s\" is not at the start of \"%s\"", want, buf_cstr(&out));
}

#define SENDER(sender, text, want) \
	check_sender((sender), (text), (want), __LINE__)

TEST(header_recipients_come_from_to_cc_and_bcc)
{
	HEADER("Bcc: a@x\nTo: b@x, C <c@x>\nX-To: no@x\ncc: d@x,\n e@x\n\nTo: "
	       "no@x\n",
	    "s@x>a@x,b@x,c@x,d@x,e@x,");
	HEADER("To: a@x\nTo: b@x\n\n", "s@x>a@x,b@x,");
}

TEST(an_empty_group_and_bcc_give_the_bcc_recipients)
{
	HEADER(
	    "To: undisclosed-recipients:;\nBcc: a@x, b@x\n\n", "s@x>a@x,b@x,");
}

TEST(names_with_a_comma_without_quotes_are_refused)
{
	REFUSED("To: SURNAME, First <a@x>\n\n", EX_DATAERR,
	    "To: \"SURNAME\" has no domain; is it a name");
	REFUSED("Cc: a@x, Doe, John <a@x>\n\n", EX_DATAERR, "Cc: \"Doe\"");
	REFUSED("Cc: de la Doe, John <a@x>\n\n", EX_DATAERR,
	    "Cc: cannot parse the address list near \"de la");
	HEADER("To: \"SURNAME, First\" <a@x>\n\n", "s@x>a@x,");
	HEADER("To: root, www-data, a.b+c_1\n\n", "s@x>root,www-data,a.b+c_1,");
}

TEST(header_errors_name_the_field)
{
	REFUSED("Resent-Cc: <a@b\n\n", EX_DATAERR,
	    "Resent-Cc: cannot parse the address list near \"<a@b\"");
	REFUSED("Bcc: a b\n\n", EX_DATAERR, "Bcc: cannot parse");
}

TEST(comments_with_commas_make_no_recipients)
{
	HEADER("To: ops@x (Team, West \\) still), d@y\n\n", "s@x>ops@x,d@y,");
}

TEST(resent_recipients_stand_alone)
{
	HEADER("Resent-To: a@x\nResent-Cc: b@x\nResent-Bcc: c@x\n"
	       "To: no@x\nBcc: no@x\n\n",
	    "s@x>a@x,b@x,c@x,");
	HEADER("To: no@x\nResent-Bcc: c@x\n\n", "s@x>c@x,");
	/* who sent it on says nothing of whom to */
	HEADER("Resent-From: a@x\nTo: b@x\n\n", "s@x>b@x,");
}

TEST(of_several_resent_blocks_the_first_counts)
{
	HEADER("Resent-To: a@x\nResent-Date: x\nResent-Cc: b@x\n"
	       "Received: by x\nResent-To: old@x\nTo: old@x\n\n",
	    "s@x>a@x,b@x,");
	HEADER("Received: by x\nResent-To: a@x\nReceived: by y\n"
	       "Resent-To: old@x\n\n",
	    "s@x>a@x,");
}

TEST(no_recipients_are_an_error_of_usage)
{
	REFUSED("To: undisclosed-recipients:;\n\n", EX_USAGE,
	    "no recipients in the message's To, Cc and Bcc");
	REFUSED("", EX_USAGE, "no recipients");
	ARG("", "no recipients");
	ARG(" , ", "no recipients");
}

TEST(one_argument_may_hold_several_addresses)
{
	ARG("<a@x>, b@y", "s@x>a@x,b@y,");
	ARG("A <a@x>,\"b c\"@y", "s@x>a@x,\"b c\"@y,");
	ARG("u=v@x,u+d@x,o'h@x", "s@x>u=v@x,u+d@x,o'h@x,");
	ARG("-oQ/tmp@x", "s@x>-oQ/tmp@x,");
	ARG("root", "s@x>root,");
	ARG("Root", "s@x>Root,");
}

TEST(argument_errors_name_the_argument)
{
	ARG("x y", "recipient \"x y\": cannot parse the address list near");
	ARG("a@x\nDATA", "recipient \"a@x\\x0aDATA\": ");
	ARG("a@x\r\n", "recipient \"a@x\\x0d\\x0a\": ");
	ARG("a@\xe4", "recipient \"a@\\xe4\": ");
}

TEST(arguments_and_header_are_added_up)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	AUTO(cstr_release) char *arg = str_dup(STR("arg@x, a@x"));
	struct err e = ERR_INIT;
	build("To: a@x, b@x\n\n",
	    &(struct envelope_sources){
		.sender = "", .args = &arg, .nargs = 1, .from_header = true },
	    &out, &e);
	CHECK_BUF(&out, ">arg@x,a@x,b@x,");
}

TEST(duplicates_go_once)
{
	HEADER(
	    "To: a@x, A@x, a@X, b@x, <a@x>\nCc: b@x\n\n", "s@x>a@x,A@x,b@x,");
	HEADER("To: root, root, \"root\"\n\n", "s@x>root,");
	HEADER("To: Bob@Example.org, bob@example.org\nCc: Bob@EXAMPLE.ORG\n\n",
	    "s@x>Bob@Example.org,bob@example.org,");
	ARG("Bob@x.org, bob@X.org, bob@x.org", "s@x>Bob@x.org,bob@X.org,");
	HEADER("To: a@B\xc3\xbc"
	       "cher.example, a@XN--bcher-kva.example\n\n",
	    "s@x>a@xn--bcher-kva.example,");
}

TEST(domains_become_a_labels_and_local_parts_want_utf8)
{
	HEADER("To: a@b\xc3\xbc"
	       "cher.example\n\n",
	    "s@x>a@xn--bcher-kva.example,");
	HEADER("To: j\xc3\xb6@x\n\n", "s@x>j\xc3\xb6@x,UTF8");
	SENDER("a@b\xc3\xbc"
	       "cher.example",
	    "\n", "a@xn--bcher-kva.example>r@x,");
	SENDER("j\xc3\xb6@x", "\n", "j\xc3\xb6@x>r@x,UTF8");
}

TEST(addresses_that_are_not_utf8_are_refused)
{
	REFUSED("To: caf\xe9@x.org\n\n", EX_DATAERR, "To: cannot parse");
	REFUSED("Cc: \"caf\xe9 x\"@x.org\n\n", EX_DATAERR, "no UTF-8");
	ARG("caf\xe9@x.org", "recipient \"caf\\xe9@x.org\": ");
	SENDER("caf\xe9@x.org", "\n", "sender \"caf\\xe9@x.org\": ");
	HEADER("To: caf\xc3\xa9@x.org\n\n", "s@x>caf\xc3\xa9@x.org,UTF8");
}

TEST(explicit_sender_goes_before_the_message)
{
	SENDER("a@x", "From: b@x\n\n", "a@x>");
	SENDER("Name <a@x>", "\n", "a@x>");
	SENDER("root", "\n", "root>");
	SENDER("a@x, b@x", "\n", "sender \"a@x, b@x\": more than one");
	SENDER("x y", "\n", "sender \"x y\": cannot parse");
	SENDER("a@x\r\nRCPT", "\n", "sender \"a@x\\x0d\\x0aRCPT\": ");
}

TEST(null_sender_is_written_in_two_ways)
{
	SENDER("", "From: b@x\n\n", ">r@x,");
	SENDER("<>", "From: b@x\n\n", ">r@x,");
}

TEST(sender_comes_from_the_message_in_order)
{
	SENDER(NULL,
	    "From: d@x\nSender: c@x\nResent-From: b@x\n"
	    "Resent-Sender: a@x\n\n",
	    "a@x>");
	SENDER(NULL, "From: d@x\nSender: c@x\nResent-From: b@x\n\n", "b@x>");
	SENDER(NULL, "From: d@x\nSender: c@x\n\n", "c@x>");
	SENDER(NULL, "From: D <d@x>\n\n", "d@x>");
}

TEST(sender_fields_that_do_not_hold_one_full_address_are_passed_over)
{
	SENDER(NULL, "Sender: root\nFrom: d@x\n\n", "d@x>");
	SENDER(NULL, "Sender: \nFrom: d@x\n\n", "d@x>");
	SENDER(NULL, "Sender: <d@\nFrom: d@x\n\n", "d@x>");
	SENDER(NULL, "From: a@x, b@x\n\n", "fallback@x>");
	SENDER(NULL, "From: root\n\n", "fallback@x>");
	SENDER(NULL, "", "fallback@x>");
	SENDER(NULL, "From: a@x, b@x\nFrom: c@x\n\n", "c@x>");
}

TEST(mailer_daemon_is_the_null_sender)
{
	SENDER("MAILER-DAEMON", "\n", ">r@x,");
	SENDER("mailer-daemon", "From: a@b\n\n", ">r@x,");
	SENDER("MAILER-DAEMON@x", "\n", "MAILER-DAEMON@x>r@x,");
}

static void
check_repaired(enum repair_mode mode, const char *sender, const char *text,
    const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	char *rcpt = (char[]){ "r@x" };
	char *names[] = { (char[]){ "localhost" }, NULL };
	const struct locals locals = { .domains = {
					   .items = names, .len = 1 } };
	const struct repair_rules rules = {
		.mode = mode,
		.own = STR("me@x.org"),
		.locals = &locals,
	};
	struct err e = ERR_INIT;
	build(text,
	    &(struct envelope_sources){
		.sender = sender,
		.fallback = "me@x.org",
		.args = &rcpt,
		.nargs = 1,
		.repair = &rules,
	    },
	    &out, &e);
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

#define REPAIRED(mode, sender, text, want) \
	check_repaired((mode), (sender), (text), (want), __LINE__)

TEST(a_sender_of_this_host_only_becomes_the_own_address)
{
	REPAIRED(REPAIR_INVALID, "root", "\n", "me@x.org>r@x,");
	REPAIRED(REPAIR_INVALID, "j\xc3\xb6@localhost", "\n", "me@x.org>r@x,");
	REPAIRED(
	    REPAIR_INVALID, NULL, "From: a@localhost\n\n", "me@x.org>r@x,");
	REPAIRED(REPAIR_INVALID, "a@b.example", "\n", "a@b.example>r@x,");
	REPAIRED(REPAIR_INVALID, "", "\n", ">r@x,");
	REPAIRED(REPAIR_INVALID, "MAILER-DAEMON", "\n", ">r@x,");
	REPAIRED(REPAIR_NEVER, "root", "\n", "root>r@x,");
}

TEST(the_own_address_can_be_enforced)
{
	REPAIRED(REPAIR_ALWAYS, "a@b.example", "\n", "me@x.org>r@x,");
	REPAIRED(REPAIR_ALWAYS, NULL, "From: a@b.example\n\n", "me@x.org>r@x,");
	REPAIRED(REPAIR_ALWAYS, "", "\n", "me@x.org>r@x,");
}

TEST(an_address_that_needs_utf8_is_told)
{
	struct message m = given_message(
	    STR("To: a@x\nCc: j\xc3\xb6@x,j\xc3\xa4@x\n\n"));
	AUTO(envelope_release) struct envelope env = ENVELOPE_INIT;
	const struct envelope_sources from = { .sender = "s@x",
		.from_header = true };
	struct err e = ERR_INIT;
	CHECK(envelope_build(&env, &from, &m, &e));
	CHECK_STR(env.not_ascii, "the recipient j\xc3\xb6@x");
	message_release(&m);
}

/* The message's sender and author, "-" if it names none. */
static void
check_found(const char *text, const char *sender, const char *author, int line)
{
	AUTO(buf_release) struct buf found = BUF_INIT(1000);
	AUTO(buf_release) struct buf author_found = BUF_INIT(1000);
	struct message m = given_message(str_of(text));
	if (!envelope_find_sender(&m, &found))
		CHECK(buf_add(&found, "-", 1));
	if (!envelope_find_author(&m, &author_found))
		CHECK(buf_add(&author_found, "-", 1));
	unit_check_str(buf_str(&found), str_of(sender), __FILE__, line);
	unit_check_str(buf_str(&author_found), str_of(author), __FILE__, line);
	message_release(&m);
}

#define FOUND(text, sender, author) \
	check_found((text), (sender), (author), __LINE__)

TEST(the_messages_sender_and_author_can_be_asked_for)
{
	FOUND("From: D <d@x>\n\n", "d@x", "d@x");
	FOUND("From: d@x\nSender: c@x\n\n", "c@x", "d@x");
	FOUND("From: d@x\nResent-From: b@x\nResent-Sender: a@x\n\n", "a@x",
	    "b@x");
	FOUND("Sender: c@x\n\n", "c@x", "-");
	FOUND("From: root\n\n", "-", "-");
	FOUND("From: a@x, b@x\n\n", "-", "-");
	FOUND("From: me@m\xc3\xbcller.example\n\n", "me@xn--mller-kva.example",
	    "me@xn--mller-kva.example");
}

TEST(no_sender_at_all_is_an_error)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1000);
	struct err e = ERR_INIT;
	build("To: a@x\n\n", &(struct envelope_sources){ .from_header = true },
	    &out, &e);
	CHECK_EQ(e.exit, EX_USAGE);
	CHECK(strstr(buf_cstr(&out), "no sender") != NULL);
}

TEST(tens_of_thousands_of_recipients_take_no_time)
{
	enum { N = 100000 };
	AUTO(buf_release) struct buf text = BUF_INIT(16 << 20);
	struct envelope env = ENVELOPE_INIT;
	struct err e = ERR_INIT;
	CHECK(buf_add(&text, "To: root", 8));
	for (int twice = 0; twice < 2; twice++)
		for (int i = 0; i < N; i++)
			CHECK(buf_printf(
			    &text, ",\n user%d@example%d.org", i, i % 1000));
	struct message m = given_message(buf_str(&text));
	clock_t start = clock();
	CHECK(envelope_build(&env,
	    &(struct envelope_sources){ .sender = "", .from_header = true }, &m,
	    &e));
	CHECK(clock() - start < 5 * CLOCKS_PER_SEC); /* quadratic: minutes */
	CHECK_EQ(env.rcpts.len, N + 1);
	CHECK_STR(env.rcpts.items[1], "user0@example0.org");
	CHECK_STR(env.rcpts.items[N], "user99999@example999.org");
	envelope_release(&env);
	message_release(&m);
}

static bool
is_localhost(void *arg, struct str domain)
{
	(void)arg;
	return str_eq(domain, STR("localhost"));
}

/* "sender>rcpt<original,": with aliases, and q.org to qualify with. */
static void
check_resolved(const char *aliases, const char *sender, const char *text,
    const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	AUTO(aliases_release) struct aliases a = ALIASES_INIT;
	AUTO(resolver_release) struct resolver r = RESOLVER_INIT;
	AUTO(envelope_release) struct envelope env = ENVELOPE_INIT;
	AUTO(cstr_release) char *arg = str_dup(STR("Root"));
	struct message m = given_message(str_of(text));
	struct err e = ERR_INIT;
	CHECK(aliases_parse(&a, "al", str_of(aliases), &e));
	r.rules = (struct resolve_rules){ .aliases = &a,
		.qualify_domain = "q.org",
		.is_local = is_localhost,
		.is_by_name = is_localhost };
	const struct envelope_sources from = {
		.sender = sender,
		.args = &arg,
		.nargs = text[0] == '\n',
		.from_header = true,
		.resolver = &r,
		.qualifies_sender = true,
	};
	if (envelope_build(&env, &from, &m, &e)) {
		CHECK(buf_printf(&out, "%s>", env.sender));
		for (size_t i = 0; i < env.rcpts.len; i++)
			CHECK(buf_printf(&out, "%s<%s,", env.rcpts.items[i],
			    env.originals.items[i]));
		CHECK_EQ(env.originals.len, env.rcpts.len);
	} else {
		CHECK(buf_printf(&out, "%d %s", e.exit, e.text));
	}
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
	message_release(&m);
}

#define RESOLVED(aliases, sender, text, want) \
	check_resolved((aliases), (sender), (text), (want), __LINE__)

TEST(recipients_are_resolved_and_what_they_were_is_kept)
{
	RESOLVED(
	    "root: me@x, you@y\n", "s@x", "\n", "s@x>me@x<Root,you@y<Root,");
	RESOLVED("root: me@x\n", "s@x", "To: A <root@localhost>, b@x, c\n\n",
	    "s@x>me@x<root@localhost,b@x<,c@q.org<c,");
	RESOLVED(
	    "a@x: b@x\n", "s@x", "Cc: a@X\nBcc: d@x\n\n", "s@x>b@x<a@X,d@x<,");
}

TEST(duplicates_among_the_resolved_go_once)
{
	RESOLVED("a: d@x, b\nb: c@x, d@X\n", "s@x",
	    "To: c@x, a, b@localhost, D@x\n\n", "s@x>c@x<,d@x<a,D@x<,");
}

TEST(an_alias_that_cannot_be_used_is_told_with_file_and_line)
{
	RESOLVED("a: b\nb: |c\n", "s@x", "To: a\n\n",
	    "78 To: al:2: alias \"b\" stands for the command '|c'");
	RESOLVED("root: /dev/null\n", "s@x", "\n",
	    "78 recipient \"Root\": al:1: alias \"root\" stands for the file "
	    "'/dev/null'");
}

TEST(a_name_with_a_comma_is_not_taken_for_an_alias)
{
	RESOLVED("surname: me@x\n*: me@x\n", "s@x",
	    "To: SURNAME, First <a@x>\n\n",
	    "65 To: \"SURNAME\" has no domain; is it a name with a comma that "
	    "wants quotes?");
}

TEST(a_bare_or_local_sender_is_qualified)
{
	RESOLVED("root: me@x\n", "root", "To: a@x\n\n", "root@q.org>a@x<,");
	RESOLVED("", "root@localhost", "To: a@x\n\n", "root@q.org>a@x<,");
	RESOLVED("", "b@x", "To: a@x\n\n", "b@x>a@x<,");
	RESOLVED("", "", "To: a@x\n\n", ">a@x<,");
	RESOLVED("", "<>", "To: a@x\n\n", ">a@x<,");
	RESOLVED(
	    "", NULL, "From: A <b@localhost>\nTo: a@x\n\n", "b@q.org>a@x<,");
	RESOLVED("", NULL, "From: A <b@x>\nTo: a@x\n\n", "b@x>a@x<,");
}
