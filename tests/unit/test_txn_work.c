/* What a handler can want that is no record: a slow hash, a commit on the way; what a run notes for the next one; and
 * records that go. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "txn/scrypt.h"
#include "world.h"

#define RECORD_ID "b000test"

static struct stage_notes {
	unsigned runs;
	uint8_t hash[TXN_SCRYPT_BYTES];
} notes;

static enum err reach(struct txn *t, BuildingRecord **out)
{
	TRY(TXN_FIND(t, BUILDING, RECORD_ID, out));
	if (*out == NULL) {
		*out = ARENA_NEW(txn_arena(t), BuildingRecord);
		BuildingRecord_init(*out);
		(*out)->id = (char *)RECORD_ID;
	}
	return OK;
}

/* A try that counts, and fails. */
static enum err try_and_fail(struct txn *t, const void *request, void *response)
{
	BuildingRecord *building;
	const uint8_t *hash;
	(void)request;
	(void)response;
	notes.runs++;
	TRY(reach(t, &building));
	if (!txn_committed_first(t)) {
		building->lat_e6++;
		txn_put(t, KIND_BUILDING, building);
		return txn_commit_first(t);
	}
	TRY(txn_scrypt(t, "secret", SLICE("salt"), 10, &hash));
	memcpy(notes.hash, hash, sizeof(notes.hash));
	TRY(txn_idle(t));
	building->lat_e6 += 100; /* not kept */
	txn_put(t, KIND_BUILDING, building);
	return ERR_CODE_WRONG;
}

static enum err put_member(struct txn *t, const void *request, void *response)
{
	MemberRecord *member = ARENA_NEW(txn_arena(t), MemberRecord);
	(void)request;
	(void)response;
	MemberRecord_init(member);
	member->id = (char *)"m000test";
	member->grid_id = (char *)"n000test";
	txn_put(t, KIND_MEMBER, member);
	return OK;
}

static enum err remove_member(struct txn *t, const void *request, void *response)
{
	MemberRecord *member;
	(void)request;
	(void)response;
	TRY(TXN_GET(t, MEMBER, "m000test", &member));
	txn_remove(t, KIND_MEMBER, member);
	return OK;
}

/* How often the dear part was done, and whether the last run found it noted. */
static unsigned n_found_out;

static enum err find_out_once(struct txn *t, const void *request, void *response)
{
	BuildingRecord *building;
	(void)request;
	(void)response;
	if (txn_recall(t, "answer") == NULL) {
		assert_null(txn_recall(t, "another"));
		txn_note(t, "another", SLICE("x"));
		txn_note(t, "answer", SLICE("42"));
		n_found_out++;
	}
	notes.runs++;
	assert_true(slice_eq(*txn_recall(t, "answer"), SLICE("42")));
	TRY(reach(t, &building));
	building->lat_e6++;
	txn_put(t, KIND_BUILDING, building);
	return OK;
}

/* What was read when all of it was at hand. */
static unsigned n_gathered;

static enum err gather(struct txn *t, const void *request, void *response)
{
	MemberRecord *member;
	BuildingRecord *building;
	(void)request;
	(void)response;
	notes.runs++;
	txn_prefetch(t, KIND_MEMBER, "m000test");
	txn_prefetch(t, KIND_BUILDING, RECORD_ID);
	TRY(txn_gather(t));
	n_gathered++;
	TRY(reach(t, &building));
	building->lat_e6++;
	txn_put(t, KIND_BUILDING, building);
	return TXN_FIND(t, MEMBER, "m000test", &member);
}

/* Handlers that take ERR_WANTED for an answer. */
enum { RIGHT = 1, WRONG = 100 };

static enum err pass_over(struct txn *t, enum err (*reads)(struct txn *t))
{
	BuildingRecord *building;
	TRY(reach(t, &building));
	building->lat_e6 += reads(t) == OK ? RIGHT : WRONG;
	txn_put(t, KIND_BUILDING, building);
	return OK;
}

static enum err read_record(struct txn *t)
{
	MemberRecord *member;
	return TXN_PEEK(t, MEMBER, "m000test", &member);
}

static enum err read_range(struct txn *t)
{
	struct store_entry *entries;
	size_t n;
	return txn_range(t, &(struct txn_range){.key = "i:mg:n000test", .max = INT64_MAX, .limit = 1}, &entries, &n);
}

static enum err read_count(struct txn *t)
{
	int64_t n;
	return txn_count(t, "i:mg:n000test", 0, INT64_MAX, &n);
}

static enum err take_id(struct txn *t)
{
	enum { BLOCK = 64 };
	char *id;
	for (unsigned i = 0; i < BLOCK; i++)
		TRY(txn_new_id(t, KIND_CATEGORY, &id));
	return OK;
}

