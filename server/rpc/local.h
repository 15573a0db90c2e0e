/*
 * local: methods that this process answers alone, without store and credential.
 *
 * Nouns: a unary local method has an `answer`; a stream has a `message`, called for each message of the
 * request, which may send any number of replies (reply_send), and maybe a `tick`: then the stream stays
 * open after its request has ended, and tick is called whenever the serving state may have changed.
 * The descriptors are those the method is written for; v1 and v1alpha of a protocol share them where the
 * messages are the same on the wire.
 * Ownership: const tables. What is allocated from the call's arena lives until the next message.
 * Errors: the err that a method returns, with the call's fault, is told to the client and ends the call.
 */
#ifndef PAIDAN_RPC_LOCAL_H
#define PAIDAN_RPC_LOCAL_H

#include "rpc/inside.h"

struct local_method {
	const char *path;
	const ProtobufCMessageDescriptor *request;
	const ProtobufCMessageDescriptor *response;
	enum err (*answer)(struct call *call, const void *request, void *response);
	enum err (*message)(struct call *call, const void *request);
	void (*tick)(struct call *call);
};

extern const struct local_method *const local_methods[];
extern const size_t local_methods_n;

/* health.c, reflection.c */
extern const struct local_method health_check, health_watch;
extern const struct local_method reflection_v1, reflection_v1alpha;

#endif
