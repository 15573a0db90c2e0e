/* Text on terminals, tables, CSV and JSON in and out, GeoJSON in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>

#include "base/limits.h"
#include "cli_csv.h"
#include "cli_geojson.h"
#include "cli_json.h"
#include "cli_table.h"
#include "cli_text.h"

static struct buf out;

static const char *text(void)
{
	buf_byte(&out, 0);
	assert_false(out.failed);
	out.len--;
	return (const char *)out.ptr;
}

#define EXPECT(expected)                               \
	do {                                           \
		assert_string_equal(text(), expected); \
		buf_reset(&out);                       \
	} while (0)

static int tear_down(void **state)
{
	(void)state;
	buf_free(&out);
	return 0;
}

/* --- text --- */

static void widths(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t width;
	} rows[] = {
	    {"", 0},     {"abc", 3},       {"水管", 4}, {"a水b", 4}, {"（）", 4},
	    {"é", 1},    {"e\xcc\x81", 1}, {"한글", 4}, {"ﾊﾝｶｸ", 4}, {"🚰", 2},
	    {"\xff", 1}, {"\xe6\xb0", 2},  {"𠀀", 2},   {"\t", 1},   {"★", 1},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (text_width(slice_str(rows[i].text)) != rows[i].width)
			fail_msg("%s: %zu", rows[i].text, text_width(slice_str(rows[i].text)));
	}
}

static void safe(void **state)
{
	(void)state;
	text_put_safe(&out, SLICE("a\033[2Jb\r\n\x07"
				  "c\xc2\x9b"
				  "d\x7f"));
	EXPECT("a [2Jb   c d ");
	text_put_safe(&out, SLICE("\xe2\x80\xae"
				  "evil\xe2\x81\xa6"
				  "x\xe2\x80\xa8"
				  "y")); /* RLO, LRI, line separator */
	EXPECT(" evil x y");
	text_put_safe(&out, SLICE("ok\xff\xc0\xaf\xed\xa0\x80."));
	EXPECT("ok\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd.");
}

static void cut(void **state)
{
	(void)state;
	text_put_cut(&out, SLICE("abcdef"), 6);
	EXPECT("abcdef");
	text_put_cut(&out, SLICE("abcdef"), 5);
	EXPECT("abcd…");
	text_put_cut(&out, SLICE("水管漏水"), 5);
	EXPECT("水管…");
	/* Half a character does not fit: a space keeps the column. */
	text_put_cut(&out, SLICE("水管漏水"), 6);
	EXPECT("水管… ");
	text_put_cut(&out, SLICE("水"), 1);
	EXPECT("…");
	text_put_cut(&out, SLICE("水"), 0);
	EXPECT("");
}

static void wrapped(void **state)
{
	(void)state;
	text_put_wrapped(&out, "one two three four", 2, 9);
	EXPECT("one two\n  three\n  four");
	text_put_wrapped(&out, "厨房水管漏水，请尽快", 0, 10);
	EXPECT("厨房水管漏\n水，请尽快");
	text_put_wrapped(&out, "a\nb", 1, 10);
	EXPECT("a\n b");
}

static const char *nth(const void *arg, size_t i)
{
	return ((const char *const *)arg)[i];
}

static void nearest(void **state)
{
	(void)state;
	static const char *const names[] = {"list", "show", "cancel", "category", "description"};
	assert_string_equal(text_nearest("lsit", 5, nth, names), "list");
	assert_string_equal(text_nearest("catgeory", 5, nth, names), "category");
	assert_string_equal(text_nearest("desc", 5, nth, names), "description");
	assert_string_equal(text_nearest("lis", 5, nth, names), "list");
	assert_null(text_nearest("zzzz", 5, nth, names));
	assert_int_equal(text_distance("abc", "acb"), 1);
	assert_int_equal(text_distance("", "abc"), 3);
	char longest[60];
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_null(text_nearest(longest, 5, nth, names));
}

/* --- tables --- */

