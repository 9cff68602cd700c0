// SPDX-License-Identifier: ISC
#include "base/process.h"

#include <linux/capability.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

/* Those of the file stay where the ids do not change; root has its own. */
static bool
shed_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {
		{ .effective = 0 },
	};
	return getuid() == 0 || syscall(SYS_capset, &head, none) == 0;
}

bool
process_shed_rights(void)
{
	static char *nothing[] = { NULL };
	/* said by the kernel: set-id bits, capabilities of the file, a policy
	 * of the system's */
	if (getauxval(AT_SECURE) == 0)
		return true;
	environ = nothing;
	/* the group first, while we may; both set the saved ids, too */
	return setregid(getgid(), getgid()) == 0 &&
	    setreuid(getuid(), getuid()) == 0 && shed_capabilities();
}

void
process_hide_memory(void)
{
	struct rlimit core;
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (getrlimit(RLIMIT_CORE, &core) == -1)
		return;
	core.rlim_cur = 0;
	(void)setrlimit(RLIMIT_CORE, &core);
}
