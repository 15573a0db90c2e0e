#include "domain/text.h"

#include "base/limits.h"

static bool is_control(unsigned char c)
{
	return (c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f;
}

enum err text_check(struct scene *s, const char *text, const char *field, size_t min_chars, size_t max_chars)
{
	size_t chars = 0;
	for (const char *c = text; *c != '\0'; c++) {
		if (is_control((unsigned char)*c))
			return fault_set(s->fault, ERR_FIELD_INVALID, field, "has a control character");
		chars += ((unsigned char)*c & 0xC0) != 0x80;
	}
	if (chars < min_chars)
		return fault_set(s->fault, ERR_FIELD_REQUIRED, field, "needs at least %zu characters", min_chars);
	if (chars > max_chars)
		return fault_set(s->fault, ERR_FIELD_TOO_LONG, field, "%zu characters, at most %zu", chars, max_chars);
	return OK;
}

enum err text_check_attachments(struct scene *s, Attachment *const *items, size_t n, const char *field)
{
	if (n > LIMIT_ATTACHMENTS)
		return fault_set(s->fault, ERR_FIELD_INVALID, field, "%zu items, at most %d", n, LIMIT_ATTACHMENTS);
	for (size_t i = 0; i < n; i++) {
		TRY(text_check(s, items[i]->ref, arena_printf(s->arena, "%s[%zu].ref", field, i), 1,
			       LIMIT_ATTACHMENT_REF_CHARS));
		TRY(text_check(s, items[i]->media_type, arena_printf(s->arena, "%s[%zu].media_type", field, i), 0,
			       LIMIT_TAG_CHARS));
	}
	return OK;
}

enum err text_check_tags(struct scene *s, char *const *tags, size_t n, const char *field)
{
	if (n > LIMIT_TAGS)
		return fault_set(s->fault, ERR_FIELD_INVALID, field, "%zu items, at most %d", n, LIMIT_TAGS);
	for (size_t i = 0; i < n; i++)
		TRY(text_check(s, tags[i], arena_printf(s->arena, "%s[%zu]", field, i), 1, LIMIT_TAG_CHARS));
	return OK;
}

enum err text_check_name(struct scene *s, const char *text, const char *field, size_t max_chars)
{
	TRY(text_check(s, text, field, 1, max_chars));
	for (const char *c = text; *c != '\0'; c++) {
		bool fine = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
			    *c == '-' || *c == '_' || *c == '.';
		if (!fine)
			return fault_set(s->fault, ERR_FIELD_INVALID, field, "only letters, digits, '-', '_' and '.'");
	}
	return OK;
}
