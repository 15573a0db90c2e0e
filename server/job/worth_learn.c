#include "domain/policy.h"
#include "domain/roster.h"
#include "domain/worth_seen.h"
#include "job/jobs.h"

/* Members who are looked at: a few milliseconds. Of more it is every so many-th. */
enum { SAMPLE = 4096 };

/* Who is free now has been, as far as anybody knows, for as long as there were notes. */
static void note_free(struct txn *t, WorthRecord *seen)
{
	struct scene *s = txn_scene(t);
	struct roster_walk walk = roster_walk(txn_roster(t), s, SAMPLE);
	int64_t ms = (s->now_ms - seen->at_ms) * walk.every;
	const MemberRecord *member;
	for (;;) {
		struct arena_mark mark = arena_mark(s->arena);
		if ((member = roster_walk_next(&walk)) == NULL)
			break;
		struct worth_stay stay = worth_stay_of_member(s, member);
		arena_rewind(s->arena, mark);
		struct worth_spot spot = worth_spot(&stay);
		worth_member_waited(s->arena, seen, &spot, ms > 0 ? ms : 0);
	}
}

static enum err learn_worth(struct txn *t, const void *request, void *response)
{
	const WorthRecord *noted = request;
	struct arena *a = txn_arena(t);
	WorthRecord *known, seen;
	(void)response;
	TRY(TXN_FIND(t, WORTH, WORTH_ID, &known));
	if (known == NULL) {
		known = ARENA_NEW(a, WorthRecord);
		WorthRecord_init(known);
		known->id = (char *)WORTH_ID;
	}
	worth_seen_init(a, &seen, noted->at_ms);
	worth_add(a, &seen, noted);
	note_free(t, &seen);
	worth_learn(a, known, &seen, txn_now_ms(t));
	txn_put(t, KIND_WORTH, known);
	return OK;
}

const struct method job_learn_worth = {
    .path = "/job/LearnWorth", .handler = learn_worth, .roles = ROLE_BIT(SYSTEM), .flags = METHOD_WRITES};
