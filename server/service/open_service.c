/* What everybody may read: the tenant's figures by week and grid (domain/open.h), and its map. */
#include "domain/open.h"

#include "domain/policy.h"
#include "service/cells.h"
#include "service/reply.h"
#include "service/services.h"

enum { WEEKS_DEFAULT = 8 };

struct reading {
	struct txn *t;
	size_t n_grids, n_weeks;
	int32_t first_week;
	RateCounts **grids; /* by week, then by grid as in the configuration */
	RateCounts **days;  /* of the whole tenant */
	GetFiguresResponse *rsp;
};

/* A tenant that tells nothing is not told apart from one that is not there. Who is signed in asks their own. */
static enum err check_published(struct txn *t, const char *tenant_id)
{
	bool own = tenant_id[0] == '\0' || strcmp(tenant_id, txn_tenant(t)) == 0;
	if (own && open_published(txn_config(t)->policy))
		return OK;
	return fault_set(txn_fault(t), ERR_NOT_FOUND, NULL, "nothing is published");
}

static RateCounts **new_counts(struct arena *a, size_t n)
{
	RateCounts **counts = arena_array(a, n, sizeof(RateCounts *));
	for (size_t i = 0; i < n; i++) {
		counts[i] = ARENA_NEW(a, RateCounts);
		RateCounts_init(counts[i]);
	}
	return counts;
}

static void take_cell(void *arg, size_t unit, const struct rates_cell *cell, uint64_t orders)
{
	struct reading *r = arg;
	size_t day = (size_t)(cell->day - open_week_day(r->first_week));
	rates_add(r->grids[day / OPEN_WEEK_DAYS * r->n_grids + unit], cell->fate, orders);
	rates_add(r->days[day], cell->fate, orders);
}

static enum err read_weeks(struct reading *r)
{
	struct arena *a = txn_arena(r->t);
	const struct config *config = txn_config(r->t);
	const char **ids = arena_array(a, config->n_grids, sizeof(*ids));
	for (size_t i = 0; i < config->n_grids; i++)
		ids[i] = config->grids[i]->record->id;
	r->grids = new_counts(a, r->n_weeks * r->n_grids);
	r->days = new_counts(a, r->n_weeks * OPEN_WEEK_DAYS);
	struct cells cells = {.ids = ids,
			      .n_ids = config->n_grids,
			      .from_day = open_week_day(r->first_week),
			      .until_day = open_week_day(r->first_week + (int32_t)r->n_weeks) - 1,
			      .field = "weeks",
			      .take = take_cell,
			      .arg = r};
	return cells_read(r->t, &cells);
}

static OpenFigures *tell(struct reading *r, const RateCounts *counts, int32_t day, uint32_t days)
{
	OpenFigures *figures = ARENA_NEW(txn_arena(r->t), OpenFigures);
	OpenFigures_init(figures);
	figures->from_ms = policy_day_start_ms(txn_config(r->t)->policy, day);
	figures->days = days;
	open_tell(counts, figures);
	return figures;
}

static void tell_grids(struct reading *r, RateCounts *const *week, int32_t day, const bool *pooled)
{
	const struct config *config = txn_config(r->t);
	RateCounts pool = RateCounts_INIT;
	bool any = false;
	for (size_t i = 0; i < r->n_grids; i++) {
		if (pooled[i]) {
			open_sum(&pool, week[i]);
			any = true;
			continue;
		}
		OpenFigures *figures = tell(r, week[i], day, OPEN_WEEK_DAYS);
		figures->grid_id = config->grids[i]->record->id;
		r->rsp->grids[r->rsp->n_grids++] = figures;
	}
	if (!any)
		return;
	OpenFigures *others = tell(r, &pool, day, OPEN_WEEK_DAYS);
	others->others = true;
	r->rsp->grids[r->rsp->n_grids++] = others;
}

