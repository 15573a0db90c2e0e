/*
 * pb_side: what protobuf-c's descriptors leave out, as const tables made at build time.
 *
 * Nouns: a set is all that one run of proto/gen/pbgen.py made from a list of .proto files (paidan_pb_set,
 * wkt_pb_set, rpc_pb_set); a side is the row that goes with one protobuf-c message descriptor; a name is a
 * field's proto or JSON name; a file is one .proto with its serialized FileDescriptorProto, for reflection; rules are
 * what a request must keep to (pb_rule.h).
 * Ownership: everything is static and const.
 * Errors: a lookup that finds nothing yields NULL.
 */
#ifndef PAIDAN_PB_PB_SIDE_H
#define PAIDAN_PB_PB_SIDE_H

#include <protobuf-c/protobuf-c.h>

#include "base/slice.h"

/* The generator sees to it that no message has more. */
enum { PB_MAX_FIELDS = 512 };

/* When a field counts as present. */
enum pb_presence {
	PB_IMPLICIT, /* a proto3 scalar: present when not zero */
	PB_EXPLICIT, /* a message (pointer), or `optional` (has_x; a string or message: pointer not NULL) */
	PB_ONEOF,    /* the oneof's case says so */
	PB_REPEATED,
	PB_MAP, /* repeated entries with the fields key = 1 and value = 2 */
};

/* What tells whether a field is to be written, so that writing need not look at the descriptor of each that isn't. */
enum pb_look {
	PB_LOOK_WORD, /* 32 bits that are not all zero: a small number, or the has_x of one with presence */
	PB_LOOK_LONG, /* 64 bits: a large number, a list's or bytes' length, the pointer of what has presence */
	PB_LOOK_TEXT, /* a string without presence: the first character */
	PB_LOOK_CASE, /* a oneof: pb_is_set */
};

/* Messages that JSON writes in a form of their own. */
enum pb_kind {
	PB_PLAIN,
	PB_TIMESTAMP,
	PB_DURATION,
	PB_FIELD_MASK,
	PB_WRAPPER, /* Int32Value and its sisters: one field, `value` */
	PB_STRUCT,
	PB_VALUE,
	PB_LIST_VALUE,
	PB_ANY,
};

struct pb_field {
	const char *key; /* "jsonName": with quotes and colon, as it is written */
	uint16_t key_len;
	uint8_t presence; /* enum pb_presence */
	uint8_t look;     /* enum pb_look, at that offset in the message */
	uint16_t at;
};

struct pb_name {
	const char *name;
	uint16_t len;
	uint16_t field; /* index into the descriptor's fields */
};

struct pb_rule;

struct pb_side {
	const ProtobufCMessageDescriptor *descriptor;
	const struct pb_field *fields; /* in the order of descriptor->fields */
	const struct pb_name *names;   /* proto and JSON names, the shorter first, then bytewise */
	uint16_t n_names;
	uint8_t kind; /* enum pb_kind */
	bool has_maps;
	bool map_entry;
	const struct pb_rule *rules; /* of a message that comes with requests, by field */
	uint16_t n_rules;
};

struct pb_file {
	const char *name;          /* "paidan/v1/order.proto" */
	const uint8_t *descriptor; /* serialized google.protobuf.FileDescriptorProto */
	size_t descriptor_len;
	const char *const *imports; /* names; NULL ends */
};

struct pb_method {
	const char *path;    /* "/paidan.v1.OrderService/PlaceOrder" */
	const char *service; /* "paidan.v1.OrderService" */
	const char *name;    /* "PlaceOrder" */
	const ProtobufCMessageDescriptor *request;
	const ProtobufCMessageDescriptor *response;
	bool client_streaming;
	bool server_streaming;
	bool no_side_effects; /* option idempotency_level = NO_SIDE_EFFECTS */
	bool idempotent;      /* that, or IDEMPOTENT */
	uint32_t roles;       /* who may call it, a bit for each paidan.v1.Role */
	bool root;            /* with the root key only */
};

struct pb_service {
	const char *name;
	const struct pb_method *methods;
	size_t n_methods;
};

struct pb_symbol {
	const char *name; /* "paidan.v1.Order", without a leading dot */
	uint32_t file;    /* index into the set's files */
};

struct pb_set {
	const struct pb_file *files; /* by name */
	size_t n_files;
	const struct pb_symbol *symbols; /* messages, enums and their values, services, methods; by name */
	size_t n_symbols;
	const struct pb_side *const *messages; /* by full name */
	size_t n_messages;
	const struct pb_service *services; /* in the order of the files */
	size_t n_services;
	const struct pb_method *methods; /* grouped by service */
	size_t n_methods;
	const uint16_t *method_slots; /* perfect hash of the path: method index + 1, 0 is free */
	uint64_t method_seed;
	unsigned method_bits; /* 1 << method_bits slots */
};

/* The row of a generated message. Generated descriptors carry it in reserved1. */
static inline const struct pb_side *pb_side(const ProtobufCMessageDescriptor *d)
{
	return (const struct pb_side *)d->reserved1;
}

/* The JSON name of a field, by its index in the descriptor. */
static inline struct slice pb_json_name(const struct pb_side *side, size_t field)
{
	return slice_of(side->fields[field].key + 1, side->fields[field].key_len - 3u);
}

/* The field that goes by that proto or JSON name: its index in the descriptor, or -1. */
int pb_field_by_name(const struct pb_side *side, struct slice name);
/* The method of a request path "/package.Service/Method". */
const struct pb_method *pb_method_by_path(const struct pb_set *set, struct slice path);
const struct pb_service *pb_service_by_name(const struct pb_set *set, struct slice name);
const struct pb_side *pb_message_by_name(const struct pb_set *set, struct slice full_name);
/* Of a type URL, "type.googleapis.com/paidan.v1.Order", in a list of sets that NULL ends (NULL: empty). */
const struct pb_side *pb_message_by_url(const struct pb_set *const *sets, struct slice url);
const struct pb_file *pb_file_by_name(const struct pb_set *set, struct slice name);
/* The file that defines a message, a field, an enum, an enum value, a service or a method. */
const struct pb_file *pb_file_by_symbol(const struct pb_set *set, struct slice symbol);

#endif
