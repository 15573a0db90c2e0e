/*
 * text: checks of free text and lists of it that come with a request.
 *
 * Lengths count characters (code points), for that is what a person sees; UTF-8 itself was checked when
 * the message was decoded.
 * Errors: ERR_FIELD_REQUIRED (below min), ERR_FIELD_TOO_LONG, ERR_FIELD_INVALID (control characters
 * other than newline and tab; too many items), each with the field.
 */
#ifndef PAIDAN_DOMAIN_TEXT_H
#define PAIDAN_DOMAIN_TEXT_H

#include "domain/scene.h"

enum err text_check(struct scene *s, const char *text, const char *field, size_t min_chars, size_t max_chars);
enum err text_check_attachments(struct scene *s, Attachment *const *items, size_t n, const char *field);
enum err text_check_tags(struct scene *s, char *const *tags, size_t n, const char *field);
/* Letters, digits, '-', '_', '.': names that machines use. */
enum err text_check_name(struct scene *s, const char *text, const char *field, size_t max_chars);

#endif
