/*
 * json_reader: what json_read.c and json_read_known.c share.
 *
 * Nouns: a spot is where a message is being read: how many more may nest in it and its path.
 * Errors: as json_read.h; each function has recorded the fault when it returns one.
 */
#ifndef PAIDAN_PB_JSON_READER_H
#define PAIDAN_PB_JSON_READER_H

#include "pb/json_read.h"
#include "pb/json_scan.h"
#include "pb/pb_build.h"
#include "pb/pb_path.h"

struct json_reader {
	struct pb_build build;
	struct json_scan scan;
	const struct json_opts *opts;
};

struct json_spot {
	size_t depth_left;
	const struct pb_path *path; /* NULL: the whole */
};

/* A value of any scalar type, before it is known where it goes. */
union json_scalar {
	int32_t i32;
	uint32_t u32;
	int64_t i64;
	uint64_t u64;
	float f;
	double d;
	protobuf_c_boolean b;
	char *str;
	ProtobufCBinaryData bytes;
};

#define json_wrong(r, path, err, ...) pb_fault((r)->build.arena, (r)->build.fault, (err), (path), __VA_ARGS__)
/* A value of the wrong kind stands at the scan, or none at all: "expected <what><name>". */
enum err json_mismatch(struct json_reader *r, const struct pb_path *path, const char *what, const char *name);
/* The scan's error, with line and column. */
enum err json_syntax(struct json_reader *r, const struct pb_path *path);
enum err json_no_room(struct json_reader *r, const struct pb_path *path);
/* Counts one field or element. */
enum err json_count(struct json_reader *r, const struct pb_path *path);
/* The spot of a nested message, for the message's path. */
enum err json_nest(struct json_reader *r, const struct json_spot *from, const struct pb_path *path,
		   struct json_spot *to);

/* Reads the value that stands at the scan into a message of any type. */
enum err json_read_message(struct json_reader *r, ProtobufCMessage *m, const struct json_spot *spot);
/* The members of an object; one that is called `except` (may be NULL) is skipped. */
enum err json_read_members(struct json_reader *r, ProtobufCMessage *m, const struct json_spot *spot,
			   const char *except);
/* An object as the entries of a map field. */
enum err json_read_map(struct json_reader *r, ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
		       const struct json_spot *spot);
/* The value of a string. */
enum err json_read_text(struct json_reader *r, struct slice *text, const struct pb_path *path);
/* A scalar of the field's type. *unknown: an enum name nobody knows, and unknown things are ignored. */
enum err json_read_scalar(struct json_reader *r, const ProtobufCFieldDescriptor *f, union json_scalar *value,
			  bool *unknown, const struct pb_path *path);
/* The messages with forms of their own (pb_side kind other than PB_PLAIN). */
enum err json_read_known(struct json_reader *r, ProtobufCMessage *m, const struct json_spot *spot);

#endif
