// SPDX-License-Identifier: ISC
/*
 * A fuzz target without a fuzzer: gives it each file of the folders named,
 * and prints TAP.  A file that breaks it ends the program, as it should.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
dir_release(DIR **dir)
{
	if (*dir != NULL)
		(void)closedir(*dir);
}

static bool
replay_file(const char *path)
{
	struct err e = ERR_INIT;
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 26);
	AUTO(fd_release) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || !fd_read_to_end(fd, &text, &e))
		return false;
	/* a copy of its exact size, so that the sanitizers see its end */
	AUTO(cstr_release) char *exact = mem_alloc(text.len);
	if (text.len > 0)
		memcpy(exact, text.data, text.len);
	return LLVMFuzzerTestOneInput((const uint8_t *)exact, text.len) == 0;
}

int
main(int argc, char **argv)
{
	unsigned n = 0, nfailed = 0;
	AUTO(dir_release) DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	if (dir == NULL) {
		(void)printf("Bail out! no corpus\n");
		return 1;
	}
	const struct dirent *entry;
	while ((entry = readdir(dir)) != NULL) {
		AUTO(buf_release) struct buf path = BUF_INIT(4096);
		if (entry->d_name[0] == '.' ||
		    !buf_printf(&path, "%s/%s", argv[1], entry->d_name))
			continue;
		bool ok = replay_file(buf_cstr(&path));
		nfailed += !ok;
		(void)printf(
		    "%sok %u - %s\n", ok ? "" : "not ", ++n, entry->d_name);
		(void)fflush(stdout);
	}
	(void)printf("1..%u\n", n);
	return nfailed > 0 || n == 0;
}
