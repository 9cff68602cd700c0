// SPDX-License-Identifier: ISC
#include "outbox/list.h"

#include <stdlib.h>

#include "outbox/listing.h"
#include "unit.h"

enum { NOW = 1800000000, HOUR = 3600 };

/* Both forms of the same. */
struct sheet {
	struct list_page text, json;
};

static void
each(struct sheet *s, void (*f)(struct list_page *p, const struct list_form *))
{
	f(&s->text, &listtext_form);
	f(&s->json, &listjson_form);
}

static void
begin_one(struct list_page *p, const struct list_form *form)
{
	*p = (struct list_page){
		.text = BUF_INIT(1 << 20),
		.path = "/q",
		.now = NOW,
	};
	p->json = JSON_INIT(&p->text);
	form->begin(p);
	form->begin_section(p);
}

static void
next_one(struct list_page *p, const struct list_form *form)
{
	form->end_section(p);
	p->section++;
	form->begin_section(p);
}

static void
end_one(struct list_page *p, const struct list_form *form)
{
	form->end_section(p);
	form->end(p);
}

static void
add_one(
    struct list_page *p, const struct list_form *form, const struct listed *m)
{
	p->counts[p->section]++;
	if (p->section == LIST_MESSAGES)
		p->size += m->message.entry.size;
	form->add(p, m);
}

static void
add(struct sheet *s, const struct listed *m)
{
	add_one(&s->text, &listtext_form, m);
	add_one(&s->json, &listjson_form, m);
}

static void
shows(struct sheet *s, const char *text, const char *json, int line)
{
	while (s->text.section < LIST_DAMAGED)
		each(s, next_one);
	each(s, end_one);
	unit_check_str(buf_str(&s->text.text), str_of(text), __FILE__, line);
	unit_check_str(buf_str(&s->json.text), str_of(json), __FILE__, line);
	buf_release(&s->text.text);
	buf_release(&s->json.text);
}

#define SHOWS(s, text, json) shows((s), (text), (json), __LINE__)

static char *
copy(const char *text)
{
	return str_dup(str_of(text));
}

static struct listed
message(const char *sender)
{
	struct listed m = LISTED_INIT;
	memcpy(m.message.id, "20270115-070000-000000-0123abcd", 32);
	m.message.entry.sender = copy(sender);
	m.message.entry.size = 12 * 1024;
	m.message.entry.arrived_usec = (int64_t)(NOW - 3 * HOUR) * 1000000;
	note_init(&m.note, 4);
	return m;
}

static void
add_rcpt(struct listed *m, const char *address, enum entry_fate fate)
{
	struct entry *entry = &m->message.entry;
	entry_add_rcpt(entry, str_of(address), STR_INIT);
	entry->rcpts[entry->nrcpts - 1].fate = fate;
}

#define TITLE                                                        \
	"ID                               AGE     SIZE      TRIES  " \
	"NEXT TRY\n"
#define ID "20270115-070000-000000-0123abcd"
#define JSON_HEAD(state)                                                   \
	"{\"queue\":\"/q\",\"messages\":[{\"id\":\"" ID                    \
	"\",\"state\":\"" state "\",\"arrived\":\"2027-01-15T05:00:00Z\"," \
	"\"age\":10800,\"size\":12288,"
#define JSON_TAIL "],\"failed\":[],\"damaged\":[]}\n"

TEST(nothing_is_told_in_sendmails_words)
{
	struct sheet s;
	each(&s, begin_one);
	SHOWS(&s, "Mail queue is empty\n",
	    "{\"queue\":\"/q\",\"messages\":[],\"failed\":[],\"damaged\":[]}"
	    "\n");
}

TEST(a_message_is_shown_with_who_waits_and_why)
{
	struct sheet s;
	AUTO(listed_release) struct listed m = message("me@x");
	m.ntries = 3;
	m.next = NOW + 200;
	m.said = "mx.example:587: connection refused";
	m.message.entry.account = copy("work");
	add_rcpt(&m, "a@x", ENTRY_PENDING);
	add_rcpt(&m, "b@x", ENTRY_TAKEN);
	add_rcpt(&m, "c@x", ENTRY_PENDING);
	add_rcpt(&m, "d@x", ENTRY_REPORTED);
	note_say_rcpt(&m.note, 2, STR("450 4.2.0 greylisted"));
	note_say_rcpt(&m.note, 3, STR("550 no such user"));
	each(&s, begin_one);
	add(&s, &m);
	SHOWS(&s,
	    TITLE ID "  3 h     12 KiB        3  in 4 min\n"
		     "    from me@x (account work)\n"
		     "    to   a@x\n"
		     "    to   c@x: 450 4.2.0 greylisted\n"
		     "    taken for 1, refused for 1\n"
		     "    mx.example:587: connection refused\n"
		     "\n"
		     "1 message, 12 KiB\n",
	    JSON_HEAD(
		"waiting") "\"sender\":\"me@x\",\"account\":\"work\","
			   "\"tries\":3,\"next\":\"2027-01-15T08:03:20Z\","
			   "\"said\":\"mx.example:587: connection refused\","
			   "\"recipients\":[{\"address\":\"a@x\",\"state\":\"waiting\"},"
			   "{\"address\":\"b@x\",\"state\":\"taken\"},"
			   "{\"address\":\"c@x\",\"state\":\"waiting\","
			   "\"said\":\"450 4.2.0 greylisted\"},"
			   "{\"address\":\"d@x\",\"state\":\"refused\","
			   "\"said\":\"550 no such user\"}]}" JSON_TAIL);
}

