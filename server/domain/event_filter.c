#include "domain/event_filter.h"

#include "domain/authz.h"

enum err event_filter_check(struct scene *s, const struct event_filter *f)
{
	for (size_t i = 0; i < f->n_node_ids; i++)
		TRY(authz_node(s, f->node_ids[i], "node_ids"));
	for (size_t i = 0; i < f->n_category_ids; i++) {
		if (config_category(s->config, f->category_ids[i]) == NULL)
			return fault_set(s->fault, ERR_NOT_FOUND, "category_ids", "category");
	}
	return OK;
}

bool event_filter_passes(const struct event_filter *f, const struct config *config, const EventRecord *event)
{
	bool node = f->n_node_ids == 0, category = f->n_category_ids == 0, kind = f->n_kinds == 0;
	for (size_t i = 0; i < f->n_kinds && !kind; i++)
		kind = f->kinds[i] == event->kind;
	for (size_t i = 0; i < f->n_category_ids && !category && kind; i++)
		category = strcmp(f->category_ids[i], event->category_id) == 0;
	for (size_t i = 0; i < f->n_node_ids && !node && category; i++)
		node = event->grid_id[0] != '\0' && config_under(config, event->grid_id, f->node_ids[i]);
	return kind && category && node;
}
