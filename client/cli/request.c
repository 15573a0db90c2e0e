#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "output.h"
#include "values.h"

/* The id behind a category's code or name. */
static json_t *category_value(struct cli *cli, const char *text)
{
	size_t i;
	json_t *category;
	if (cli->categories == NULL &&
	    cli_call_parsed(cli, "OrgService/ListCategories", json_pack("{s:i}", "pageSize", 200), &cli->categories) !=
		STATUS_OK)
		return NULL;
	json_array_foreach(json_object_get(cli->categories, "categories"), i, category)
	{
		if (strcmp(json_text(category, "id"), text) == 0 ||
		    strcasecmp(json_text(category, "code"), text) == 0 ||
		    strcmp(json_text(category, "nameZh"), text) == 0 ||
		    strcasecmp(json_text(category, "nameEn"), text) == 0)
			return json_string(json_text(category, "id"));
	}
	cli_usage(cli, "没有编码、名称或编号为“%s”的类别，见 paidan category list",
		  "no category has the code, name or id \"%s\": see paidan category list", text);
	return NULL;
}

json_t *request_value(struct cli *cli, const struct param *p, const char *text)
{
	struct value_error error;
	if (p->type == TYPE_CATEGORY)
		return category_value(cli, text);
	json_t *value = value_parse(p, text, &error);
	if (value == NULL)
		cli_usage(cli, "%s%s 不能是“%s”：%s", "%s%s can't be \"%s\": %s", p->positional ? "" : "--", p->name,
			  text, TR(cli, error.zh, error.en));
	return value;
}

/* --- the request --- */

void request_set(json_t *root, const char *path, json_t *value, bool append)
{
	json_t *at = root;
	char name[64];
	for (;;) {
		size_t len = strcspn(path, ".");
		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		path += len;
		if (*path == '\0')
			break;
		path++;
		if (json_object_get(at, name) == NULL)
			json_object_set_new(at, name, json_object());
		at = json_object_get(at, name);
	}
	if (!append) {
		json_object_set_new(at, name, value);
		return;
	}
	if (json_object_get(at, name) == NULL)
		json_object_set_new(at, name, json_array());
	if (json_is_array(value)) {
		json_array_extend(json_object_get(at, name), value);
		json_decref(value);
	} else {
		json_array_append_new(json_object_get(at, name), value);
	}
}

/* "home,skills": the fields under the mask's parent that were given, but its id. */
static void set_mask(json_t *root, const struct command *command)
{
	char paths[512] = "";
	const char *name;
	json_t *value;
	json_object_foreach(json_object_get(root, command->mask_parent), name, value)
	{
		size_t len = strlen(paths);
		if (strcmp(name, "id") != 0 && strcmp(name, "etag") != 0)
			snprintf(paths + len, sizeof(paths) - len, "%s%s", len > 0 ? "," : "", name);
	}
	json_object_set_new(root, command->mask, json_string(paths));
}

json_t *request_build(struct cli *cli, const struct args *args)
{
	const struct command *command = args->command;
	json_t *root = json_object();
	for (size_t i = 0; i < command->n_params; i++) {
		if (command->params[i].type == TYPE_CONST)
			request_set(root, command->params[i].field, request_value(cli, &command->params[i], ""), false);
	}
	for (size_t i = 0; i < args->n; i++) {
		const struct param *p = args->values[i].param;
		if (p->field == NULL)
			continue;
		json_t *value = request_value(cli, p, args->values[i].text);
		if (value == NULL) {
			json_decref(root);
			return NULL;
		}
		request_set(root, p->field, value, p->many);
	}
	if (command->mask != NULL)
		set_mask(root, command);
	return root;
}