static void tell_days(struct reading *r, RateCounts *const *days, const RateCounts *whole, int32_t first, uint32_t few)
{
	bool small = false;
	for (size_t i = 0; i < OPEN_WEEK_DAYS; i++)
		small = small || open_is_small(days[i], few);
	for (size_t i = 0; i < OPEN_WEEK_DAYS && !small; i++)
		r->rsp->days[r->rsp->n_days++] = tell(r, days[i], first + (int32_t)i, 1);
	if (small)
		r->rsp->days[r->rsp->n_days++] = tell(r, whole, first, OPEN_WEEK_DAYS);
}

static void tell_week(struct reading *r, size_t week, RateCounts *total)
{
	uint32_t few = open_few_orders(txn_config(r->t)->policy);
	int32_t first = open_week_day(r->first_week + (int32_t)week);
	RateCounts *const *grids = r->grids + week * r->n_grids;
	RateCounts whole = RateCounts_INIT;
	bool *pooled = arena_array(txn_arena(r->t), r->n_grids, sizeof(*pooled));
	for (size_t i = 0; i < r->n_grids; i++)
		open_sum(&whole, grids[i]);
	if (!open_pool((const RateCounts *const *)grids, r->n_grids, few, pooled))
		return;
	tell_grids(r, grids, first, pooled);
	tell_days(r, r->days + week * OPEN_WEEK_DAYS, &whole, first, few);
	open_sum(total, &whole);
}

HANDLER(get_figures, GetFigures)
{
	struct arena *a = txn_arena(t);
	const struct config *config = txn_config(t);
	const Policy *policy = config->policy;
	struct reading r = {.t = t, .n_grids = config->n_grids, .rsp = rsp};
	RateCounts total = RateCounts_INIT;
	TRY(check_published(t, req->tenant_id));
	r.n_weeks = req->weeks != 0 ? req->weeks : WEEKS_DEFAULT;
	int32_t last = open_last_week(policy, txn_now_ms(t));
	r.first_week = last + 1 - (int32_t)r.n_weeks;
	TRY(read_weeks(&r));
	rsp->name = config->tenant->name;
	rsp->delay_hours = open_delay_hours(policy);
	rsp->few_orders = open_few_orders(policy);
	rsp->next_ms = open_told_ms(policy, last + 1);
	rsp->grids = arena_array(a, r.n_weeks * (r.n_grids + 1), sizeof(*rsp->grids));
	rsp->days = arena_array(a, r.n_weeks * OPEN_WEEK_DAYS, sizeof(*rsp->days));
	for (size_t i = 0; i < r.n_weeks; i++)
		tell_week(&r, i, &total);
	rsp->until_ms = policy_day_start_ms(policy, open_week_day(last + 1));
	rsp->total = tell(&r, &total, open_week_day(r.first_week), (uint32_t)r.n_weeks * OPEN_WEEK_DAYS);
	return OK;
}

static OpenArea *view_area(struct txn *t, const struct org_node *grid)
{
	const struct config *config = txn_config(t);
	const struct org_node *community = config_above(config, grid->record->id, NODE_KIND_COMMUNITY);
	OpenArea *area = ARENA_NEW(txn_arena(t), OpenArea);
	OpenArea_init(area);
	area->grid_id = grid->record->id;
	area->name = grid->record->name;
	area->code = grid->record->code;
	if (community != NULL)
		area->community = community->record->name;
	Node *node = view_node(txn_scene(t), grid, true);
	area->polygons = node->polygons;
	area->n_polygons = node->n_polygons;
	return area;
}

HANDLER(list_areas, ListAreas)
{
	const struct config *config = txn_config(t);
	struct page page;
	TRY(check_published(t, req->tenant_id));
	TRY(page_read(t, req->page_size, req->page_token, &page));
	rsp->areas = arena_array(txn_arena(t), page.size, sizeof(*rsp->areas));
	for (size_t i = 0; i < config->n_grids; i++) {
		if (page_takes(t, &page, config->grids[i]->record->id, &rsp->next_page_token))
			rsp->areas[rsp->n_areas++] = view_area(t, config->grids[i]);
	}
	return OK;
}

const struct method open_methods[] = {
    METHOD(OpenDataService, GetFigures, get_figures, .again = NULL),
    METHOD(OpenDataService, ListAreas, list_areas, .again = NULL),
};
const size_t open_methods_n = sizeof(open_methods) / sizeof(open_methods[0]);
