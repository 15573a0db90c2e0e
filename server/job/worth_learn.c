#include "base/id.h"
#include "domain/roster.h"
#include "domain/worth_seen.h"
#include "job/jobs.h"

enum {
	/* Members who are looked at: a few milliseconds. Of more it is every so many-th. */
	SAMPLE = 4096,
	/* Who was free longer ago than that may have been anything since. */
	LEFT_WITHIN_MS = 20 * 60 * 1000,
};

/* --- who is free --- */

static void make_room(struct arena *a, FreeMembers *now, size_t most)
{
	FreeMember *all = arena_array(a, most, sizeof(*all));
	char(*ids)[ID_CHARS + 1] = arena_array(a, most, sizeof(*ids));
	now->members = arena_array(a, most, sizeof(*now->members));
	now->n_members = 0;
	for (size_t i = 0; i < most; i++) {
		FreeMember_init(&all[i]);
		all[i].id = ids[i];
		now->members[i] = &all[i];
	}
}

static void keep(FreeMember *out, const MemberRecord *member, const LoadRecord *load, const struct worth_stay *stay)
{
	memcpy(out->id, member->id, strlen(member->id) + 1);
	out->lat_e6 = stay->point.lat_e6;
	out->lon_e6 = stay->point.lon_e6;
	out->passed_ms = stay->passed_ms;
	out->span_ms = stay->span_ms;
	out->accepted = load->accepted;
}

/* Who is free now has been, as far as anybody knows, for as long as there were notes. */
static void note_free(struct scene *s, struct roster_walk *walk, WorthRecord *seen, FreeMembers *now)
{
	int64_t ms = worth_seen_ms(seen, s->now_ms) * walk->every;
	for (;;) {
		const LoadRecord *load;
		struct arena_mark mark = arena_mark(s->arena);
		const MemberRecord *member = roster_walk_next(walk, &load);
		if (member == NULL || now->n_members == SAMPLE)
			break;
		struct worth_stay stay = worth_stay_of_member(s, member);
		keep(now->members[now->n_members++], member, load, &stay);
		arena_rewind(s->arena, mark);
		struct worth_spot spot = worth_spot(&stay);
		worth_member_waited(s->arena, seen, &spot, ms);
	}
}

/* --- who has gone --- */

/* Whoever is neither free nor has taken an order since, though there was time left. */
static bool has_left(struct scene *s, const struct roster *roster, const FreeMember *was, int64_t passed_ms)
{
	const LoadRecord *load;
	const MemberRecord *member = roster_member(roster, s->arena, was->id, &load);
	return member != NULL && !match_is_free(s, member, load) && load->accepted == was->accepted &&
	       load->holding < match_holding_cap(s->config, member) &&
	       (was->span_ms == 0 || was->passed_ms + passed_ms < was->span_ms);
}

static void note_left(struct scene *s, const struct roster_walk *walk, WorthRecord *seen, const FreeMembers *before)
{
	int64_t passed_ms = s->now_ms - before->at_ms;
	if (passed_ms <= 0 || passed_ms > LEFT_WITHIN_MS)
		return;
	for (size_t i = 0; i < before->n_members; i++) {
		const FreeMember *was = before->members[i];
		struct arena_mark mark = arena_mark(s->arena);
		bool left = has_left(s, walk->roster, was, passed_ms);
		arena_rewind(s->arena, mark);
		if (!left)
			continue;
		/* Some time in between. */
		struct worth_stay stay = {
		    {was->lat_e6, was->lon_e6}, was->passed_ms + (was->span_ms > 0 ? passed_ms / 2 : 0), was->span_ms};
		struct worth_spot spot = worth_spot(&stay);
		worth_member_left(s->arena, seen, &spot, walk->every);
		worth_member_waited(s->arena, seen, &spot, passed_ms / 2 * walk->every);
	}
}

/* --- learning --- */

static enum err learn_worth(struct txn *t, const void *request, void *response)
{
	const struct worth_learn_request *req = request;
	struct scene *s = txn_scene(t);
	struct arena *a = txn_arena(t);
	const struct roster *roster = txn_roster(t);
	FreeMembers *now = response;
	WorthRecord *known, seen;
	TRY(TXN_FIND(t, WORTH, WORTH_ID, &known));
	if (known == NULL) {
		known = ARENA_NEW(a, WorthRecord);
		WorthRecord_init(known);
		known->id = (char *)WORTH_ID;
	}
	worth_seen_init(a, &seen, req->seen->at_ms);
	worth_add(a, &seen, req->seen);
	struct roster_walk walk = roster_walk(roster, s, SAMPLE);
	if (req->before != NULL)
		note_left(s, &walk, &seen, req->before);
	make_room(a, now, roster_size(roster) < SAMPLE ? roster_size(roster) : SAMPLE);
	now->at_ms = s->now_ms;
	note_free(s, &walk, &seen, now);
	worth_learn(a, known, &seen, s->now_ms);
	txn_put(t, KIND_WORTH, known);
	return OK;
}

const struct method job_learn_worth = {.path = "/job/LearnWorth",
				       .response = &FreeMembers_desc,
				       .handler = learn_worth,
				       .roles = ROLE_BIT(SYSTEM),
				       .flags = METHOD_WRITES};
