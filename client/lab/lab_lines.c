#include "lab_lines.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

bool lines_bad(struct lines *l, const char *zh, const char *en, ...)
{
	va_list list;
	if (l->line == 0)
		snprintf(l->problem->place, sizeof(l->problem->place), "%s", l->path);
	else
		snprintf(l->problem->place, sizeof(l->problem->place), "%s:%zu", l->path, l->line);
	va_start(list, en);
	vsnprintf(l->problem->zh, sizeof(l->problem->zh), zh, list);
	va_end(list);
	va_start(list, en);
	vsnprintf(l->problem->en, sizeof(l->problem->en), en, list);
	va_end(list);
	return false;
}

bool lines_open(struct lines *l, const char *path, struct lab_problem *problem)
{
	*l = (struct lines){.path = path, .problem = problem};
	errno = 0;
	l->file = gzopen(path, "rbe");
	if (l->file == NULL)
		return lines_bad(l, "%s", "%s", strerror(errno == 0 ? ENOMEM : errno));
	return true;
}

void lines_close(struct lines *l)
{
	if (l->file != NULL)
		gzclose(l->file);
	l->file = NULL;
}

bool lines_next(struct lines *l, bool *end)
{
	*end = false;
	for (;;) {
		l->line++;
		if (gzgets(l->file, l->text, sizeof(l->text)) == NULL) {
			int code = Z_OK;
			const char *why = gzerror(l->file, &code);
			*end = code == Z_OK || code == Z_STREAM_END;
			return *end || lines_bad(l, "不能读：%s", "can't be read: %s", why);
		}
		size_t len = strlen(l->text);
		if (len + 1 == sizeof(l->text) && l->text[len - 1] != '\n')
			return lines_bad(l, "行太长，最多 %zu 字节", "the line is longer than %zu bytes",
					 sizeof(l->text));
		l->at = l->text + strspn(l->text, " \t\r\n");
		if (*l->at != '\0')
			return true;
	}
}

static char *field(struct lines *l)
{
	char *start = l->at + strspn(l->at, " \t\r\n");
	size_t len = strcspn(start, " \t\r\n");
	l->at = start + len;
	if (*l->at != '\0')
		*l->at++ = '\0';
	return start;
}

bool lines_number(struct lines *l, const char *name, double low, double high, double *value)
{
	char *text = field(l), *end = text;
	if (*text == '\0')
		return lines_bad(l, "缺少 %s", "%s is missing", name);
	*value = strtod(text, &end);
	if (*end != '\0' || !isfinite(*value))
		return lines_bad(l, "%s 应为数字，不是 %.40s", "%s must be a number, not %.40s", name, text);
	if (*value < low || *value > high)
		return lines_bad(l, "%s 应在 %g 到 %g 之间，不是 %.40s", "%s must be from %g to %g, not %.40s", name,
				 low, high, text);
	return true;
}

bool lines_count(struct lines *l, const char *name, uint32_t most, uint32_t *value)
{
	double number;
	if (!lines_number(l, name, 1, most, &number))
		return false;
	*value = (uint32_t)number;
	return *value == number || lines_bad(l, "%s 应为整数", "%s must be a whole number", name);
}

bool lines_letter(struct lines *l, const char *letters, char *value)
{
	const char *text = field(l);
	if (*text == '\0' || text[1] != '\0' || strchr(letters, *text) == NULL)
		return lines_bad(l, "第二列应为 w（队员）或 t（单），不是 %.40s",
				 "the second column must be w (member) or t (order), not %.40s", text);
	*value = *text;
	return true;
}

bool lines_done(struct lines *l)
{
	const char *text = field(l);
	return *text == '\0' || lines_bad(l, "行尾有多余的 %.40s", "%.40s is too much on this line", text);
}