static void aligned(void **state)
{
	(void)state;
	static const char *const cells[] = {"单号", "TITLE", "N", "o1", "水管漏水", "3", "o22", "lamp", "14"};
	struct table t;
	table_init(&t, 3, false, 0);
	t.right[2] = true;
	for (size_t i = 0; i < 9; i++)
		table_put(&t, slice_str(cells[i]), STYLE_NONE);
	table_print(&t, &out);
	EXPECT("单号  TITLE      N\n"
	       "o1    水管漏水   3\n"
	       "o22   lamp      14\n");
	/* A stream's later rows keep the widths. */
	table_put(&t, SLICE("o3"), STYLE_NONE);
	table_put(&t, SLICE("x"), STYLE_NONE);
	table_put(&t, SLICE(""), STYLE_NONE);
	table_print(&t, &out);
	EXPECT("o3    x\n");
	table_free(&t);
	/* Cut to the terminal, the widest first; colours only where asked. */
	table_init(&t, 2, true, 20);
	table_put(&t, SLICE("o1"), STYLE_RED);
	table_put(&t, SLICE("the pipe under the sink drips"), STYLE_NONE);
	table_print(&t, &out);
	EXPECT("\033[1;31mo1\033[0m  the pipe under …\n");
	table_free(&t);
}

/* --- CSV --- */

/* Fields joined by '|', records by '/', an error as '!'. */
static void read_all(struct slice csv)
{
	static struct csv_reader r;
	const struct csv_record *record;
	csv_begin(&r, csv);
	while ((record = csv_next(&r)) != NULL) {
		buf_printf(&out, "%zu%s", record->line, record->error == CSV_OK ? ":" : "!");
		for (size_t i = 0; i < record->n; i++) {
			buf_str(&out, i > 0 ? "|" : "");
			buf_slice(&out, record->fields[i]);
		}
		buf_byte(&out, '/');
	}
	csv_end(&r);
}

