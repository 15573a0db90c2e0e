/*
 * json_writer: what json_write.c and json_write_known.c share.
 *
 * Errors: as json_write.h; each function has recorded the fault when it returns one.
 */
#ifndef PAIDAN_PB_JSON_WRITER_H
#define PAIDAN_PB_JSON_WRITER_H

#include "pb/json_write.h"
#include "pb/pb_message.h"
#include "pb/pb_path.h"

struct json_writer {
	struct buf *out;
	struct arena *arena;
	struct fault *fault;
	const struct json_opts *opts;
};

struct json_place {
	size_t depth_left;
	const struct pb_path *path; /* NULL: the whole */
};

/* A message of any type. */
enum err json_write_message(struct json_writer *w, const ProtobufCMessage *m, const struct json_place *place);
/* The members, without braces; a comma first when `more` says that something stands before them. */
enum err json_write_members(struct json_writer *w, const ProtobufCMessage *m, const struct json_place *place,
			    bool more);
/* One value of the field's type, and the entries of a map or elements of a list. */
enum err json_write_one(struct json_writer *w, const ProtobufCFieldDescriptor *f, const void *value,
			const struct json_place *place);
enum err json_write_map(struct json_writer *w, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
			const struct json_place *place);
enum err json_write_list(struct json_writer *w, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
			 const struct json_place *place);
/* The messages with forms of their own (pb_side kind other than PB_PLAIN). */
enum err json_write_known(struct json_writer *w, const ProtobufCMessage *m, const struct json_place *place);

/* buf_add, inlined for the short pieces that JSON is made of. */
static inline void json_put(struct buf *b, const void *bytes, size_t len)
{
	if (b->ptr != NULL && len <= b->room - b->len && !b->failed && b->cap_bytes == 0) {
		memcpy(b->ptr + b->len, bytes, len);
		b->len += len;
	} else {
		buf_add(b, bytes, len);
	}
}

#define JSON_PUT(b, literal) json_put((b), (literal), sizeof(literal) - 1)

#endif
