/* JSON requests against the rules of their .proto files: the verdict is the same after a round through the binary form,
 * and what it tells is whole. */
#include "base/limits.h"
#include "fuzz_codec.h"
#include "paidan_pb.h"
#include "pb/pb_rule.h"
#include "pb/utf8.h"

static const ProtobufCMessageDescriptor *const types[] = {
    &PlaceOrderRequest_desc, &ImportMembersRequest_desc, &ImportGridsRequest_desc, &PutCategoryRequest_desc,
    &PutPolicyRequest_desc,  &UpdateMemberRequest_desc,  &BulkAssignRequest_desc,  &ListBoardRequest_desc,
};

static void check_told(enum err err, const struct fault *fault)
{
	FUZZ_CHECK((err == OK) == (fault->n_violations == 0));
	FUZZ_CHECK(fault->n_violations <= LIMIT_VIOLATIONS);
	for (size_t i = 0; i < fault->n_violations; i++) {
		const struct violation *v = &fault->violations[i];
		FUZZ_CHECK(v->err != OK && v->field[0] != '\0' && v->zh[0] != '\0' && v->en[0] != '\0');
		FUZZ_CHECK(utf8_check(slice_str(v->zh)) == UTF8_OK && utf8_check(slice_str(v->field)) == UTF8_OK);
	}
	FUZZ_CHECK(err == OK || (fault->err == err && strcmp(fault->field, fault->violations[0].field) == 0));
}

static void check_rows(struct arena *a, const ProtobufCMessage *m)
{
	struct fault fault;
	static const char *const lists[] = {"members", "items", "grids", "no_such"};
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		check_told(pb_check_rows(a, m, lists[i], &fault), &fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct fault fault, again;
	ProtobufCMessage *m, *copy;
	if (size == 0)
		return 0;
	const ProtobufCMessageDescriptor *type = types[data[0] % (sizeof(types) / sizeof(types[0]))];
	arena_init(&arena, 64 * 1024 * 1024);
	if (json_decode(&arena, type, slice_of(data + 1, size - 1), NULL, &fault, &m) == OK) {
		enum err err = pb_check(&arena, m, &fault);
		check_told(err, &fault);
		check_rows(&arena, m);
		FUZZ_CHECK(pb_decode(&arena, type, pb_encode_arena(m, &arena), &again, &copy) == OK);
		FUZZ_CHECK(pb_check(&arena, copy, &again) == err && again.n_violations == fault.n_violations);
	}
	arena_free(&arena);
	return 0;
}
