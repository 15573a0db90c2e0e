/* Requests against the rules of their .proto files: every kind of rule, on every kind of field. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/limits.h"
#include "paidan_pb.h"
#include "pb/json_read.h"
#include "pb/pb_rule.h"
#include "rules_pb.h"
#include "txn/kind.h"

/* What is wrong with nothing at all. */
#define EMPTY "said FIELD_REQUIRED, blue FIELD_REQUIRED, tags FIELD_OUT_OF_RANGE"
/* A request that is right but for what a row adds. */
#define FINE "\"said\":\"x\",\"blue\":\"COLOUR_BLUE\",\"tags\":[\"a\"]"

static struct arena arena;

static CheckRequest *decode(const char *json)
{
	struct fault fault;
	ProtobufCMessage *message;
	if (json_decode(&arena, &CheckRequest_desc, slice_str(json), NULL, &fault, &message) != OK)
		fail_msg("%s: %s %s", json, fault.field, fault.detail);
	return (CheckRequest *)message;
}

static void told(const struct fault *fault, struct buf *out)
{
	for (size_t i = 0; i < fault->n_violations; i++) {
		const struct violation *v = &fault->violations[i];
		buf_printf(out, "%s%s %s", i == 0 ? "" : ", ", v->field, err_info(v->err)->reason);
		assert_true(v->zh[0] != '\0' && v->en[0] != '\0');
	}
	buf_byte(out, 0);
}

static void expect(const char *json, enum err err, const struct fault *fault, const char *expected)
{
	struct buf out = {0};
	told(fault, &out);
	if (strcmp((const char *)out.ptr, expected) != 0)
		fail_msg("%s: \"%s\", expected \"%s\"", json, (const char *)out.ptr, expected);
	if (fault->n_violations == 0) {
		assert_int_equal(err, OK);
	} else {
		assert_int_equal(err, fault->violations[0].err);
		assert_int_equal(fault->err, err);
		assert_string_equal(fault->field, fault->violations[0].field);
		assert_string_equal(fault->detail, fault->violations[0].en);
	}
	buf_free(&out);
}

static void check(const char *json, const char *expected)
{
	struct fault fault;
	enum err err = pb_check(&arena, &decode(json)->base, &fault);
	expect(json, err, &fault, expected);
	arena_reset(&arena);
}

