#include <stdio.h>

#include "base/id.h"
#include "base/limits.h"
#include "domain/shifts.h"
#include "pb/pb_rule.h"
#include "service/person.h"
#include "service/reply.h"
#include "service/services.h"

/* --- checks --- */

static enum err check(struct txn *t, const Member *m, const char *at)
{
	struct arena *a = txn_arena(t);
	TRY(person_check(t, m->name, arena_printf(a, "%s.name", at), m->phone, arena_printf(a, "%s.phone", at)));
	return shifts_check(txn_scene(t), m->shifts, m->n_shifts, arena_printf(a, "%s.shifts", at));
}

/* Where the member lives decides their grid, unless it is named. */
static enum err place(struct scene *s, const Member *m, const char *at, MemberRecord *record)
{
	struct geo_point home;
	if (m->home != NULL) {
		TRY(geo_point_read(s, m->home, arena_printf(s->arena, "%s.home", at), &home));
		record->lat_e6 = home.lat_e6;
		record->lon_e6 = home.lon_e6;
	}
	if (m->grid_id[0] != '\0') {
		TRY(authz_node(s, m->grid_id, arena_printf(s->arena, "%s.grid_id", at)));
		record->grid_id = m->grid_id;
		return OK;
	}
	if (m->home == NULL)
		return fault_set(s->fault, ERR_FIELD_REQUIRED, arena_printf(s->arena, "%s.home", at),
				 "a home point or a grid");
	const struct org_node *grid = config_locate(s->config, home);
	if (grid == NULL)
		return fault_set(s->fault, ERR_OUTSIDE_GRIDS, arena_printf(s->arena, "%s.home", at), "in no grid");
	record->grid_id = grid->record->id;
	return authz_node(s, record->grid_id, arena_printf(s->arena, "%s.home", at));
}

static void take_lists(const Member *m, MemberRecord *record)
{
	record->skills = m->skills;
	record->n_skills = m->n_skills;
	record->shifts = m->shifts;
	record->n_shifts = m->n_shifts;
	record->quiet = m->quiet;
}

/* Checks one member of a request and puts them. */
static enum err create(struct txn *t, const Member *m, const char *at, MemberRecord **out, PiiRecord **pii)
{
	struct scene *s = txn_scene(t);
	MemberRecord *record = ARENA_NEW(s->arena, MemberRecord);
	MemberRecord_init(record);
	TRY(check(t, m, at));
	TRY(place(s, m, at, record));
	TRY(txn_new_id(t, KIND_MEMBER, &record->id));
	record->kind = m->kind == MEMBER_KIND_UNSPECIFIED ? MEMBER_KIND_VOLUNTEER : m->kind;
	record->building_id = m->building_id;
	record->home_community_id = m->home_community_id;
	record->linked_unit_id = m->linked_unit_id;
	record->household_id = m->household_id;
	record->holding_cap = m->holding_cap;
	record->paused_until_ms = m->paused_until_ms;
	take_lists(m, record);
	txn_put(t, KIND_MEMBER, record);
	TRY(person_put_new(t, record->id, m->name, m->phone, "", pii));
	*out = record;
	return OK;
}

HANDLER(create_member, CreateMember)
{
	MemberRecord *record;
	PiiRecord *pii;
	TRY(create(t, req->member, "member", &record, &pii));
	txn_subject(t, record->id);
	rsp->member = view_member(txn_scene(t), record, NULL, pii, txn_etag(t, KIND_MEMBER, record->id));
	return OK;
}

HANDLER(get_member, GetMember)
{
	MemberRecord *member;
	TRY(TXN_GET(t, MEMBER, req->member_id, &member));
	TRY(authz_member(txn_scene(t), member));
	return again_member(t, member->id, rsp);
}

