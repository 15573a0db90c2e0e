#include "service/subject.h"

#include "domain/authz.h"

enum err subject_reach(struct txn *t, const char *person_id, struct subject *who)
{
	struct scene *s = txn_scene(t);
	const struct actor *actor = s->actor;
	bool self = person_id[0] == '\0' && (actor->role == ROLE_RESIDENT || actor->role == ROLE_MEMBER);
	const char *id = self ? actor->id : person_id;
	*who = (struct subject){.id = id, .grid_id = ""};
	if (id[0] == '\0')
		return fault_set(s->fault, ERR_FIELD_REQUIRED, "person_id", "whose?");
	if (kind_of_letter(id[0]) == KIND_MEMBER) {
		TRY(TXN_GET(t, MEMBER, id, &who->member));
		who->grid_id = who->member->grid_id;
		return authz_member(s, who->member);
	}
	TRY(TXN_GET(t, RESIDENT, id, &who->resident));
	TRY(TXN_FIND(t, HOUSEHOLD, who->resident->household_id, &who->household));
	if (who->household != NULL)
		who->grid_id = who->household->grid_id;
	return authz_resident(s, who->resident, who->household);
}

int64_t subject_erased_ms(const struct subject *who)
{
	return who->member != NULL ? who->member->erased_ms : who->resident->erased_ms;
}

void subject_event(struct txn *t, EventKind kind, const struct subject *who)
{
	EventRecord *event = ARENA_NEW(txn_arena(t), EventRecord);
	EventRecord_init(event);
	event->kind = kind;
	event->subject_id = (char *)who->id;
	event->grid_id = (char *)who->grid_id;
	txn_event(t, event);
}
