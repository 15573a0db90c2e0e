#include "pb/pb_side.h"

int pb_field_by_name(const struct pb_side *side, struct slice name)
{
	size_t low = 0, high = side->n_names;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct pb_name *row = &side->names[mid];
		int order = (name.len > row->len) - (name.len < row->len);
		if (order == 0)
			order = memcmp(name.ptr, row->name, row->len);
		if (order == 0)
			return row->field;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -1;
}

/* FNV-1a; proto/gen/side.py chose the seed for it. */
static uint64_t path_hash(struct slice path)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < path.len; i++)
		hash = (hash ^ path.ptr[i]) * UINT64_C(0x100000001b3);
	return hash;
}

const struct pb_method *pb_method_by_path(const struct pb_set *set, struct slice path)
{
	uint64_t slot = (path_hash(path) * set->method_seed) >> (64 - set->method_bits);
	size_t found = set->method_slots[slot];
	if (found == 0)
		return NULL;
	const struct pb_method *method = &set->methods[found - 1];
	return slice_eq(slice_str(method->path), path) ? method : NULL;
}

const struct pb_service *pb_service_by_name(const struct pb_set *set, struct slice name)
{
	for (size_t i = 0; i < set->n_services; i++) {
		if (slice_eq(slice_str(set->services[i].name), name))
			return &set->services[i];
	}
	return NULL;
}

const struct pb_side *pb_message_by_name(const struct pb_set *set, struct slice full_name)
{
	size_t low = 0, high = set->n_messages;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = slice_cmp(full_name, slice_str(set->messages[mid]->descriptor->name));
		if (order == 0)
			return set->messages[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const struct pb_side *pb_message_by_url(const struct pb_set *const *sets, struct slice url)
{
	size_t name = url.len;
	while (name > 0 && url.ptr[name - 1] != '/')
		name--;
	if (name == 0 || sets == NULL)
		return NULL;
	for (; *sets != NULL; sets++) {
		const struct pb_side *side = pb_message_by_name(*sets, slice_from(url, name));
		if (side != NULL)
			return side;
	}
	return NULL;
}

const struct pb_file *pb_file_by_name(const struct pb_set *set, struct slice name)
{
	for (size_t i = 0; i < set->n_files; i++) {
		if (slice_eq(slice_str(set->files[i].name), name))
			return &set->files[i];
	}
	return NULL;
}

static const struct pb_symbol *find_symbol(const struct pb_set *set, struct slice name)
{
	size_t low = 0, high = set->n_symbols;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = slice_cmp(name, slice_str(set->symbols[mid].name));
		if (order == 0)
			return &set->symbols[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* "package.Message.field": fields are not among the symbols, their messages are. */
static bool is_field(const struct pb_set *set, struct slice message, struct slice field)
{
	const struct pb_side *side = pb_message_by_name(set, message);
	if (side == NULL)
		return false;
	for (unsigned i = 0; i < side->descriptor->n_fields; i++) {
		if (slice_eq(slice_str(side->descriptor->fields[i].name), field))
			return true;
	}
	return false;
}

const struct pb_file *pb_file_by_symbol(const struct pb_set *set, struct slice symbol)
{
	const struct pb_symbol *found = find_symbol(set, symbol);
	if (found != NULL)
		return &set->files[found->file];
	size_t dot = symbol.len;
	while (dot > 0 && symbol.ptr[dot - 1] != '.')
		dot--;
	if (dot == 0)
		return NULL;
	struct slice message = slice_of(symbol.ptr, dot - 1);
	if (!is_field(set, message, slice_from(symbol, dot)))
		return NULL;
	return &set->files[find_symbol(set, message)->file];
}
