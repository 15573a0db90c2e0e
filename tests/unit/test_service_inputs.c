/* What every handler says to bad input: the reason, the field, and that nothing was stored. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "must.h"
#include "pb/json_read.h"
#include "pb/pb_message.h"
#include "service/services.h"
#include "service_input_rows.h"
#include "world.h"

enum { SIDE = 2 };

/* A town to refer to: $o offered to $m, $a accepted by $m, $d completed, $r resident, $c category, $g grid,
 * $n community, $b building, $h household, $k key, $e another grid's member. */
struct stage {
	struct world *w;
	char *ids[128]; /* by letter */
	char *long_text;
};

/* $x is an id, @n a text of n hundred characters of three bytes, ^n a list of n empty objects. */
static struct slice expand(const struct stage *s, const char *json)
{
	struct buf b = {0};
	for (const char *c = json; *c != '\0'; c++) {
		if (*c == '$' && s->ids[(unsigned char)c[1]] != NULL) {
			buf_str(&b, s->ids[(unsigned char)*++c]);
		} else if (*c == '@') {
			for (unsigned n = (unsigned)(*++c - '0') * 100; n > 0; n--)
				buf_str(&b, "长");
		} else if (*c == '^') {
			char *end;
			unsigned long n = strtoul(c + 1, &end, 10);
			for (unsigned long i = 0; i < n; i++)
				buf_str(&b, i == 0 ? "{}" : ",{}");
			c = end - 1;
		} else {
			buf_byte(&b, (uint8_t)*c);
		}
	}
	struct slice text = arena_slice(world_arena(s->w), buf_view(&b));
	buf_free(&b);
	return text;
}

static const char *path_of(const char *method)
{
	const struct method *methods[SERVICE_METHODS_MAX];
	size_t n = services_list(methods);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(strrchr(methods[i]->path, '/') + 1, method) == 0)
			return methods[i]->path + sizeof("/paidan.v1.") - 1;
	}
	fail_msg("no method %s", method);
	return NULL;
}

static struct who who_of(const struct stage *s, char who)
{
	switch (who) {
	case 'm':
	case 'e':
		return AS_MEMBER(s->ids[(unsigned char)who]);
	case 'r':
	case 's':
		return AS_RESIDENT(s->ids[(unsigned char)who]);
	case 'k':
		return WITH_KEY(s->ids['K']);
	case '-':
		return AS_NOBODY;
	default:
		return AS_ADMIN;
	}
}

static struct world_reply call(const struct stage *s, char who, const char *method, const char *json)
{
	struct fault fault;
	ProtobufCMessage *request;
	const struct method *m = world_method(s->w, path_of(method));
	if (json_decode(world_arena(s->w), m->request, expand(s, json), NULL, &fault, &request) != OK)
		fail_msg("%s %s: %s %s", method, json, fault.field, fault.detail);
	return world_call(s->w, who_of(s, who), path_of(method), request);
}

static char *order(const struct stage *s, const char *category)
{
	return world_order(s->w, s->ids['r'], category, world_point(s->w, 0, 0, 0, SIDE));
}

static struct stage stage(void)
{
	struct stage s = {.w = world_new(&(struct world_options){.seed = 3, .cache_bytes = 1 << 20})};
	struct town town = world_town(s.w, SIDE);
	s.ids['c'] = town.plain_category;
	s.ids['g'] = town.grid_ids[0];
	s.ids['n'] = town.community_id;
	s.ids['m'] = world_member(s.w, world_point(s.w, 0, 10, 0, SIDE), NULL);
	s.ids['r'] = world_resident(s.w);
	s.ids['s'] = world_resident(s.w);
	CreateBuildingResponse *b = must(call(
	    &s, 'A', "CreateBuilding", "{\"building\":{\"name\":\"1\",\"point\":{\"lat\":30.001,\"lon\":120.001}}}"));
	s.ids['b'] = b->building->id;
	CreateHouseholdResponse *h =
	    must(call(&s, 'A', "CreateHousehold", "{\"household\":{\"building_id\":\"$b\",\"address\":\"1-1\"}}"));
	s.ids['h'] = h->household->id;
	CreateApiKeyResponse *k =
	    must(call(&s, 'A', "CreateApiKey", "{\"role\":\"ROLE_OPERATOR\",\"node_id\":\"$g\"}"));
	s.ids['k'] = k->key_id;
	s.ids['K'] = k->key;
	must(call(&s, 'k', "ListCategories", "{}")); /* its first use is written down */
	s.ids['d'] = order(&s, town.plain_category);
	must(call(&s, 'm', "AcceptOffer", "{\"order_id\":\"$d\"}"));
	must(call(&s, 'm', "CompleteTask", "{\"order_id\":\"$d\",\"text\":\"done\"}"));
	s.ids['a'] = order(&s, town.plain_category);
	must(call(&s, 'm', "AcceptOffer", "{\"order_id\":\"$a\"}"));
	s.ids['o'] = order(&s, town.plain_category);
	s.ids['e'] = world_member(s.w, world_point(s.w, 3, 10, 0, SIDE), NULL);
	return s;
}

