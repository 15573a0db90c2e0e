/* Finding who calls: by the whole number however it is written, by its end, never by what is stored in clear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "must.h"
#include "pb/pb_message.h"
#include "service/phone.h"
#include "world.h"

enum { SIDE = 2 };
#define PHONE "13812345678"

struct place {
	struct world *w;
	char *building_id, *household_id;
};

static struct place open_place(void)
{
	struct place p = {.w = world_new(&(struct world_options){.seed = 5, .cache_bytes = 1 << 20})};
	world_town(p.w, SIDE);
	CreateBuildingRequest *b = PB_NEW(world_arena(p.w), CreateBuildingRequest);
	b->building = PB_NEW(world_arena(p.w), Building);
	b->building->name = (char *)"1";
	b->building->point = world_point(p.w, 0, 0, 0, SIDE);
	p.building_id =
	    ((CreateBuildingResponse *)must(world_call(p.w, AS_ADMIN, "OrgService/CreateBuilding", b)))->building->id;
	CreateHouseholdRequest *h = PB_NEW(world_arena(p.w), CreateHouseholdRequest);
	h->household = PB_NEW(world_arena(p.w), Household);
	h->household->building_id = p.building_id;
	h->household->address = (char *)"1-101";
	p.household_id = ((CreateHouseholdResponse *)must(world_call(p.w, AS_ADMIN, "OrgService/CreateHousehold", h)))
			     ->household->id;
	return p;
}

static char *resident(struct place *p, const char *phone)
{
	CreateResidentRequest *rq = PB_NEW(world_arena(p->w), CreateResidentRequest);
	rq->resident = PB_NEW(world_arena(p->w), Resident);
	rq->resident->household_id = p->household_id;
	rq->resident->name = (char *)"R";
	rq->resident->phone = (char *)(uintptr_t)phone;
	return ((CreateResidentResponse *)must(world_call(p->w, AS_ADMIN, "OrgService/CreateResident", rq)))
	    ->resident->id;
}

static const FindResidentsResponse *find(struct place *p, const char *phone)
{
	FindResidentsRequest *rq = PB_NEW(world_arena(p->w), FindResidentsRequest);
	rq->phone = (char *)(uintptr_t)phone;
	return must(world_call(p->w, AS_ADMIN, "OrgService/FindResidents", rq));
}

static void by_phone(void **state)
{
	static const char *const same[] = {PHONE, "138 1234 5678", "138-1234-5678", "+86 13812345678",
					   "008613812345678"};
	static const char *const other[] = {"13812345679", "1381234567", "2345678", "12345678", "8613812345678901"};
	struct place p = open_place();
	(void)state;
	assert_int_equal(find(&p, PHONE)->n_callers, 0);
	char *one = resident(&p, "+86 138-1234-5678"), *two = resident(&p, "13900005678"), *none = resident(&p, "");
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		const FindResidentsResponse *found = find(&p, same[i]);
		assert_int_equal(found->n_callers, 1);
		assert_string_equal(found->callers[0]->resident->id, one);
		assert_string_equal(found->callers[0]->household->id, p.household_id);
		assert_string_equal(found->callers[0]->building->id, p.building_id);
		assert_true(found->callers[0]->resident->masked);
	}
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		assert_int_equal(find(&p, other[i])->n_callers, 0);
	assert_int_equal(find(&p, "5678")->n_callers, 2);
	/* Nothing of a number is stored in clear, and equal numbers look the same in this tenant alone. */
	char *dump = world_dump(p.w);
	assert_null(strstr(dump, "5678 "));
	assert_null(strstr(dump, PHONE));
	EraseDataRequest *erase = PB_NEW(world_arena(p.w), EraseDataRequest);
	erase->person_id = two;
	must(world_call(p.w, AS_ADMIN, "PrivacyService/EraseData", erase));
	assert_int_equal(find(&p, "5678")->n_callers, 1);
	FindResidentsRequest *home = PB_NEW(world_arena(p.w), FindResidentsRequest);
	home->household_id = p.household_id;
	const FindResidentsResponse *there = must(world_call(p.w, AS_ADMIN, "OrgService/FindResidents", home));
	assert_int_equal(there->n_callers, 2);
	assert_string_equal(there->callers[1]->resident->id, none);
	world_free(p.w);
}

static void pages(void **state)
{
	enum { RESIDENTS = 45 };
	struct place p = open_place();
	(void)state;
	for (int i = 0; i < RESIDENTS; i++)
		resident(&p, "13900005678");
	FindResidentsRequest *rq = PB_NEW(world_arena(p.w), FindResidentsRequest);
	rq->phone = (char *)"5678";
	size_t n = 0, calls = 0;
	do {
		const FindResidentsResponse *found = must(world_call(p.w, AS_ADMIN, "OrgService/FindResidents", rq));
		n += found->n_callers;
		rq->page_token = found->next_page_token;
		calls++;
	} while (rq->page_token[0] != '\0');
	assert_int_equal(n, RESIDENTS);
	assert_int_equal(calls, 3);
	world_free(p.w);
}

static void digits(void **state)
{
	static const struct {
		const char *phone, *digits;
	} rows[] = {{"", ""},
		    {"+86 138 1234 5678", PHONE},
		    {"(0571) 8765-4321", "057187654321"},
		    {"8612345", "8612345"},
		    {"#*", ""},
		    {"111111111111111111111111111111", "111111111111111111111111"}};
	char out[PHONE_DIGITS_MAX + 1];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(phone_digits(rows[i].phone, out), strlen(rows[i].digits));
		assert_string_equal(out, rows[i].digits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(by_phone), cmocka_unit_test(pages),
					   cmocka_unit_test(digits)};
	return cmocka_run_group_tests_name("find", tests, NULL, NULL);
}
