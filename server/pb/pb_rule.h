/*
 * pb_rule: what the fields of a request must keep to, as the .proto files declare it
 * (proto/paidan/v1/options.proto), and the check of a message against it.
 *
 * Nouns: a rule belongs to one field, it is a row of the generated side table; a form is how a text is written, a
 * violation is one field that breaks its rule (base/err.h).
 * An empty text, a missing message and an enum's 0 count as not set: only `required` minds them. Numbers have no such
 * state: 0 is checked against the range as any other.
 * Ownership: rules are static; violations and their texts lie in the arena.
 * Errors: ERR_FIELD_REQUIRED, ERR_FIELD_INVALID, ERR_FIELD_TOO_LONG, ERR_FIELD_OUT_OF_RANGE; the first one is the
 * fault's own, all of them (LIMIT_VIOLATIONS at most) are its violations.
 */
#ifndef PAIDAN_PB_PB_RULE_H
#define PAIDAN_PB_PB_RULE_H

#include "base/arena.h"
#include "base/err.h"
#include "pb/pb_side.h"

struct pb_form {
	bool (*matches)(struct slice text); /* NULL: an id */
	const char *letters;                /* of which the id begins with one */
	const char *en, *zh;                /* what the text must be */
};

struct pb_rule {
	uint16_t field; /* index into the descriptor's fields */
	bool required;
	bool text;    /* no control characters, and: */
	bool message; /* its own fields have rules, or it needs some of them */
	bool range;   /* min to max */
	bool rows;    /* elements are left to the method */
	const struct pb_form *form;
	uint32_t min_chars, max_chars; /* max 0: the form is the bound */
	uint32_t max_bytes;
	uint32_t min_items, max_items;
	double min, max;
	uint64_t values;          /* of an enum: a bit for each that is taken */
	const char *one_of;       /* their names, when not all are taken; the paths of a mask */
	const char *const *paths; /* of a FieldMask; NULL ends */
	const uint16_t *needs;    /* indexes of the held message's fields that must be set */
	uint16_t n_needs;
};

/* The message against the rules of its type. */
enum err pb_check(struct arena *a, const ProtobufCMessage *message, struct fault *fault);
/* One element of a list whose elements are on their own (Rule.rows), or all of them. list is the field's name. */
enum err pb_check_row(struct arena *a, const ProtobufCMessage *request, const char *list, size_t row,
		      struct fault *fault);
enum err pb_check_rows(struct arena *a, const ProtobufCMessage *request, const char *list, struct fault *fault);

/* --- forms --- */

bool pb_form_name(struct slice text);
bool pb_form_tenant_id(struct slice text);
bool pb_form_request_id(struct slice text);
bool pb_form_etag(struct slice text);
bool pb_form_event_id(struct slice text);
bool pb_form_phone(struct slice text);

#endif