HANDLER(list_members, ListMembers)
{
	struct page page;
	struct store_entry *entries;
	size_t n;
	TRY(page_read(t, req->page_size, req->page_token, &page));
	if (req->grid_id[0] != '\0')
		TRY(authz_node(txn_scene(t), req->grid_id, "grid_id"));
	const char *key =
	    req->grid_id[0] == '\0' ? INDEX_MEMBERS : arena_printf(txn_arena(t), INDEX_MEMBERS_GRID, req->grid_id);
	struct txn_range range = {.key = key,
				  .min = 0,
				  .max = 0,
				  .has_after = page.has_after,
				  .after_score = page.after_score,
				  .after = page.after,
				  .limit = page.size};
	TRY(txn_range(t, &range, &entries, &n));
	const char **ids = arena_array(txn_arena(t), n, sizeof(*ids));
	for (size_t i = 0; i < n; i++) {
		ids[i] = arena_string(txn_arena(t), entries[i].member);
		txn_prefetch(t, KIND_MEMBER, ids[i]);
		txn_prefetch(t, KIND_LOAD, ids[i]);
		txn_prefetch(t, KIND_PII, ids[i]);
	}
	rsp->members = arena_array(txn_arena(t), n, sizeof(*rsp->members));
	for (size_t i = 0; i < n; i++) {
		MemberRecord *member;
		LoadRecord *load;
		PiiRecord *pii;
		TRY(TXN_PEEK(t, MEMBER, ids[i], &member));
		TRY(TXN_PEEK(t, LOAD, ids[i], &load));
		TRY(TXN_PEEK(t, PII, ids[i], &pii));
		if (member != NULL && authz_member(txn_scene(t), member) == OK)
			rsp->members[rsp->n_members++] =
			    view_member(txn_scene(t), member, load, pii, txn_etag(t, KIND_MEMBER, ids[i]));
	}
	if (n == page.size)
		rsp->next_page_token = page_token(t, 0, entries[n - 1].member);
	return OK;
}

/* --- changes --- */

enum { PATH_PERSON = 1, PATH_HOME = 2 };

static enum err apply_path(struct txn *t, const char *path, const Member *m, MemberRecord *record, unsigned *touched)
{
	if (strcmp(path, "name") == 0 || strcmp(path, "phone") == 0)
		*touched |= PATH_PERSON;
	else if (strcmp(path, "home") == 0 || strcmp(path, "grid_id") == 0)
		*touched |= PATH_HOME;
	else if (strcmp(path, "building_id") == 0)
		record->building_id = m->building_id;
	else if (strcmp(path, "home_community_id") == 0)
		record->home_community_id = m->home_community_id;
	else if (strcmp(path, "linked_unit_id") == 0)
		record->linked_unit_id = m->linked_unit_id;
	else if (strcmp(path, "household_id") == 0)
		record->household_id = m->household_id;
	else if (strcmp(path, "holding_cap") == 0)
		record->holding_cap = m->holding_cap;
	else if (strcmp(path, "paused_until_ms") == 0)
		record->paused_until_ms = m->paused_until_ms;
	else if (strcmp(path, "active") == 0)
		record->inactive = !m->active;
	else if (strcmp(path, "skills") == 0) {
		record->skills = m->skills;
		record->n_skills = m->n_skills;
	} else if (strcmp(path, "shifts") == 0) {
		record->shifts = m->shifts;
		record->n_shifts = m->n_shifts;
	} else if (strcmp(path, "quiet") == 0)
		record->quiet = m->quiet;
	else
		return fault_set(txn_fault(t), ERR_FIELD_INVALID, "update_mask", "can't change this field");
	return OK;
}

HANDLER(update_member, UpdateMember)
{
	struct scene *s = txn_scene(t);
	const Member *m = req->member;
	MemberRecord *record;
	PiiRecord *pii;
	unsigned touched = 0;
	txn_prefetch(t, KIND_PII, m->id);
	TRY(TXN_GET(t, MEMBER, m->id, &record));
	TRY(authz_member(s, record));
	if (record->erased_ms != 0)
		return fault_set(s->fault, ERR_ERASED, "member.id", "%s", record->id);
	TRY(txn_check_etag(t, KIND_MEMBER, record->id, m->etag));
	TRY(check(t, m, "member"));
	for (size_t i = 0; i < req->update_mask->n_paths; i++)
		TRY(apply_path(t, req->update_mask->paths[i], m, record, &touched));
	if (touched & PATH_HOME)
		TRY(place(s, m, "member", record));
	TRY(TXN_FIND(t, PII, record->id, &pii));
	if (touched & PATH_PERSON) {
		const char *name = pii == NULL ? "" : pii->name, *phone = pii == NULL ? "" : pii->phone;
		for (size_t i = 0; i < req->update_mask->n_paths; i++) {
			name = strcmp(req->update_mask->paths[i], "name") == 0 ? m->name : name;
			phone = strcmp(req->update_mask->paths[i], "phone") == 0 ? m->phone : phone;
		}
		TRY(person_change(t, record->id, name, phone, &pii));
	}
	txn_put(t, KIND_MEMBER, record);
	txn_subject(t, record->id);
	rsp->member = view_member(s, record, NULL, pii, txn_etag(t, KIND_MEMBER, record->id));
	return OK;
}