static enum err pass_over_record(struct txn *t, const void *request, void *response)
{
	(void)request;
	(void)response;
	return pass_over(t, read_record);
}

static enum err pass_over_range(struct txn *t, const void *request, void *response)
{
	(void)request;
	(void)response;
	return pass_over(t, read_range);
}

static enum err pass_over_count(struct txn *t, const void *request, void *response)
{
	(void)request;
	(void)response;
	return pass_over(t, read_count);
}

static enum err pass_over_id(struct txn *t, const void *request, void *response)
{
	(void)request;
	(void)response;
	return pass_over(t, take_id);
}

static enum err pass_over_work(struct txn *t, const void *request, void *response)
{
	(void)request;
	(void)response;
	return pass_over(t, txn_idle);
}

static enum err pass_over_commit(struct txn *t, const void *request, void *response)
{
	(void)request;
	(void)response;
	return pass_over(t, txn_commit_first);
}

/* A refusal for want of what is there. */
static enum err refuse_early(struct txn *t, const void *request, void *response)
{
	(void)request;
	(void)response;
	return read_record(t) == OK ? OK : ERR_NOT_FOUND;
}

/* What is only announced is not waited for. */
static enum err announce(struct txn *t, const void *request, void *response)
{
	(void)request;
	(void)response;
	notes.runs++;
	txn_prefetch(t, KIND_MEMBER, "m000test");
	txn_prefetch(t, KIND_PII, "m000test");
	return OK;
}

static int32_t tries;

static enum err look(struct txn *t, const void *request, void *response)
{
	BuildingRecord *building;
	(void)request;
	(void)response;
	TRY(reach(t, &building));
	tries = building->lat_e6;
	return OK;
}

#define TEST_METHOD(fn, flags_)                                                      \
	{                                                                            \
		.path = "/test/" #fn, .handler = fn, .roles = ~0U, .flags = (flags_) \
	}
static const struct method method_try = TEST_METHOD(try_and_fail, METHOD_WRITES);
static const struct method method_note = TEST_METHOD(find_out_once, METHOD_WRITES);
static const struct method method_gather = TEST_METHOD(gather, METHOD_WRITES);
static const struct method method_put = TEST_METHOD(put_member, METHOD_WRITES);
static const struct method method_remove = TEST_METHOD(remove_member, METHOD_WRITES);
static const struct method method_refuse = TEST_METHOD(refuse_early, METHOD_READS);
static const struct method method_announce = TEST_METHOD(announce, METHOD_WRITES);
static const struct method method_pass_commit = TEST_METHOD(pass_over_commit, METHOD_WRITES);
static const struct method methods_pass[] = {
    TEST_METHOD(pass_over_record, METHOD_WRITES), TEST_METHOD(pass_over_range, METHOD_WRITES),
    TEST_METHOD(pass_over_count, METHOD_WRITES),  TEST_METHOD(pass_over_id, METHOD_WRITES),
    TEST_METHOD(pass_over_work, METHOD_WRITES),
};
static const struct method method_look = TEST_METHOD(look, METHOD_READS);

struct answer {
	enum err err;
	bool done;
};

static void answered(void *arg, const struct exec_result *result)
{
	*(struct answer *)arg = (struct answer){result->err, true};
}

static void begin(struct world *w, const struct method *method, struct answer *out)
{
	struct exec_request request = {
	    .method = method, .credential = world_credential(AS_ADMIN), .done = answered, .arg = out};
	*out = (struct answer){.err = OK};
	(void)exec_call(world_exec(w), &request);
}

static enum err call(struct world *w, const struct method *method)
{
	enum { PATIENCE_MS = 10000 };
	struct answer answer;
	begin(w, method, &answer);
	world_wait(w, &answer.done, PATIENCE_MS);
	assert_true(answer.done);
	return answer.err;
}

static struct world *new_world(int64_t latency_ms, size_t cache_bytes)
{
	struct world *w =
	    world_new(&(struct world_options){.seed = 1, .latency_ms = latency_ms, .cache_bytes = cache_bytes});
	(void)world_town(w, 1);
	return w;
}

static void test_failed_try_counts(void **state)
{
	enum { TRIES = 5 };
	uint8_t want[TXN_SCRYPT_BYTES];
	struct world *w = new_world(0, 1 << 20);
	(void)state;
	uint64_t before = exec_stats(world_exec(w))->hashes;
	for (int i = 0; i < TRIES; i++)
		assert_int_equal(call(w, &method_try), ERR_CODE_WRONG);
	assert_int_equal(call(w, &method_look), OK);
	assert_int_equal(tries, TRIES);
	assert_int_equal(exec_stats(world_exec(w))->hashes - before, TRIES);
	assert_int_equal(world_idles(w), TRIES);
	assert_true(scrypt_run(SLICE("secret"), SLICE("salt"), (struct scrypt_params){4, SCRYPT_R, SCRYPT_P}, want,
			       sizeof(want)));
	assert_memory_equal(notes.hash, want, sizeof(want));
	world_free(w);
}

