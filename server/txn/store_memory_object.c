#include <stdlib.h>

#include "txn/store_memory_internal.h"

static struct slice named_key(const void *item)
{
	const struct named *n = item;
	return slice_of(n->name, n->name_len);
}

static struct slice object_key(const void *item)
{
	const struct object *o = item;
	return slice_of(o->key, o->key_len);
}

static struct slice tenant_key(const void *item)
{
	const struct tenant_data *t = item;
	return slice_of(t->name, t->name_len);
}

static void copy(uint8_t *to, struct slice from)
{
	if (from.len > 0)
		memcpy(to, from.ptr, from.len);
}

/* --- named values --- */

struct slice memory_named_value(const struct named *n)
{
	return slice_of(n->value, n->value_len);
}

struct named *memory_name(struct memory_map *m, struct slice name, struct slice value)
{
	m->key = named_key;
	struct named *n = memory_map_get(m, name);
	if (n == NULL) {
		n = memory_alloc(sizeof(*n) + name.len);
		*n = (struct named){.name_len = name.len};
		copy(n->name, name);
		memory_map_add(m, n);
	}
	n->value = memory_realloc(n->value, value.len);
	n->value_len = value.len;
	copy(n->value, value);
	return n;
}

static void free_named(struct named *n)
{
	if (n != NULL)
		free(n->value);
	free(n);
}

void memory_unname(struct memory_map *m, struct slice name)
{
	free_named(memory_map_remove(m, name));
}

static void finish_names(struct memory_map *m)
{
	void *item;
	for (size_t i = 0; memory_map_next(m, &i, &item);)
		free_named(item);
	memory_map_finish(m);
}

/* --- objects --- */

struct object *memory_object(const struct tenant_data *t, struct slice key)
{
	return memory_map_get(&t->objects, key);
}

struct object *memory_object_new(struct tenant_data *t, struct slice key, enum object_kind kind)
{
	struct object *o = memory_alloc(sizeof(*o) + key.len);
	*o = (struct object){.kind = kind, .key_len = key.len};
	copy(o->key, key);
	if (kind == OBJECT_INDEX)
		memory_index_init(&o->is.index);
	memory_map_add(&t->objects, o);
	return o;
}

static void free_object(struct object *o)
{
	if (o == NULL)
		return;
	switch (o->kind) {
	case OBJECT_RECORD:
		free(o->is.record.bytes);
		break;
	case OBJECT_COUNTER:
		break;
	case OBJECT_INDEX:
		memory_index_finish(&o->is.index);
		break;
	case OBJECT_LOG:
		memory_log_finish(&o->is.log);
		break;
	case OBJECT_PACK:
		finish_names(&o->is.pack);
		break;
	}
	free(o);
}

void memory_object_drop(struct tenant_data *t, struct slice key)
{
	free_object(memory_map_remove(&t->objects, key));
}

/* --- tenants --- */

struct tenant_data *memory_tenant(struct store_memory *s, struct slice name)
{
	s->tenants.key = tenant_key;
	struct tenant_data *t = memory_map_get(&s->tenants, name);
	if (t != NULL)
		return t;
	t = memory_alloc(sizeof(*t) + name.len);
	*t = (struct tenant_data){.objects.key = object_key, .leases.key = named_key, .name_len = name.len};
	copy(t->name, name);
	memory_map_add(&s->tenants, t);
	return t;
}

void memory_tenants_finish(struct store_memory *s)
{
	void *tenant, *object;
	for (size_t i = 0; memory_map_next(&s->tenants, &i, &tenant);) {
		struct tenant_data *t = tenant;
		for (size_t j = 0; memory_map_next(&t->objects, &j, &object);)
			free_object(object);
		memory_map_finish(&t->objects);
		finish_names(&t->leases);
		free(t);
	}
	memory_map_finish(&s->tenants);
	finish_names(&s->listed);
}
