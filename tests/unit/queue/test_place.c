// SPDX-License-Identifier: ISC
#include "queue/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "unit.h"

TEST(a_user_has_a_folder_by_number)
{
	AUTO(cstr_release) char *path = place_of("/var/spool/posthaste", 1000);
	CHECK_STR(path, "/var/spool/posthaste/1000");
	CHECK(strstr(place_top(), "/spool/posthaste") != NULL);
}

TEST(a_folder_of_roots_is_good)
{
	static const char *const paths[] = { "/", "/usr", "/tmp", "/var/tmp" };
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct err e = ERR_INIT;
		struct stat st;
		/* in some sandboxes they are not */
		if (lstat(paths[i], &st) == 0 && st.st_uid == 0 &&
		    S_ISDIR(st.st_mode))
			CHECK(place_check(paths[i], &e));
	}
}

static void
check_refused(const char *path, const char *text, const char *hint)
{
	struct err e = ERR_INIT;
	CHECK(!place_check(path, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK(strstr(e.text, text) != NULL);
	CHECK(strstr(e.hint, hint) != NULL);
}

TEST(where_others_could_take_it_away_nothing_is_put)
{
	char root[] = "/tmp/posthaste-place-XXXXXX", path[64];
	CHECK(mkdtemp(root) != NULL);
	(void)snprintf(path, sizeof(path), "%s/a", root);
	check_refused(path, "No such file", "systemd-tmpfiles --create");
	CHECK(symlink("/tmp", path) == 0);
	check_refused(path, "no folder", "");
	if (geteuid() == 0) {
		CHECK(chmod(root, 0777) == 0);
		check_refused(root, "not sticky (mode 0777)", "chmod 1777");
		CHECK(chmod(root, 0775) == 0);
		check_refused(root, "not sticky", "chmod 1777");
		CHECK(chown(root, 65534, (gid_t)-1) == 0);
	}
	check_refused(root, "not root's", "chown root");
	REMOVE_TREE(root);
}

static void
make(const char *root, const char *name, char kind)
{
	char path[64];
	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	CHECK((kind == 'l' ? symlink("/", path) : mkdir(path, 0700)) == 0);
}

TEST(owners_are_those_of_a_folder_with_their_number)
{
	AUTO(place_owners_release)
	struct place_owners owners = PLACE_OWNERS_INIT;
	struct err e = ERR_INIT;
	char root[] = "/tmp/posthaste-place-XXXXXX", own[32], path[64];
	CHECK(mkdtemp(root) != NULL);
	CHECK(place_list(root, &owners, &e));
	CHECK_EQ(owners.len, 0);
	(void)snprintf(own, sizeof(own), "%ju", (uintmax_t)geteuid());
	make(root, own, 'l'); /* which is theirs, too */
	CHECK(place_list(root, &owners, &e));
	CHECK_EQ(owners.len, 0);
	(void)snprintf(path, sizeof(path), "%s/%s", root, own);
	CHECK(unlink(path) == 0);
	make(root, own, 'd');
	make(root, "12345", 'd'); /* not theirs */
	make(root, "12346", 'l');
	make(root, "00", 'd');
	make(root, "x", 'd');
	make(root, "99999999999", 'd');
	make(root, "4294967295", 'd');
	CHECK(place_list(root, &owners, &e));
	CHECK_EQ(owners.len, 1);
	CHECK_EQ(owners.items[0], geteuid());
	REMOVE_TREE(root);
}

TEST(owners_are_in_order)
{
	static const uid_t uids[] = { 0, 7, 1000, 65534 };
	AUTO(place_owners_release)
	struct place_owners owners = PLACE_OWNERS_INIT;
	struct err e = ERR_INIT;
	char root[] = "/tmp/posthaste-place-XXXXXX", path[64];
	if (geteuid() != 0)
		return; /* nothing can be given away */
	CHECK(mkdtemp(root) != NULL);
	for (size_t i = ARRAY_LEN(uids); i-- > 0;) {
		(void)snprintf(path, sizeof(path), "%s/%u", root, uids[i]);
		CHECK(mkdir(path, 0700) == 0);
		CHECK(chown(path, uids[i], (gid_t)-1) == 0);
	}
	CHECK(place_list(root, &owners, &e));
	CHECK_EQ(owners.len, ARRAY_LEN(uids));
	for (size_t i = 0; i < owners.len && i < ARRAY_LEN(uids); i++)
		CHECK_EQ(owners.items[i], uids[i]);
	REMOVE_TREE(root);
}

TEST(where_there_is_no_folder_nobody_has_one)
{
	AUTO(place_owners_release)
	struct place_owners owners = PLACE_OWNERS_INIT;
	struct err e = ERR_INIT;
	CHECK(place_list("/nonexistent/posthaste", &owners, &e));
	CHECK_EQ(owners.len, 0);
	CHECK(!place_list("/etc/passwd", &owners, &e));
	CHECK_EQ(e.exit, EX_IOERR);
}