static void test_rules(void **state)
{
	(void)state;
	static const struct {
		const char *json, *violations;
	} rows[] = {
	    {"{" FINE "}", ""},
	    {"{}", EMPTY},
	    /* texts: characters count, not bytes; nothing is nothing to check */
	    {"{" FINE ",\"text\":\"\"}", ""},
	    {"{" FINE ",\"text\":\"四个字符\"}", ""},
	    {"{" FINE ",\"text\":\"五个字符啊\"}", "text FIELD_TOO_LONG"},
	    {"{" FINE ",\"text\":\"a\"}", "text FIELD_INVALID"},
	    {"{" FINE ",\"text\":\"a\\n\\tb\"}", ""},
	    {"{" FINE ",\"text\":\"a\\u0007\"}", "text FIELD_INVALID"},
	    {"{" FINE ",\"text\":\"a\\u007f\"}", "text FIELD_INVALID"},
	    {"{" FINE ",\"name\":\"a-B_9.x\"}", ""},
	    {"{" FINE ",\"name\":\"a b\"}", "name FIELD_INVALID"},
	    {"{" FINE ",\"name\":\"123456789\"}", "name FIELD_TOO_LONG"},
	    {"{" FINE ",\"tenant\":\"elm-2\"}", ""},
	    {"{" FINE ",\"tenant\":\"e\"}", "tenant FIELD_INVALID"},
	    {"{" FINE ",\"tenant\":\"Elm\"}", "tenant FIELD_INVALID"},
	    {"{" FINE ",\"tenant\":\"abcdefghijklmnopqrstuvwxy\"}", "tenant FIELD_INVALID"},
	    {"{" FINE ",\"request\":\"a:b/c=1\"}", ""},
	    {"{" FINE ",\"request\":\"a b\"}", "request FIELD_INVALID"},
	    {"{" FINE ",\"request\":\"é\"}", "request FIELD_INVALID"},
	    {"{" FINE ",\"etag\":\"18446744073709551615\"}", ""},
	    {"{" FINE ",\"etag\":\"-1\"}", "etag FIELD_INVALID"},
	    {"{" FINE ",\"event\":\"1700000000000-0-2\"}", ""},
	    {"{" FINE ",\"event\":\"1700000000000-0\"}", "event FIELD_INVALID"},
	    {"{" FINE ",\"phone\":\"+86 (10) 8888-0000#12\"}", ""},
	    {"{" FINE ",\"phone\":\"call me\"}", "phone FIELD_INVALID"},
	    {"{" FINE ",\"phone\":\"12\"}", "phone FIELD_INVALID"},
	    {"{" FINE ",\"order\":\"o0000012\",\"person\":\"m0000012\"}", ""},
	    {"{" FINE ",\"order\":\"m0000012\",\"person\":\"r0000012\"}", "order FIELD_INVALID"},
	    {"{" FINE ",\"order\":\"o000012\",\"person\":\"o0000012\"}", "order FIELD_INVALID, person FIELD_INVALID"},
	    {"{\"said\":\"\",\"blue\":5,\"tags\":[\"a\"]}", "said FIELD_REQUIRED"},
	    {"{" FINE ",\"blob\":\"AAAA\"}", ""},
	    {"{" FINE ",\"blob\":\"AAAAAA==\"}", "blob FIELD_TOO_LONG"},
	    /* numbers */
	    {"{" FINE ",\"small\":-2,\"large\":\"1000000000000\",\"ratio\":0.5,\"degrees\":90}", ""},
	    {"{" FINE ",\"small\":-3,\"large\":\"1000000000001\",\"from\":-1,\"ratio\":0.51}",
	     "small FIELD_OUT_OF_RANGE, large FIELD_OUT_OF_RANGE, from FIELD_OUT_OF_RANGE, ratio FIELD_OUT_OF_RANGE"},
	    {"{" FINE ",\"ratio\":\"NaN\",\"any\":\"Infinity\",\"degrees\":\"NaN\"}",
	     "ratio FIELD_OUT_OF_RANGE, any FIELD_OUT_OF_RANGE, degrees FIELD_OUT_OF_RANGE"},
	    {"{" FINE ",\"stars\":0}", "stars FIELD_OUT_OF_RANGE"},
	    {"{" FINE ",\"stars\":5}", ""},
	    /* enums */
	    {"{" FINE ",\"colour\":5}", ""},
	    {"{" FINE ",\"colour\":2}", "colour FIELD_INVALID"},
	    {"{" FINE ",\"colour\":-1}", "colour FIELD_INVALID"},
	    {"{" FINE ",\"colour\":64}", "colour FIELD_INVALID"},
	    {"{\"said\":\"x\",\"blue\":1,\"tags\":[\"a\"]}", "blue FIELD_INVALID"},
	    /* messages and lists */
	    {"{" FINE ",\"leaf\":{\"name\":\"a\",\"note\":\"b\"}}", ""},
	    {"{" FINE ",\"leaf\":{}}", "leaf.name FIELD_REQUIRED, leaf.note FIELD_REQUIRED"},
	    {"{" FINE ",\"leaf\":{\"name\":\"long\",\"note\":\"b\",\"colour\":9}}",
	     "leaf.name FIELD_TOO_LONG, leaf.colour FIELD_INVALID"},
	    {"{\"said\":\"x\",\"blue\":5,\"tags\":[\"a\",\"\",\"long\"]}",
	     "tags[1] FIELD_REQUIRED, tags[2] FIELD_TOO_LONG"},
	    {"{\"said\":\"x\",\"blue\":5,\"tags\":[\"a\",\"b\",\"c\",\"d\"]}", "tags FIELD_OUT_OF_RANGE"},
	    {"{" FINE ",\"colours\":[1,7]}", "colours[1] FIELD_INVALID"},
	    {"{" FINE ",\"numbers\":[10,-10,11]}", "numbers[2] FIELD_OUT_OF_RANGE"},
	    {"{" FINE ",\"mask\":\"text,leaf\"}", ""},
	    {"{" FINE ",\"mask\":\"text,rows\"}", "mask FIELD_INVALID"},
	    {"{" FINE ",\"left\":\"ab\"}", "left FIELD_TOO_LONG"},
	    {"{" FINE ",\"right\":6}", "right FIELD_OUT_OF_RANGE"},
	    {"{" FINE ",\"answer\":\"as long as it likes\\u0001\"}", ""},
	    /* Rows are left to the method, their number is not. */
	    {"{" FINE ",\"rows\":[{},{},{}]}", ""},
	    {"{" FINE ",\"rows\":[{},{},{},{}]}", "rows FIELD_OUT_OF_RANGE"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(rows[i].json, rows[i].violations);
}

static void test_rows(void **state)
{
	(void)state;
	static const char json[] = "{" FINE ",\"rows\":[{\"name\":\"a\",\"leaves\":[{\"name\":\"b\"}]},"
				   "{\"leaves\":[{\"name\":\"b\"},{\"note\":\"c\"}]},{\"name\":\"too long\"}]}";
	static const char *const expected[] = {"", "rows[1].name FIELD_REQUIRED, rows[1].leaves[1].name FIELD_REQUIRED",
					       "rows[2].name FIELD_TOO_LONG, rows[2].leaves FIELD_REQUIRED"};
	struct fault fault;
	CheckRequest *request = decode(json);
	for (size_t i = 0; i < 3; i++)
		expect(json, pb_check_row(&arena, &request->base, "rows", i, &fault), &fault, expected[i]);
	struct buf all = {0};
	buf_printf(&all, "%s, %s", expected[1], expected[2]);
	buf_byte(&all, 0);
	expect(json, pb_check_rows(&arena, &request->base, "rows", &fault), &fault, (const char *)all.ptr);
	buf_free(&all);
	arena_reset(&arena);
}

/* However much is wrong, the answer stays small, and the texts say what is asked for. */
static void test_bounds_and_texts(void **state)
{
	(void)state;
	struct fault fault;
	ImportGridsRequest request = ImportGridsRequest_INIT;
	Node node = Node_INIT, *nodes[100];
	for (size_t i = 0; i < 100; i++)
		nodes[i] = &node;
	request.grids = nodes;
	request.n_grids = 100;
	assert_int_equal(pb_check(&arena, &request.base, &fault), ERR_FIELD_REQUIRED);
	assert_int_equal(fault.n_violations, LIMIT_VIOLATIONS);
	assert_string_equal(fault.violations[LIMIT_VIOLATIONS - 1].field, "grids[9].polygons");
	assert_int_equal(
	    pb_check(&arena, &decode("{" FINE ",\"text\":\"12345\",\"order\":\"x\",\"small\":9}")->base, &fault),
	    ERR_FIELD_TOO_LONG);
	assert_string_equal(fault.violations[0].en, "at most 4 characters, this has 5");
	assert_string_equal(fault.violations[0].zh, "至多 4 个字符，现有 5 个");
	assert_string_equal(fault.violations[1].en, "must be an order's id");
	assert_string_equal(fault.violations[1].zh, "应为单的编号");
	assert_string_equal(fault.violations[2].en, "must be from -2 to 2");
	assert_string_equal(fault.violations[2].zh, "应在 -2 到 2 之间");
	arena_reset(&arena);
}

/* Ids in the rules begin as the records' do. */
static void test_letters(void **state)
{
	(void)state;
	static const struct {
		const ProtobufCMessageDescriptor *message;
		const char *field;
		enum record_kind kind;
	} rows[] = {
	    {&GetOrderRequest_desc, "order_id", KIND_ORDER},
	    {&GetMemberRequest_desc, "member_id", KIND_MEMBER},
	    {&GetResidentRequest_desc, "resident_id", KIND_RESIDENT},
	    {&GetNodeRequest_desc, "node_id", KIND_NODE},
	    {&PlaceOrderRequest_desc, "category_id", KIND_CATEGORY},
	    {&GetBuildingRequest_desc, "building_id", KIND_BUILDING},
	    {&GetHouseholdRequest_desc, "household_id", KIND_HOUSEHOLD},
	    {&RevokeApiKeyRequest_desc, "key_id", KIND_API_KEY},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct pb_side *side = pb_side(rows[i].message);
		int field = pb_field_by_name(side, slice_str(rows[i].field));
		const char letters[] = {kind_info(rows[i].kind)->letter, '\0'};
		for (size_t k = 0; k < side->n_rules; k++) {
			if (side->rules[k].field == field)
				assert_string_equal(side->rules[k].form->letters, letters);
		}
	}
}

/* What C code must know too. */
_Static_assert(ListOrdersRequest_page_size_MAX == LIMIT_PAGE_SIZE, "page_size");
_Static_assert(BulkAssignRequest_items_MAX_ITEMS == LIMIT_BULK, "bulk");
_Static_assert(ImportGridsRequest_grids_MAX_ITEMS == LIMIT_IMPORT_ROWS, "import");
_Static_assert(ImportMembersRequest_members_MAX_ITEMS == LIMIT_IMPORT_ROWS, "import");
_Static_assert(Ring2d_points_MAX_ITEMS == LIMIT_GRID_POINTS, "points");
_Static_assert(Category_slots_MAX_ITEMS == LIMIT_SLOTS, "slots");
_Static_assert(DispatchMode_fanout_MAX == LIMIT_FANOUT, "fanout");
_Static_assert(WatchRequest_node_ids_MAX_ITEMS == LIMIT_EVENT_FILTER, "filter");
_Static_assert(PlaceOrderRequest_title_MAX_CHARS == LIMIT_TITLE_CHARS, "title");
_Static_assert(Node_name_MAX_CHARS == LIMIT_NAME_CHARS, "name");

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_bounds_and_texts),
	    cmocka_unit_test(test_letters),
	};
	arena_init(&arena, 1 << 20);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(&arena);
	return failed;
}
