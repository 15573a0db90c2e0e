#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cli.h"
#include "cli_file.h"
#include "cli_geojson.h"
#include "output.h"

enum {
	/* A request stays well below LIMIT_MESSAGE_FIELDS: a point is three of them. */
	BATCH_POINTS = 20000,
	BATCH_GRIDS = 200,
	/* What a file of FILE_MAX_BYTES may become. */
	ARENA_BYTES = 1024 * 1024 * 1024,
};

static void on_problem(void *arg, size_t index, const char *code, const char *zh, const char *en)
{
	struct cli *cli = arg;
	if (index == GEOJSON_WHOLE)
		cli_note(cli, "%s", "%s", TR(cli, zh, en));
	else if (*code == '\0')
		cli_note(cli, "第 %zu 个要素：%s", "feature %zu: %s", index + 1, TR(cli, zh, en));
	else
		cli_note(cli, "第 %zu 个要素（%s）：%s", "feature %zu (%s): %s", index + 1, code, TR(cli, zh, en));
}

static json_t *ring_json(const struct geo_ring *ring)
{
	json_t *points = json_array();
	for (size_t i = 0; i < ring->n; i++)
		json_array_append_new(points,
				      json_pack("{s:f, s:f}", "lat", ring->points[i].lat, "lon", ring->points[i].lon));
	return json_pack("{s:o}", "points", points);
}

static json_t *grid_json(const struct geo_feature *f)
{
	json_t *polygons = json_array();
	for (size_t i = 0; i < f->n; i++) {
		json_t *rings = json_array();
		for (size_t k = 0; k < f->polygons[i].n; k++)
			json_array_append_new(rings, ring_json(&f->polygons[i].rings[k]));
		json_array_append_new(polygons, json_pack("{s:o}", "rings", rings));
	}
	return json_pack("{s:s, s:s, s:o}", "code", f->code, "name", f->name[0] == '\0' ? f->code : f->name, "polygons",
			 polygons);
}

struct totals {
	size_t created, replaced, batches;
};

/* The server names the grid by its place in the request; people know it by its code. */
static void name_feature(struct cli *cli, const struct geo_file *file, size_t first)
{
	size_t at;
	if (sscanf(paidan_error(cli->client)->field, "grids[%zu]", &at) == 1 && first + at < file->n)
		cli_note(cli, "那是第 %zu 个要素（%s）", "that is feature %zu (%s)",
			 file->features[first + at].index + 1, file->features[first + at].code);
}

static int send_batch(struct cli *cli, const struct args *args, json_t *grids, struct totals *totals)
{
	json_t *reply;
	const char *id = args_text(args, "request-id");
	json_t *request = json_pack("{s:s, s:o}", "parentId", args_text(args, "parent"), "grids", grids);
	if (id != NULL) {
		char batch_id[96];
		snprintf(batch_id, sizeof(batch_id), "%.64s.%zu", id, totals->batches);
		json_object_set_new(request, "requestId", json_string(batch_id));
	}
	totals->batches++;
	int status = cli_call_parsed(cli, "OrgService/ImportGrids", request, &reply);
	if (status != STATUS_OK)
		return status;
	totals->created += (size_t)json_int64(json_object_get(reply, "created"));
	totals->replaced += (size_t)json_int64(json_object_get(reply, "replaced"));
	json_decref(reply);
	return STATUS_OK;
}

static int send_all(struct cli *cli, const struct args *args, const struct geo_file *file, struct totals *totals)
{
	int status = STATUS_OK;
	for (size_t i = 0; i < file->n && status == STATUS_OK;) {
		json_t *grids = json_array();
		size_t points = 0, first = i;
		do {
			points += file->features[i].n_points;
			json_array_append_new(grids, grid_json(&file->features[i]));
			i++;
		} while (i < file->n && json_array_size(grids) < BATCH_GRIDS &&
			 points + file->features[i].n_points <= BATCH_POINTS);
		status = send_batch(cli, args, grids, totals);
		if (status != STATUS_OK)
			name_feature(cli, file, first);
	}
	if (status != STATUS_OK && totals->created + totals->replaced > 0)
		cli_note(cli, "此前的 %zu 个网格已导入；改正后可重新导入整个文件",
			 "%zu grids before it were imported; mend the file and import all of it again",
			 totals->created + totals->replaced);
	return status;
}

static int finish(struct cli *cli, const struct args *args, const struct geo_file *file, const struct totals *totals)
{
	struct buf out = {0};
	if (cli->output == OUTPUT_JSON || cli->output == OUTPUT_JSONL)
		buf_printf(&out, "{\"features\":%zu,\"problems\":%zu,\"created\":%zu,\"replaced\":%zu}\n",
			   file->n + file->n_problems, file->n_problems, totals->created, totals->replaced);
	else if (args_has(args, "dry-run"))
		buf_printf(&out,
			   TR(cli, "检查完毕：%zu 个网格，有错 %zu（未导入）\n",
			      "Checked: %zu grids, %zu are wrong (nothing was imported)\n"),
			   file->n, file->n_problems);
	else
		buf_printf(&out,
			   TR(cli, "已导入 %zu 个网格：新建 %zu，替换 %zu，跳过 %zu\n",
			      "Imported %zu grids: %zu new, %zu replaced, %zu left out\n"),
			   totals->created + totals->replaced, totals->created, totals->replaced, file->n_problems);
	int status = cli_write(cli, &out);
	buf_free(&out);
	return status;
}

int run_grid_import(struct cli *cli, const struct args *args)
{
	struct buf text = {0};
	struct arena arena;
	struct geo_file file;
	struct totals totals = {0};
	const char *path = args_text(args, "FILE");
	if (file_read(path, &text) != 0) {
		buf_free(&text);
		return cli_fail(cli, STATUS_ERROR, "无法读取 %s：%s", "can't read %s: %s", path, strerror(errno));
	}
	arena_init(&arena, ARENA_BYTES);
	struct geojson_options options = {
	    .code_property = args_text(args, "code-property"),
	    .name_property = args_text(args, "name-property"),
	    .problem = on_problem,
	    .arg = cli,
	};
	bool readable = geojson_read(&arena, buf_view(&text), &options, &file);
	int status = STATUS_OK;
	if (!readable)
		status = STATUS_ERROR;
	else if (file.n_problems > 0 && !args_has(args, "skip") && !args_has(args, "dry-run"))
		status = cli_fail(cli, STATUS_ERROR, "%zu 个要素有错，一个也没有导入；加 --skip 导入其余 %zu 个",
				  "%zu features are wrong, nothing was imported; with --skip the other %zu are",
				  file.n_problems, file.n);
	else if (!args_has(args, "dry-run"))
		status = send_all(cli, args, &file, &totals);
	if (status == STATUS_OK)
		status = finish(cli, args, &file, &totals);
	if (status == STATUS_OK && file.n_problems > 0 && !args_has(args, "skip"))
		status = STATUS_ERROR;
	arena_free(&arena);
	buf_free(&text);
	return status;
}
