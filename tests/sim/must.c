#include "must.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

void *world_must(struct world_reply reply, const char *file, int line)
{
	if (reply.err != OK) {
		print_error("%s %s %s\n", err_info(reply.err)->reason,
			    reply.fault.field == NULL ? "" : reply.fault.field, reply.fault.detail);
		_fail(file, line);
	}
	return reply.message;
}
