/* Who reaches what: the table idor.txt, cell by cell, on a town and a second tenant beside it. */
#include <stdio.h>
#include <stdlib.h>

#include "idor_stage.h"
#include "service/services.h"

static const Role roles[ROLES] = {ROLE_RESIDENT, ROLE_MEMBER, ROLE_BACKEND, ROLE_OPERATOR, ROLE_ADMIN, ROLE_WALL};
static const char *const relations[RELATIONS] = {"own", "same unit", "other unit", "other tenant"};

/* --- one cell --- */

struct row {
	char path[64], subject, json[400];
	char expected[ROLES][RELATIONS + 1];
};

static bool names(const struct stage *s, const struct row *row, const void *message)
{
	const char *id = row->subject == '-' ? NULL : s->ids[(unsigned char)row->subject];
	return id == NULL || strstr(stage_text(s->w, message), id) != NULL;
}

struct heard {
	const struct stage *stage;
	const struct row *row;
	enum err err;
	bool told;
};

static void on_opened(void *arg, const struct exec_result *result)
{
	((struct heard *)arg)->err = result->err;
}

static void on_message(void *arg, const struct exec_told *told)
{
	struct heard *heard = arg;
	heard->told |= names(heard->stage, heard->row, told->message);
}

static char refusal(enum err err)
{
	switch (err_info(err)->code) {
	case GRPC_NOT_FOUND:
		return 'n';
	case GRPC_PERMISSION_DENIED:
		return 'd';
	case GRPC_UNAUTHENTICATED:
		return 'u';
	case GRPC_OK:
	case GRPC_CANCELLED:
	case GRPC_UNKNOWN:
	case GRPC_INVALID_ARGUMENT:
	case GRPC_DEADLINE_EXCEEDED:
	case GRPC_ALREADY_EXISTS:
	case GRPC_RESOURCE_EXHAUSTED:
	case GRPC_FAILED_PRECONDITION:
	case GRPC_ABORTED:
	case GRPC_OUT_OF_RANGE:
	case GRPC_UNIMPLEMENTED:
	case GRPC_INTERNAL:
	case GRPC_UNAVAILABLE:
	case GRPC_DATA_LOSS:
		break;
	}
	return 's';
}

/* Opens the stream, lets something happen to the subject, and sees whether it is told. */
static char watch_cell(const struct stage *s, const struct row *row, struct who who)
{
	struct heard heard = {.stage = s, .row = row};
	const struct method *method = world_method(s->w, row->path);
	struct exec_watch_request rq = {.method = method,
					.credential = world_credential(who),
					.request = stage_request(s, method, row->json),
					.opened = on_opened,
					.message = on_message,
					.ended = on_opened,
					.arg = &heard};
	struct exec_watch *watch = exec_watch(world_exec(s->w), &rq);
	if (heard.err != OK)
		return refusal(heard.err);
	stage_must(s, AS_ADMIN, "OrderService/AddNote", "{\"order_id\":\"$o\",\"text\":\"x\"}");
	stage_must(s, AS_ADMIN, "OrderService/CancelOrder", "{\"order_id\":\"$o\"}");
	exec_unwatch(watch);
	return heard.told ? '+' : 'e';
}

/* What the tenant has, but when keys were used last: every call may note that. */
static char *dump(const struct stage *s)
{
	char *all = world_dump(s->w), *to = all, *next;
	char *use = arena_printf(world_arena(s->w), " %s:", kind_info(KIND_USE)->prefix);
	for (char *line = all; *line != '\0'; line = next) {
		const char *key = strchr(line, ' ');
		next = strchr(line, '\n') + 1;
		if (strncmp(key, use, strlen(use)) == 0)
			continue;
		memmove(to, line, (size_t)(next - line));
		to += next - line;
	}
	*to = '\0';
	return all;
}

static char call_cell(const struct stage *s, const struct row *row, struct who who, bool writes)
{
	char *before = dump(s);
	struct world_reply reply = stage_call(s, who, row->path, row->json);
	bool changed = strcmp(before, dump(s)) != 0;
	if (reply.err != OK)
		return changed ? '!' : refusal(reply.err);
	if (!writes)
		return changed ? '!' : names(s, row, reply.message) ? '+' : 'e';
	return changed ? '+' : 'e';
}

