// SPDX-License-Identifier: ISC
/*
 * To be preloaded: tokens (PKCS#11, through p11-kit) say of their PIN what
 * LIARTOKEN says, "locked" or "final" (one try is left).  Each PIN that is
 * tried is a line in the file LIARTOKEN_LOG.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static CK_FUNCTION_LIST truth;

static int
says(const char *what)
{
	const char *lie = getenv("LIARTOKEN");
	return lie != NULL && strcmp(lie, what) == 0;
}

static CK_RV
login(CK_SESSION_HANDLE session, CK_USER_TYPE type, CK_UTF8CHAR_PTR pin,
    CK_ULONG size)
{
	const char *log = getenv("LIARTOKEN_LOG");
	int fd = log != NULL ? open(log, O_WRONLY | O_CREAT | O_APPEND, 0600)
			     : -1;
	if (fd != -1) {
		(void)dprintf(fd, "login\n");
		(void)close(fd);
	}
	return says("locked") ? CKR_PIN_LOCKED
			      : truth.C_Login(session, type, pin, size);
}

static CK_RV
get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
	CK_RV rv = truth.C_GetTokenInfo(slot, info);
	if (rv == CKR_OK && says("final"))
		info->flags |= CKF_USER_PIN_FINAL_TRY;
	return rv;
}

/*
 * Of the modules, softhsm2's alone has tokens in the tests.  p11-kit is not
 * linked to: other programs than the one that has it may be told to load this.
 * Nor is it the next one in order: the program has loaded it late, for GnuTLS.
 */
CK_FUNCTION_LIST **
p11_kit_modules_load(const char *reason, int flags)
{
	union {
		void *object;
		CK_FUNCTION_LIST **(*load)(const char *, int);
		char *(*name)(CK_FUNCTION_LIST *);
	} next, name;
	void *p11kit = dlopen("libp11-kit.so.0", RTLD_LAZY | RTLD_NOLOAD);
	next.object = dlsym(p11kit, "p11_kit_modules_load");
	name.object = dlsym(p11kit, "p11_kit_module_get_name");
	CK_FUNCTION_LIST **modules = next.load(reason, flags);
	for (size_t i = 0; modules != NULL && modules[i] != NULL; i++) {
		char *is = name.name(modules[i]);
		if (is != NULL && strcmp(is, "softhsm2") == 0) {
			truth = *modules[i];
			modules[i]->C_Login = login;
			modules[i]->C_GetTokenInfo = get_token_info;
		}
		free(is);
	}
	return modules;
}