TEST(nobody_is_the_sender_of_a_report)
{
	struct sheet s;
	AUTO(listed_release) struct listed m = message("");
	m.message.entry.account = copy("default");
	add_rcpt(&m, "a@x", ENTRY_PENDING);
	each(&s, begin_one);
	add(&s, &m);
	SHOWS(&s,
	    TITLE ID "  3 h     12 KiB        0  now\n"
		     "    from <>\n"
		     "    to   a@x\n"
		     "\n"
		     "1 message, 12 KiB\n",
	    JSON_HEAD(
		"waiting") "\"sender\":\"\",\"account\":\"default\","
			   "\"tries\":0,\"next\":\"2027-01-15T08:00:00Z\","
			   "\"recipients\":[{\"address\":\"a@x\","
			   "\"state\":\"waiting\"}]}" JSON_TAIL);
}

TEST(what_is_not_due_says_why)
{
	struct sheet s;
	AUTO(listed_release) struct listed m = message("me@x");
	each(&s, begin_one);
	m.next = NOW + 200;
	m.state = LISTED_HELD;
	add(&s, &m);
	m.state = LISTED_TRYING;
	add(&s, &m);
	m.state = LISTED_WAITING;
	m.next = 0;
	m.is_behind = true;
	add(&s, &m);
	SHOWS(&s,
	    TITLE ID "  3 h     12 KiB        0  held\n"
		     "    from me@x\n" ID
		     "  3 h     12 KiB        0  being tried\n"
		     "    from me@x\n" ID "  3 h     12 KiB        0  in turn\n"
		     "    from me@x\n"
		     "\n"
		     "3 messages, 36 KiB\n",
	    JSON_HEAD(
		"held") "\"sender\":\"me@x\",\"tries\":0,"
			"\"recipients\":[]},{\"id\":\"" ID
			"\",\"state\":\"trying\",\"arrived\":\"2027-01-15T05:00:00Z\","
			"\"age\":10800,\"size\":12288,\"sender\":\"me@x\",\"tries\":0,"
			"\"recipients\":[]},{\"id\":\"" ID
			"\",\"state\":\"waiting\",\"arrived\":\"2027-01-15T05:00:00Z\","
			"\"age\":10800,\"size\":12288,\"sender\":\"me@x\",\"tries\":0,"
			"\"recipients\":[]}" JSON_TAIL);
}

TEST(what_failed_and_what_is_damaged_has_sections_of_its_own)
{
	struct sheet s;
	AUTO(listed_release) struct listed m = message("");
	m.state = LISTED_FAILED;
	add_rcpt(&m, "me@x", ENTRY_REFUSED);
	each(&s, begin_one);
	each(&s, next_one);
	add(&s, &m);
	each(&s, next_one);
	s.text.counts[LIST_DAMAGED]++;
	s.json.counts[LIST_DAMAGED]++;
	listtext_form.add_damaged(&s.text, "2027", "line 4 makes no sense");
	listjson_form.add_damaged(&s.json, "2027", "line 4 makes no sense");
	SHOWS(&s,
	    "Failed, and nobody could be told; --queue-remove takes them "
	    "away:\n" ID "  3 h     12 KiB           never\n"
	    "    from <>\n"
	    "    to   me@x\n"
	    "\n"
	    "Damaged; --queue-show shows what is there:\n"
	    "2027\n"
	    "    line 4 makes no sense\n"
	    "\n"
	    "0 messages, 0 B; 1 failed; 1 damaged\n",
	    "{\"queue\":\"/q\",\"messages\":[],\"failed\":[{\"id\":\"" ID
	    "\",\"state\":\"failed\",\"arrived\":\"2027-01-15T05:00:00Z\","
	    "\"age\":10800,\"size\":12288,\"sender\":\"\",\"recipients\":["
	    "{\"address\":\"me@x\",\"state\":\"refused\"}]}],\"damaged\":["
	    "{\"id\":\"2027\",\"why\":\"line 4 makes no sense\"}]}\n");
}

TEST(what_strangers_wrote_reaches_no_terminal_as_it_is)
{
	struct sheet s;
	AUTO(listed_release) struct listed m = message("\033]0;x\a@x");
	m.said = "450 \x9b"
		 "31m \xe2\x80\xae"
		 "evil \"\\";
	add_rcpt(&m, "j\xc3\xb6rg\x7f@x", ENTRY_PENDING);
	each(&s, begin_one);
	add(&s, &m);
	SHOWS(&s,
	    TITLE ID "  3 h     12 KiB        0  now\n"
		     "    from \\x1b]0;x\\x07@x\n"
		     "    to   j\xc3\xb6rg\\x7f@x\n"
		     "    450 \\x9b31m \\xe2\\x80\\xaeevil \"\\\n"
		     "\n"
		     "1 message, 12 KiB\n",
	    JSON_HEAD(
		"waiting") "\"sender\":\"\\u001b]0;x\\u0007@x\","
			   "\"tries\":0,\"next\":\"2027-01-15T08:00:00Z\","
			   "\"said\":\"450 \\ufffd31m \\u202eevil \\\"\\\\\","
			   "\"recipients\":[{\"address\":\"j\xc3\xb6rg\\u007f@x\","
			   "\"state\":\"waiting\"}]}" JSON_TAIL);
}