/* '!' for a refusal that changed something. The stage is made anew after whatever may have changed it. */
static char run_cell(struct stage *s, const struct row *row, struct who (*who_of)(const struct stage *, size_t),
		     size_t cell)
{
	if (s->w == NULL)
		*s = stage_new();
	unsigned flags = world_method(s->w, row->path)->flags;
	bool streams = (flags & METHOD_STREAMS) != 0, writes = (flags & METHOD_WRITES) != 0;
	char got = streams ? watch_cell(s, row, who_of(s, cell)) : call_cell(s, row, who_of(s, cell), writes);
	if (((streams || writes) && (got == '+' || got == 'e')) || got == '!') {
		world_free(s->w);
		s->w = NULL;
	}
	return got;
}

static struct who caller_of(const struct stage *s, size_t cell)
{
	return s->callers[cell / RELATIONS][cell % RELATIONS];
}

static struct who nobody(const struct stage *s, size_t cell)
{
	(void)s;
	(void)cell;
	return AS_NOBODY;
}

/* --- the table --- */

static bool read_row(const char *line, struct row *row)
{
	strcpy(row->expected[ROLES - 1], "dddd");
	return sscanf(line, "%63s %c %399s %4s %4s %4s %4s %4s %4s", row->path, &row->subject, row->json,
		      row->expected[0], row->expected[1], row->expected[2], row->expected[3], row->expected[4],
		      row->expected[5]) >= 8;
}

static unsigned run_row(struct stage *s, const struct row *row, bool print)
{
	unsigned wrong = 0, declared;
	char got[ROLES][RELATIONS + 1] = {{0}};
	if (s->w == NULL)
		*s = stage_new();
	declared = world_method(s->w, row->path)->roles;
	for (size_t i = 0; i < ROLES * RELATIONS; i++) {
		size_t role = i / RELATIONS, relation = i % RELATIONS;
		char want = row->expected[role][relation];
		char *cell = &got[role][relation];
		*cell = run_cell(s, row, caller_of, i);
		/* A role that may not call at all is told so, whatever it asks for. */
		bool fine = *cell == want && ((declared & 1U << roles[role]) != 0 || *cell == 'd');
		if (!fine && !print)
			printf("%s %s: %s of %s: %c, expected %c\n", row->path, row->json,
			       protobuf_c_enum_descriptor_get_value(&Role_desc, (int)roles[role])->name,
			       relations[relation], *cell, want);
		wrong += !fine;
	}
	char none = run_cell(s, row, nobody, 0);
	if (none != 'u' && (declared & ROLE_BIT(UNSPECIFIED)) == 0) {
		printf("%s %s: nobody: %c\n", row->path, row->json, none);
		wrong++;
	}
	if (print)
		printf("%s %c %s %s %s %s %s %s%s%s\n", row->path, row->subject, row->json, got[0], got[1], got[2],
		       got[3], got[4], strcmp(got[5], "dddd") == 0 ? "" : " ",
		       strcmp(got[5], "dddd") == 0 ? "" : got[5]);
	return wrong;
}

static unsigned missing_rows(char (*seen)[64], size_t n_seen)
{
	const struct method *methods[SERVICE_METHODS_MAX];
	size_t n = services_list(methods);
	unsigned missing = 0;
	for (size_t i = 0; i < n; i++) {
		const char *path = methods[i]->path + strlen("/paidan.v1.");
		bool found = false;
		for (size_t k = 0; k < n_seen; k++)
			found |= strcmp(seen[k], path) == 0;
		if (!found)
			printf("%s has no line in idor.txt; its head says how to add one\n", path);
		missing += !found;
	}
	return missing;
}

int main(int argc, char **argv)
{
	enum { ROWS_MAX = 4 * SERVICE_METHODS_MAX };
	static char seen[ROWS_MAX][64];
	size_t n = 0;
	unsigned wrong = 0;
	char line[600];
	bool print = argc > 2 && strcmp(argv[2], "--print") == 0;
	struct stage s = {.w = NULL};
	FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
	if (file == NULL) {
		fprintf(stderr, "usage: test_idor TABLE [--print]\n");
		return 2;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		struct row row;
		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (!read_row(line, &row) || n == ROWS_MAX) {
			printf("not a row: %s", line);
			wrong++;
			continue;
		}
		memcpy(seen[n++], row.path, sizeof(row.path));
		wrong += run_row(&s, &row, print);
	}
	fclose(file);
	if (s.w != NULL)
		world_free(s.w);
	wrong += missing_rows(seen, n);
	printf("%zu rows, %zu cells, %u wrong\n", n, n * ROLES * RELATIONS, wrong);
	return wrong > 0 ? 1 : 0;
}