HANDLER(pause_member, PauseMember)
{
	MemberRecord *record;
	TRY(TXN_GET(t, MEMBER, req->member_id, &record));
	TRY(authz_member(txn_scene(t), record));
	record->paused_until_ms = req->until_ms;
	txn_put(t, KIND_MEMBER, record);
	txn_subject(t, record->id);
	rsp->member = view_member(txn_scene(t), record, NULL, NULL, txn_etag(t, KIND_MEMBER, record->id));
	return OK;
}

/* --- many at once --- */

/* The ids that an import gave, as runs of numbers: "m000001+64 m00000a1+12". As many as a claim holds. */
static char *note_ids(struct txn *t, const ImportMembersResponse *rsp)
{
	enum { ROOM = 56 };
	char *runs = arena_strdup(txn_arena(t), ""), letter;
	uint64_t number, first = 0, next = 0;
	for (size_t i = 0; i <= rsp->n_results; i++) {
		bool over = i == rsp->n_results;
		if (!over &&
		    (rsp->results[i]->error != NULL || !id_parse(rsp->results[i]->member_id, &letter, &number)))
			continue;
		if (!over && number == next && first != 0) {
			next++;
			continue;
		}
		if (first != 0) {
			char id[ID_CHARS + 1];
			id_format('m', first, id);
			runs = arena_printf(txn_arena(t), "%s%s+%u ", runs, id, (unsigned)(next - first));
		}
		first = over ? 0 : number;
		next = over ? 0 : number + 1;
	}
	return strlen(runs) <= ROOM ? runs : arena_strdup(txn_arena(t), "");
}

/* The next id of the runs; "" when they end. */
static char *next_id(struct txn *t, const char **runs, unsigned *used)
{
	char id[ID_CHARS + 1], letter;
	uint64_t number;
	unsigned n;
	int len;
	if (sscanf(*runs, "%8[0-9a-z]+%u %n", id, &n, &len) != 2 || !id_parse(id, &letter, &number))
		return (char *)protobuf_c_empty_string;
	id_format(letter, number + *used, id);
	if (++*used == n) {
		*runs += len;
		*used = 0;
	}
	return arena_strdup(txn_arena(t), id);
}

/* Rows on their own, or all or none; ids come from the claim when the import is repeated. */
static enum err import_rows(struct txn *t, const ImportMembersRequest *req, const char *runs,
			    ImportMembersResponse *rsp)
{
	struct scene *s = txn_scene(t);
	unsigned used = 0;
	if (req->atomic)
		TRY(pb_check_rows(s->arena, &req->base, "members", s->fault));
	rsp->results = arena_array(s->arena, req->n_members, sizeof(*rsp->results));
	for (size_t i = 0; i < req->n_members; i++) {
		MemberRecord *record;
		PiiRecord *pii;
		enum err err = pb_check_row(s->arena, &req->base, "members", i, s->fault);
		if (err == OK)
			err = create(t, req->members[i], arena_printf(s->arena, "members[%zu]", i), &record, &pii);
		if (err == ERR_WANTED || (err != OK && req->atomic))
			return err;
		ImportMemberResult *result = ARENA_NEW(s->arena, ImportMemberResult);
		ImportMemberResult_init(result);
		result->row = (uint32_t)i;
		if (err == OK) {
			result->member_id = runs == NULL ? record->id : next_id(t, &runs, &used);
			rsp->imported++;
		} else {
			result->error = reply_error_info(t, err);
		}
		rsp->results[rsp->n_results++] = result;
	}
	return OK;
}

HANDLER(import_members, ImportMembers)
{
	TRY(import_rows(t, req, NULL, rsp));
	txn_subject(t, note_ids(t, rsp));
	return OK;
}

static enum err again_import(struct txn *t, const char *runs, void *response)
{
	return import_rows(t, txn_request(t), runs, response);
}

const struct method member_methods[] = {
    METHOD(MemberService, CreateMember, create_member, .again = again_member),
    METHOD(MemberService, GetMember, get_member, .again = NULL),
    METHOD(MemberService, ListMembers, list_members, .again = NULL),
    METHOD(MemberService, UpdateMember, update_member, .again = again_member),
    METHOD(MemberService, PauseMember, pause_member, .again = again_member),
    METHOD(MemberService, ImportMembers, import_members, .again = again_import),
};
const size_t member_methods_n = sizeof(member_methods) / sizeof(member_methods[0]);
