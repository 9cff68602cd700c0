// SPDX-License-Identifier: ISC
#include "base/late.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Never to be unloaded: some libraries have no way back. */
static void
open_library(struct late *library)
{
	/* without a name: the program itself, if there is more than that */
	void *handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);
	char *table = library->table;
	for (size_t i = 0; handle != NULL && i < library->nnames; i++) {
		void *at = dlsym(handle, library->names[i]);
		if (at == NULL)
			handle = NULL;
		/* ISO C has no cast for this, POSIX promises that it works */
		memcpy(table + i * sizeof(at), &at, sizeof(at));
	}
	library->handle = handle;
	if (handle != NULL)
		return;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): it is of this thread */
	const char *why = dlerror();
	(void)snprintf(library->why, sizeof(library->why), "%s",
	    why != NULL ? why : "no reason given");
}

static bool
is_there(struct late *library)
{
	static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
	(void)pthread_mutex_lock(&one_at_a_time);
	if (library->handle == NULL && library->why[0] == '\0')
		open_library(library);
	bool is_loaded = library->handle != NULL || library->soname == NULL;
	(void)pthread_mutex_unlock(&one_at_a_time);
	return is_loaded;
}

bool
late_load(struct late *library, struct err *e)
{
	if (is_there(library))
		return true;
	(void)err_set(e, EX_OSERR, "load a library: %s", library->why);
	return err_hint(e,
	    "%s is needed for this: is its package installed, and whole?",
	    library->soname);
}

void
late_insist(struct late *library)
{
	if (is_there(library))
		return;
	(void)fprintf(stderr, "posthaste: load a library: %s\n", library->why);
	_exit(EX_OSERR);
}

bool
late_folder(const struct late *library, char *folder, size_t size)
{
	Dl_info info;
	AUTO(buf_release) struct buf path = BUF_INIT(size);
	void *at = dlsym(RTLD_DEFAULT, "getpid");
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody calls setenv() */
	bool is_led = getenv("LD_LIBRARY_PATH") != NULL;
	if (library->soname == NULL || is_led || at == NULL ||
	    dladdr(at, &info) == 0)
		return false;
	size_t slash = str_rfind(str_of(info.dli_fname), '/');
	(void)snprintf(folder, size, "%.*s", (int)slash, info.dli_fname);
	return buf_printf(&path, "%s/%s", folder, library->soname) &&
	    access(buf_cstr(&path), R_OK) == 0;
}
