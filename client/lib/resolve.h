/*
 * resolve: a host's addresses, without blocking the loop.
 *
 * The system's resolver (getaddrinfo: hosts file, nsswitch, search domains) runs on a thread of its own,
 * for a name server that does not answer must not hold up deadlines. IP addresses take no thread.
 *
 * Ownership: a resolve lives from resolve_start until its callback has run or resolve_cancel. The list
 * handed to the callback is the callee's to freeaddrinfo.
 * Errors: EAI_* in the callback, with list NULL; resolve_start gives NULL when out of memory, file
 * descriptors or threads.
 */
#ifndef PAIDAN_CLIENT_RESOLVE_H
#define PAIDAN_CLIENT_RESOLVE_H

#include <netdb.h>
#include <stdbool.h>

struct event_base;
struct resolve;

/* error: an EAI_* value, 0 for success. Runs in the loop, never inside resolve_start. */
typedef void resolve_fn(void *arg, struct addrinfo *list_take, int error);

struct resolve *resolve_start(struct event_base *base, const char *host, const char *port, bool literal, resolve_fn *fn,
			      void *arg);
/* No callback any more. NULL-safe. */
void resolve_cancel(struct resolve *r);

#endif
