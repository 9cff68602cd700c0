// SPDX-License-Identifier: ISC
/*
 * usage: nameserver PORT RECORD...
 * Prints "port N" when it listens; see nameserver.h.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include "nameserver.h"

int
main(int argc, char **argv)
{
	if (argc < 2)
		errx(EX_USAGE, "usage: nameserver PORT RECORD...");
	unsigned port = (unsigned)strtoul(argv[1], NULL, 10);
	int fd = nameserver_open(&port);
	if (fd == -1)
		err(EX_UNAVAILABLE, "listen on port %u", port);
	if (printf("port %u\n", port) < 0 || fflush(stdout) != 0)
		err(EX_IOERR, "say the port");
	nameserver_serve(fd, (const char *const *)argv + 2, (size_t)argc - 2);
	return EX_OK;
}