/* They meet on the record: each of them counts all the same. */
static void test_tries_at_once(void **state)
{
	enum { TRIES = 6, PATIENCE_MS = 10000 };
	struct world *w = new_world(20, 0);
	struct answer answers[TRIES];
	(void)state;
	for (int i = 0; i < TRIES; i++)
		begin(w, &method_try, &answers[i]);
	for (int i = 0; i < TRIES; i++) {
		world_wait(w, &answers[i].done, PATIENCE_MS);
		assert_int_equal(answers[i].err, ERR_CODE_WRONG);
	}
	assert_int_equal(call(w, &method_look), OK);
	assert_int_equal(tries, TRIES);
	assert_int_equal(exec_stats(world_exec(w))->hashes, TRIES);
	world_free(w);
}

/* What a run has noted the next one of the call finds; a call that begins again on fresh records does not. */
static void test_notes(void **state)
{
	struct world *w = new_world(0, 0);
	(void)state;
	notes.runs = n_found_out = 0;
	assert_int_equal(call(w, &method_note), OK);
	assert_int_equal(notes.runs, 2);
	assert_int_equal(n_found_out, 1);
	store_memory_inject(world_store(w), 1, STORE_FAULT_STALE);
	assert_int_equal(call(w, &method_note), OK);
	assert_int_equal(notes.runs, 6);
	assert_int_equal(n_found_out, 3);
	world_free(w);
}

/* Nothing is read for a run that has to end, and records that are at hand are not waited for. */
static void test_gathering(void **state)
{
	struct world *w = new_world(0, 1 << 20);
	(void)state;
	notes.runs = n_gathered = 0;
	assert_int_equal(call(w, &method_gather), OK);
	assert_int_equal(notes.runs, 2);
	assert_int_equal(n_gathered, 1);
	assert_int_equal(call(w, &method_put), OK);
	notes.runs = n_gathered = 0;
	assert_int_equal(call(w, &method_gather), OK);
	assert_int_equal(notes.runs, 1);
	assert_int_equal(n_gathered, 1);
	world_free(w);
}

/* A run counts only if all that it reached for was at hand. */
static void test_wants_passed_over(void **state)
{
	struct world *w = new_world(0, 0);
	(void)state;
	for (size_t i = 0; i < sizeof(methods_pass) / sizeof(methods_pass[0]); i++) {
		assert_int_equal(call(w, &methods_pass[i]), OK);
		assert_int_equal(call(w, &method_look), OK);
		if (tries != (int32_t)(i + 1) * RIGHT)
			fail_msg("%s: %d", methods_pass[i].path, (int)tries);
	}
	assert_int_equal(call(w, &method_refuse), OK);
	notes.runs = 0;
	assert_int_equal(call(w, &method_announce), OK);
	assert_int_equal(notes.runs, 1);
	world_free(w);
}

/* Nor can a commit on the way be passed over: what was put behind it would go along. */
static void test_commit_passed_over(void **state)
{
	struct world *w = new_world(0, 0);
	(void)state;
	char *before = world_dump(w);
	assert_int_equal(call(w, &method_pass_commit), ERR_INTERNAL);
	assert_string_equal(world_dump(w), before);
	world_free(w);
}

static void test_removed_record(void **state)
{
	struct world *w = new_world(0, 1 << 20);
	(void)state;
	char *before = world_dump(w);
	assert_int_equal(call(w, &method_remove), ERR_NOT_FOUND);
	assert_string_equal(world_dump(w), before);
	assert_int_equal(call(w, &method_put), OK);
	assert_non_null(strstr(world_dump(w), "m000test"));
	assert_int_equal(call(w, &method_remove), OK);
	assert_null(strstr(world_dump(w), "i:mg:n000test")); /* indexes as well */
	assert_null(strstr(world_dump(w), "m:m000test"));
	assert_int_equal(call(w, &method_remove), ERR_NOT_FOUND);
	assert_int_equal(call(w, &method_put), OK);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_failed_try_counts),
	    cmocka_unit_test(test_tries_at_once),
	    cmocka_unit_test(test_notes),
	    cmocka_unit_test(test_gathering),
	    cmocka_unit_test(test_wants_passed_over),
	    cmocka_unit_test(test_commit_passed_over),
	    cmocka_unit_test(test_removed_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