static void csv_reading(void **state)
{
	(void)state;
	static const struct {
		const char *csv, *expected;
	} rows[] = {
	    {"", ""},
	    {"\n\r\n\n", ""},
	    {"a,b\nc,d\n", "1:a|b/2:c|d/"},
	    {"a,b\r\nc,d", "1:a|b/2:c|d/"},
	    {"\xef\xbb\xbf"
	     "a\n",
	     "1:a/"},
	    {"a,\n,b\n,\n", "1:a|/2:|b/3:|/"},
	    {"\"a\",\"b,c\",\"\"\n", "1:a|b,c|/"},
	    {"\"say \"\"hi\"\"\",x", "1:say \"hi\"|x/"},
	    {"\"two\nlines\",x\nnext\n", "1:two\nlines|x/3:next/"},
	    {"\n\na\n\nb\n", "3:a/5:b/"},
	    /* Errors are of one record; the next one is read. */
	    {"\"a\"b,c\nd,e\n", "1!a|c/2:d|e/"},
	    {"a\"b,c\nd\n", "1!a\"b|c/2:d/"},
	    {"a\n\"open,b\nc\n", "1:a/2!open,b\nc\n/"},
	    {"a\xff,b\nc\n", "1!a\xff|b/2:c/"},
	    {"水,管\n", "1:水|管/"},
	    {"a,\"\"", "1:a|/"},
	    {"\"", "1!/"},
	    {"a\rb\n", "1:a\rb/"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		read_all(slice_str(rows[i].csv));
		if (strcmp(text(), rows[i].expected) != 0)
			fail_msg("%s: %s, not %s", rows[i].csv, text(), rows[i].expected);
		buf_reset(&out);
	}
	static struct csv_reader r;
	csv_begin(&r, SLICE("a\0b\n"));
	assert_int_equal(csv_next(&r)->error, CSV_NOT_UTF8);
	csv_end(&r);
	char many[CSV_MAX_FIELDS + 10];
	memset(many, ',', sizeof(many));
	csv_begin(&r, slice_of(many, sizeof(many)));
	assert_int_equal(csv_next(&r)->error, CSV_TOO_MANY_FIELDS);
	assert_null(csv_next(&r));
	csv_end(&r);
}

static void csv_columns(void **state)
{
	(void)state;
	static struct csv_reader r;
	csv_begin(&r, SLICE("Name, LAT ,lon\n x ,1,2\n"));
	const struct csv_record *record = csv_next(&r);
	int name = csv_column(record, "name"), lat = csv_column(record, "lat");
	assert_int_equal(name, 0);
	assert_int_equal(lat, 1);
	assert_int_equal(csv_column(record, "none"), -1);
	record = csv_next(&r);
	assert_true(slice_eq(csv_field(record, name), SLICE("x")));
	assert_int_equal(csv_field(record, -1).len, 0);
	assert_int_equal(csv_field(record, 7).len, 0);
	csv_end(&r);
}

static void csv_writing(void **state)
{
	(void)state;
	static const struct {
		const char *field, *expected;
	} rows[] = {
	    {"a", "a"},
	    {"", ""},
	    {"a,b", "\"a,b\""},
	    {"say \"x\"", "\"say \"\"x\"\"\""},
	    {"two\nlines", "\"two\nlines\""},
	    {"=1+1", "'=1+1"},
	    {"+86 138", "'+86 138"},
	    {"-5", "-5"},
	    {"-5.25", "-5.25"},
	    {"-x", "'-x"},
	    {"@a", "'@a"},
	    {"\tx", "'\tx"},
	    {"=a,b", "\"'=a,b\""},
	    {" a", "\" a\""},
	    {"水管", "水管"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		csv_put(&out, slice_str(rows[i].field), true);
		EXPECT(rows[i].expected);
	}
	csv_put(&out, SLICE("a"), true);
	csv_put(&out, SLICE("b"), false);
	csv_put_end(&out);
	EXPECT("a,b\r\n");
}

/* --- JSON --- */

static void json_cutting(void **state)
{
	(void)state;
	struct slice v, e;
	struct slice object =
	    SLICE("{\"a\":{\"x\":[1,2]},\"b\":\"q\\\"},\",\"c\" : [ {\"d\":\"]\"} , 2.5,[] ],\"e\":-1e3}");
	assert_true(cut_member(object, "a", &v));
	assert_true(slice_eq(v, SLICE("{\"x\":[1,2]}")));
	assert_true(cut_member(object, "b", &v));
	assert_true(slice_eq(v, SLICE("\"q\\\"},\"")));
	assert_true(cut_member(object, "e", &v));
	assert_true(slice_eq(v, SLICE("-1e3")));
	assert_false(cut_member(object, "x", &v));
	assert_false(cut_member(SLICE("[]"), "x", &v));
	assert_false(cut_member(SLICE("{}"), "x", &v));
	assert_true(cut_member(object, "c", &v));
	size_t at = 0;
	assert_true(cut_element(v, &at, &e));
	assert_true(slice_eq(e, SLICE("{\"d\":\"]\"}")));
	assert_true(cut_element(v, &at, &e));
	assert_true(slice_eq(e, SLICE("2.5")));
	assert_true(cut_element(v, &at, &e));
	assert_true(slice_eq(e, SLICE("[]")));
	assert_false(cut_element(v, &at, &e));
	at = 0;
	assert_false(cut_element(SLICE("[]"), &at, &e));
	at = 0;
	assert_false(cut_element(SLICE("{}"), &at, &e));
}

static void json_layout(void **state)
{
	(void)state;
	cut_pretty(&out, SLICE("{\"a\":[],\"b\":{},\"c\":[1,{\"d\":\"x:{,}\"}]}"), 0);
	EXPECT("{\n  \"a\": [],\n  \"b\": {},\n  \"c\": [\n    1,\n    {\n      \"d\": \"x:{,}\"\n    }\n  ]\n}");
}

/* --- GeoJSON --- */

static char problems[1024];

static void on_problem(void *arg, size_t index, const char *code, const char *zh, const char *en)
{
	size_t len = strlen(problems);
	(void)arg;
	assert_true(strlen(zh) > 0);
	if (index == GEOJSON_WHOLE)
		snprintf(problems + len, sizeof(problems) - len, "whole: %s\n", en);
	else
		snprintf(problems + len, sizeof(problems) - len, "%zu %s: %s\n", index, code, en);
}

static bool read_geo(struct arena *a, const char *geojson, const char *code_property, struct geo_file *file)
{
	struct geojson_options o = {.code_property = code_property, .problem = on_problem};
	problems[0] = '\0';
	return geojson_read(a, slice_str(geojson), &o, file);
}

#define SQUARE "[[[0,0],[1,0],[1,1],[0,0]]]"
#define FEATURE(properties, geometry) "{\"type\":\"Feature\",\"properties\":" properties ",\"geometry\":" geometry "}"
#define POLYGON(coordinates) "{\"type\":\"Polygon\",\"coordinates\":" coordinates "}"
#define COLLECTION(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"

static void geojson_good(void **state)
{
	(void)state;
	struct arena a;
	struct geo_file file;
	arena_init(&a, 1 << 20);
	assert_true(read_geo(&a,
			     COLLECTION(FEATURE("{\"ward_precinct\":\"0113\"}", POLYGON(SQUARE)) "," FEATURE(
				 "{\"ward_precinct\":204,\"x\":1,\"name\":\"幸福\"}",
				 "{\"type\":\"MultiPolygon\",\"coordinates\":[" SQUARE "," SQUARE "]}")),
			     "ward_precinct", &file));
	assert_int_equal(file.n, 2);
	assert_int_equal(file.n_problems, 0);
	assert_string_equal(file.features[0].code, "0113");
	assert_string_equal(file.features[0].name, "");
	assert_int_equal(file.features[0].n, 1);
	assert_int_equal(file.features[0].polygons[0].rings[0].n, 4);
	assert_float_equal(file.features[0].polygons[0].rings[0].points[1].lon, 1, 0);
	assert_string_equal(file.features[1].code, "204");
	assert_string_equal(file.features[1].name, "幸福");
	assert_int_equal(file.features[1].n, 2);
	assert_int_equal(file.features[1].n_points, 8);
	/* The only property is the code; a single feature is a file, too. */
	assert_true(read_geo(&a, COLLECTION(FEATURE("{\"ward_precinct\":\"0113\"}", POLYGON(SQUARE))), NULL, &file));
	assert_string_equal(file.features[0].code, "0113");
	assert_true(read_geo(&a, FEATURE("{\"z\":1,\"code\":\"c\"}", POLYGON(SQUARE)), NULL, &file));
	assert_string_equal(file.features[0].code, "c");
	assert_true(read_geo(&a, COLLECTION(""), NULL, &file));
	assert_int_equal(file.n, 0);
	arena_free(&a);
}

static void geojson_bad(void **state)
{
	(void)state;
	static const struct {
		const char *geojson, *problem;
	} rows[] = {
	    {"", "whole: it is not JSON at line 1"},
	    {"{\"type\":", "whole: it is not JSON at line 1"},
	    {"[]", "whole: it is not a GeoJSON FeatureCollection"},
	    {"{\"type\":\"FeatureCollection\"}", "whole: it is not a GeoJSON FeatureCollection"},
	    {COLLECTION("7"), "0 : it is not a Feature"},
	    {COLLECTION(FEATURE("{\"x\":1,\"y\":2}", POLYGON(SQUARE))), "0 : it has no code"},
	    {COLLECTION(FEATURE("{\"code\":\"a\"}", "{\"type\":\"Point\",\"coordinates\":[0,0]}")),
	     "0 a: the geometry is not a Polygon"},
	    {COLLECTION(FEATURE("{\"code\":\"a\"}", "null")), "0 a: the geometry is not a Polygon"},
	    {COLLECTION(FEATURE("{\"code\":\"a\"}", POLYGON("[]"))), "0 a: there are no coordinates"},
	    {COLLECTION(FEATURE("{\"code\":\"a\"}", POLYGON("[[[0,0],[1,0],[0,0]]]"))),
	     "0 a: a ring has fewer than four points"},
	    {COLLECTION(FEATURE("{\"code\":\"a\"}", POLYGON("[[[0,0],[1,0],[1,1],[0,1]]]"))),
	     "0 a: a ring is not closed"},
	    {COLLECTION(FEATURE("{\"code\":\"a\"}", POLYGON("[[[0,0],[1,0],[2,0],[0,0]]]"))),
	     "0 a: a ring has no area"},
	    {COLLECTION(FEATURE("{\"code\":\"a\"}", POLYGON("[[[0,0],[1,\"x\"],[1,1],[0,0]]]"))),
	     "0 a: a coordinate is not [longitude, latitude]"},
	    {COLLECTION(FEATURE("{\"code\":\"a\"}", POLYGON("[[[0,0],[1,91],[181,1],[0,0]]]"))),
	     "0 a: a latitude is out of range: longitude comes first"},
	    {COLLECTION(FEATURE("{\"code\":\"a\"}", POLYGON("[[[0,0],[500000,4000000],[1,1],[0,0]]]"))),
	     "0 a: a coordinate is out of range"},
	    {COLLECTION(FEATURE("{\"code\":\"a\"}", POLYGON(SQUARE)) "," FEATURE("{\"code\":\"a\"}", POLYGON(SQUARE))),
	     "1 a: its code was used before"},
	};
	struct arena a;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct geo_file file;
		bool readable = read_geo(&a, rows[i].geojson, NULL, &file);
		if (strncmp(problems, rows[i].problem, strlen(rows[i].problem)) != 0)
			fail_msg("%s: %s", rows[i].geojson, problems);
		assert_int_equal(readable, strncmp(problems, "whole", 5) != 0);
		assert_int_equal(file.n_problems, 1);
	}
	arena_free(&a);
}

static void geojson_too_many_points(void **state)
{
	(void)state;
	struct arena a;
	struct geo_file file;
	arena_init(&a, 16 << 20);
	buf_str(&out, "{\"type\":\"Feature\",\"properties\":{\"code\":\"a\"},\"geometry\":{\"type\":\"Polygon\","
		      "\"coordinates\":[[");
	for (int i = 0; i < LIMIT_GRID_POINTS; i++)
		buf_printf(&out, "[0.%05d,%d],", i, i % 2);
	buf_str(&out, "[0.00000,0]]]}}");
	assert_true(read_geo(&a, text(), NULL, &file));
	assert_int_equal(file.n, 0);
	assert_non_null(strstr(problems, "more points than a grid may have"));
	buf_reset(&out);
	arena_free(&a);
}

/* Rings that touch themselves, as "outline sizes, holes in brackets" of each polygon. */
static void geojson_tangled(void **state)
{
	(void)state;
	static const struct {
		const char *coordinates, *expected;
	} rows[] = {
	    /* Nothing to do. */
	    {"[[[0,0],[4,0],[4,4],[0,4],[0,0]]]", "5 "},
	    /* Two squares that meet in a corner. */
	    {"[[[0,0],[2,0],[2,2],[4,2],[4,4],[2,4],[2,2],[0,2],[0,0]]]", "5 5 "},
	    /* A bay that closes in a point of the outline is a hole. */
	    {"[[[0,0],[2,0],[1,1],[2,2],[3,1],[2,0],[4,0],[4,4],[0,4],[0,0]]]", "6[5] "},
	    /* A needle. */
	    {"[[[0,0],[4,0],[4,4],[9,9],[4,4],[0,4],[0,0]]]", "5 "},
	    /* A hole that touches itself is two. */
	    {"[[[0,0],[9,0],[9,9],[0,9],[0,0]],[[1,1],[3,1],[3,3],[5,3],[5,5],[3,5],[3,3],[1,3],[1,1]]]", "5[5][5] "},
	    /* One that touches the outline in a point stays with it. */
	    {"[[[0,0],[4,0],[4,4],[6,4],[6,6],[4,6],[4,4],[0,4],[0,0]],[[4,4],[2,3],[2,2],[3,2],[4,4]]]", "5[5] 5 "},
	};
	struct arena a;
	arena_init(&a, 1 << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct geo_file file;
		buf_printf(&out, FEATURE("{\"code\":\"a\"}", POLYGON("%s")), rows[i].coordinates);
		assert_true(read_geo(&a, text(), NULL, &file));
		buf_reset(&out);
		assert_int_equal(file.n, 1);
		for (size_t k = 0; k < file.features[0].n; k++) {
			const struct geo_polygon *p = &file.features[0].polygons[k];
			buf_printf(&out, "%zu", p->rings[0].n);
			for (size_t r = 1; r < p->n; r++)
				buf_printf(&out, "[%zu]", p->rings[r].n);
			buf_byte(&out, ' ');
		}
		if (strcmp(text(), rows[i].expected) != 0)
			fail_msg("%s: %s, not %s", rows[i].coordinates, text(), rows[i].expected);
		buf_reset(&out);
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(widths),
	    cmocka_unit_test(safe),
	    cmocka_unit_test(cut),
	    cmocka_unit_test(wrapped),
	    cmocka_unit_test(nearest),
	    cmocka_unit_test(aligned),
	    cmocka_unit_test(csv_reading),
	    cmocka_unit_test(csv_columns),
	    cmocka_unit_test(csv_writing),
	    cmocka_unit_test(json_cutting),
	    cmocka_unit_test(json_layout),
	    cmocka_unit_test(geojson_good),
	    cmocka_unit_test(geojson_bad),
	    cmocka_unit_test(geojson_too_many_points),
	    cmocka_unit_test(geojson_tangled),
	};
	return cmocka_run_group_tests(tests, NULL, tear_down);
}