static void test_bad_inputs(void **state)
{
	(void)state;
	struct stage s = stage();
	unsigned wrong = 0;
	for (size_t i = 0; i < n_input_rows; i++) {
		const struct input_row *row = &input_rows[i];
		char *before = world_dump(s.w);
		struct world_reply reply = call(&s, row->who, row->method, row->json);
		const char *reason = err_info(reply.err)->reason;
		const char *field = reply.fault.field == NULL ? "" : reply.fault.field;
		if (strcmp(reason, row->reason) != 0 || strcmp(field, row->field == NULL ? "" : row->field) != 0) {
			print_error("%c %s %s: %s '%s', expected %s '%s'\n", row->who, row->method, row->json, reason,
				    field, row->reason, row->field == NULL ? "" : row->field);
			wrong++;
		}
		if (strcmp(before, world_dump(s.w)) != 0) {
			print_error("%c %s %s: something was stored\n", row->who, row->method, row->json);
			wrong++;
		}
		/* Texts in both languages. */
		assert_true(reply.err == OK ||
			    (err_info(reply.err)->zh[0] != '\0' && err_info(reply.err)->en[0] != '\0'));
	}
	assert_int_equal(wrong, 0);
	world_free(s.w);
}

/* Every method has a row that is refused, but those that have nothing to refuse. */
static void test_all_methods(void **state)
{
	(void)state;
	static const char *const open[] = {"GetPolicy",    "GetAcceptance",   "ListCategories",
					   "GetHousehold", "RedispatchOrder", "ResumeOrder"};
	const struct method *methods[SERVICE_METHODS_MAX];
	size_t n = services_list(methods);
	for (size_t i = 0; i < n; i++) {
		const char *name = strrchr(methods[i]->path, '/') + 1;
		bool found = (methods[i]->flags & METHOD_STREAMS) != 0; /* test_txn_watch */
		for (size_t k = 0; k < n_input_rows; k++)
			found |= strcmp(input_rows[k].method, name) == 0;
		for (size_t k = 0; k < sizeof(open) / sizeof(open[0]); k++)
			found |= strcmp(open[k], name) == 0;
		if (!found)
			fail_msg("%s has no row", name);
	}
}

/* A row that is wrong costs the others nothing, unless all or none is asked for. */
static void test_partial_import(void **state)
{
	(void)state;
	struct stage s = stage();
	ImportMembersResponse *rsp =
	    must(call(&s, 'A', "ImportMembers",
		      "{\"members\":[{\"grid_id\":\"$g\"},{},{\"grid_id\":\"$g\",\"holding_cap\":9999}]}"));
	assert_int_equal(rsp->imported, 1);
	assert_int_equal(rsp->n_results, 3);
	assert_null(rsp->results[0]->error);
	assert_string_equal(rsp->results[1]->error->field, "members[1].home");
	assert_int_equal(rsp->results[2]->row, 2);
	assert_string_equal(rsp->results[2]->error->reason, "FIELD_OUT_OF_RANGE");
	world_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bad_inputs),
	    cmocka_unit_test(test_all_methods),
	    cmocka_unit_test(test_partial_import),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
