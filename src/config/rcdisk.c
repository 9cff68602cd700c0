// SPDX-License-Identifier: ISC
#include "config/rcdisk.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/strvec.h"
#include "config/command.h"
#include "config/secret.h"
#include "config/settings.h"

enum { EVAL_TIMEOUT = 60 /* seconds */ };

static bool
read_file(const char *path, struct rcdisk_text *file, struct err *e)
{
	struct stat st = { .st_mode = 0 };
	if (!secret_file_read(path, &file->text, &st, e))
		return false;
	file->is_private = secret_file_is_private(&st);
	file->is_guarded = secret_file_is_guarded(&st);
	file->dev = st.st_dev;
	file->ino = st.st_ino;
	return true;
}

/* A folder's name is no pattern, whatever is in it. */
static bool
add_escaped(struct buf *b, struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((strchr("*?[\\", text.ptr[i]) != NULL &&
			!buf_add(b, "\\", 1)) ||
		    !buf_add(b, text.ptr + i, 1))
			return false;
	return true;
}

/* What goes before the name: nothing, the home, or the folder of from. */
static bool
find_folder(
    const char *from, struct str *name, struct buf *folder, struct err *e)
{
	bool in_home = name->ptr[0] == '~' &&
	    (name->len == 1 || name->ptr[1] == '/');
	if (in_home && !settings_home(folder))
		return err_set(e, EX_CONFIG,
		    "~: HOME is unset and the home directory unknown");
	struct str path = str_of(from);
	size_t slash = str_rfind(path, '/');
	if (in_home)
		*name = str_from(*name, 1);
	else if (name->ptr[0] != '/' && slash < path.len &&
	    !buf_add_str(folder, str_upto(path, slash + 1)))
		return err_set(e, EX_CONFIG, "the path is too long");
	return true;
}

/* A folder that may not be read is told; one that is not there is empty. */
static int
judge_folder(const char *path, int error)
{
	(void)path;
	return error != ENOENT && error != ENOTDIR;
}

static bool
list_matches(const char *pattern, struct strvec *paths, struct err *e)
{
	glob_t found = { .gl_pathc = 0 };
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody calls setenv() */
	int status = glob(pattern, 0, judge_folder, &found);
	for (size_t i = 0; status == 0 && i < found.gl_pathc; i++)
		strvec_add(paths, str_of(found.gl_pathv[i]));
	globfree(&found);
	if (status == 0 || status == GLOB_NOMATCH)
		return true;
	return err_set(e, status == GLOB_NOSPACE ? EX_OSERR : EX_NOPERM,
	    "%s: a folder of this may not be read", pattern);
}

static bool
list_files(
    const char *from, struct str name, struct strvec *paths, struct err *e)
{
	AUTO(buf_release) struct buf folder = BUF_INIT(PATH_MAX);
	AUTO(buf_release) struct buf path = BUF_INIT((size_t)4 * PATH_MAX);
	if (!find_folder(from, &name, &folder, e))
		return false;
	bool is_pattern = str_find(name, '*') < name.len ||
	    str_find(name, '?') < name.len || str_find(name, '[') < name.len;
	bool fits = is_pattern ? add_escaped(&path, buf_str(&folder))
			       : buf_add_str(&path, buf_str(&folder));
	if (!fits || !buf_add_str(&path, name))
		return err_set(e, EX_CONFIG, "the path is too long");
	if (is_pattern)
		return list_matches(buf_cstr(&path), paths, e);
	strvec_add(paths, buf_str(&path));
	return true;
}

static bool
run_command(const char *command, struct buf *line, struct err *e)
{
	if (command_first_line(command, EVAL_TIMEOUT, line, e))
		return true;
	if (e->exit == EX_NOPERM)
		e->exit = EX_CONFIG; /* it is the file that says so */
	return false;
}

const struct rcdisk rcdisk_real = {
	.read = read_file,
	.list = list_files,
	.run = run_command,
};

static bool
refuse_read(const char *path, struct rcdisk_text *file, struct err *e)
{
	(void)file;
	return err_set(e, EX_CONFIG, "%s: no file may be read here", path);
}

static bool
refuse_list(
    const char *from, struct str name, struct strvec *paths, struct err *e)
{
	(void)from;
	(void)name;
	(void)paths;
	return err_set(e, EX_CONFIG, "no file may be read here");
}

static bool
refuse_run(const char *command, struct buf *line, struct err *e)
{
	(void)command;
	(void)line;
	return err_set(e, EX_CONFIG, "no command may be run here");
}

const struct rcdisk rcdisk_none = {
	.read = refuse_read,
	.list = refuse_list,
	.run = refuse_run,
};
