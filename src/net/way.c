// SPDX-License-Identifier: ISC
#include "net/way.h"

#include "base/clock.h"
#include "net/dial.h"
#include "net/local.h"
#include "net/proxy.h"
#include "net/tunnel.h"

bool
net_dial(
    const struct dial_target *target, struct dial_result *result, struct err *e)
{
	int64_t until = clock_msec() + target->timeout_msec;
	*result = (struct dial_result){ .fd = -1 };
	if (target->socket != NULL)
		return local_dial(
		    target->socket, target->timeout_msec, result, e);
	if (target->tunnel != NULL)
		return tunnel_dial(target, result, e);
	if (target->proxy_host != NULL)
		return proxy_dial(target, until, result, e);
	return dial_host(target, until, result, e);
}

void
net_explain(const struct dial_result *line, struct err *e)
{
	if (line->tunnel != 0)
		tunnel_explain(line->tunnel, e);
}

void
net_hang_up(struct dial_result *line)
{
	if (line->tunnel != 0)
		tunnel_end(line->tunnel, &line->tunnel_fd);
	line->tunnel = 0;
}
