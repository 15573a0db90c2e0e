/* pb_side: the tables that the generator adds to protobuf-c's descriptors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "codec_pb.h"
#include "paidan_pb.h"
#include "pb/pb_side.h"
#include "rpc_pb.h"
#include "wkt_pb.h"

static const struct pb_set *const all_sets[] = {&codec_pb_set, &paidan_pb_set, &rpc_pb_set, &wkt_pb_set, NULL};

static const struct pb_method *method(const char *path)
{
	return pb_method_by_path(&codec_pb_set, slice_str(path));
}

static void test_methods(void **state)
{
	(void)state;
	const struct pb_method *get = method("/paidan.test.v1.CodecService/Get");
	assert_non_null(get);
	assert_string_equal(get->service, "paidan.test.v1.CodecService");
	assert_string_equal(get->name, "Get");
	assert_ptr_equal(get->request, &Outer_desc);
	assert_ptr_equal(get->response, &Scalars_desc);
	assert_true(get->no_side_effects && get->idempotent);
	assert_false(get->client_streaming || get->server_streaming);
	const struct pb_method *put = method("/paidan.test.v1.CodecService/Put");
	assert_ptr_equal(put->response, &google__protobuf__empty__descriptor);
	assert_true(put->idempotent && !put->no_side_effects);
	const struct pb_method *watch = method("/paidan.test.v1.CodecService/Watch");
	assert_true(watch->server_streaming && !watch->client_streaming && !watch->idempotent);
	assert_true(method("/paidan.test.v1.CodecService/Upload")->client_streaming);
	const struct pb_method *talk = method("/paidan.test.v1.CodecService/Talk");
	assert_true(talk->client_streaming && talk->server_streaming);
	static const char *const none[] = {"",
					   "/",
					   "paidan.test.v1.CodecService/Get",
					   "/paidan.test.v1.CodecService/get",
					   "/paidan.test.v1.CodecService/Get/",
					   "/paidan.test.v1.CodecService/",
					   "/paidan.test.v1.CodecService/Gets"};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_null(method(none[i]));
	assert_null(pb_method_by_path(&wkt_pb_set, slice_str("/paidan.test.v1.CodecService/Get")));
	const struct pb_service *service = pb_service_by_name(&codec_pb_set, slice_str("paidan.test.v1.CodecService"));
	assert_int_equal(service->n_methods, 5);
	assert_string_equal(service->methods[4].name, "Talk");
	assert_null(pb_service_by_name(&codec_pb_set, slice_str("paidan.test.v1.Leaf")));
}

/* Every table of every set finds its own rows. */
static void test_all_sets(void **state)
{
	(void)state;
	for (size_t k = 0; all_sets[k] != NULL; k++) {
		const struct pb_set *set = all_sets[k];
		for (size_t i = 0; i < set->n_methods; i++)
			assert_ptr_equal(pb_method_by_path(set, slice_str(set->methods[i].path)), &set->methods[i]);
		for (size_t i = 0; i < set->n_files; i++)
			assert_ptr_equal(pb_file_by_name(set, slice_str(set->files[i].name)), &set->files[i]);
		for (size_t i = 0; i < set->n_symbols; i++)
			assert_ptr_equal(pb_file_by_symbol(set, slice_str(set->symbols[i].name)),
					 &set->files[set->symbols[i].file]);
		for (size_t i = 0; i < set->n_messages; i++) {
			const struct pb_side *side = set->messages[i];
			const ProtobufCMessageDescriptor *d = side->descriptor;
			assert_ptr_equal(pb_side(d), side);
			assert_ptr_equal(pb_message_by_name(set, slice_str(d->name)), side);
			for (unsigned f = 0; f < d->n_fields; f++) {
				assert_int_equal(pb_field_by_name(side, slice_str(d->fields[f].name)), f);
				assert_int_equal(pb_field_by_name(side, pb_json_name(side, f)), f);
				bool many =
				    side->fields[f].presence == PB_REPEATED || side->fields[f].presence == PB_MAP;
				assert_true(many == (d->fields[f].label == PROTOBUF_C_LABEL_REPEATED));
			}
		}
		for (size_t i = 0; i < set->n_services; i++)
			assert_ptr_equal(pb_service_by_name(set, slice_str(set->services[i].name)), &set->services[i]);
	}
	assert_true(paidan_pb_set.n_services >= 6);
}

static void test_fields(void **state)
{
	(void)state;
	const struct pb_side *names = pb_side(&Names_desc);
	assert_true(slice_eq(pb_json_name(names, 2), SLICE("snakeCaseName")));
	assert_true(slice_eq(pb_json_name(names, 3), SLICE("custom")));
	assert_string_equal(names->fields[3].key, "\"custom\":");
	assert_int_equal(pb_field_by_name(names, SLICE("camel")), 3);
	assert_int_equal(pb_field_by_name(names, SLICE("custom")), 3);
	assert_int_equal(pb_field_by_name(names, SLICE("Custom")), -1);
	assert_int_equal(pb_field_by_name(names, SLICE("")), -1);
	assert_int_equal(pb_field_by_name(pb_side(&google__protobuf__empty__descriptor), SLICE("a")), -1);
	Names m = Names_INIT;
	m.base_ = 5;
	m.int_ = "x";
	assert_int_equal(m.base_, 5);

	assert_int_equal(pb_side(&Scalars_desc)->fields[0].presence, PB_IMPLICIT);
	assert_int_equal(pb_side(&Scalars_desc)->fields[16].presence, PB_EXPLICIT);
	for (unsigned i = 0; i < Optionals_desc.n_fields; i++)
		assert_int_equal(pb_side(&Optionals_desc)->fields[i].presence, PB_EXPLICIT);
	assert_int_equal(pb_side(&Choice_desc)->fields[0].presence, PB_ONEOF);
	assert_int_equal(pb_side(&Choice_desc)->fields[7].presence, PB_IMPLICIT);
	assert_int_equal(pb_side(&Lists_desc)->fields[0].presence, PB_REPEATED);
	assert_int_equal(pb_side(&Maps_desc)->fields[0].presence, PB_MAP);
	assert_true(pb_side(&Maps_desc)->has_maps && !pb_side(&Maps_desc)->map_entry);
	assert_true(pb_side(&Maps_LabelsEntry_desc)->map_entry);
	assert_int_equal(pb_side(&google__protobuf__timestamp__descriptor)->kind, PB_TIMESTAMP);
	assert_int_equal(pb_side(&google__protobuf__int32_value__descriptor)->kind, PB_WRAPPER);
	assert_int_equal(pb_side(&google__protobuf__empty__descriptor)->kind, PB_PLAIN);
}

static void test_symbols(void **state)
{
	(void)state;
	static const struct {
		const char *symbol;
		bool found;
	} rows[] = {
	    {"paidan.test.v1.Choice.Nest.Kind", true},
	    {"paidan.test.v1.Choice.Nest.KIND_SOFT", true},
	    {"paidan.test.v1.COLOUR_RED", true},
	    {"paidan.test.v1.CodecService", true},
	    {"paidan.test.v1.CodecService.Get", true},
	    {"paidan.test.v1.Choice.Nest.many", true},
	    {"paidan.test.v1.Choice.Nest.most", false},
	    {"paidan.test.v1.CodecService.Gone", false},
	    {"paidan.test.v1", false},
	    {".paidan.test.v1.Leaf", false},
	    {"Leaf", false},
	    {"", false},
	    {".", false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct pb_file *file = pb_file_by_symbol(&codec_pb_set, slice_str(rows[i].symbol));
		assert_true((file != NULL) == rows[i].found);
	}
	const struct pb_file *file = pb_file_by_name(&codec_pb_set, SLICE("codec.proto"));
	assert_string_equal(file->imports[0], "google/protobuf/any.proto");
	assert_null(file->imports[7]);
	assert_null(pb_file_by_name(&codec_pb_set, SLICE("google/protobuf/any.proto")));
	/* FileDescriptorProto.name is its first field. */
	assert_memory_equal(file->descriptor,
			    "\x0a\x0b"
			    "codec.proto",
			    13);
	assert_true(file->descriptor_len > 1000);
}

static void test_urls(void **state)
{
	(void)state;
	assert_ptr_equal(pb_message_by_url(all_sets, SLICE("type.googleapis.com/paidan.v1.Order"))->descriptor,
			 &Order_desc);
	assert_ptr_equal(pb_message_by_url(all_sets, SLICE("/google.protobuf.Any"))->descriptor,
			 &google__protobuf__any__descriptor);
	assert_null(pb_message_by_url(all_sets, SLICE("paidan.v1.Order")));
	assert_null(pb_message_by_url(all_sets, SLICE("a/b/")));
	assert_null(pb_message_by_url(all_sets, SLICE("")));
	assert_null(pb_message_by_url(NULL, SLICE("a/paidan.v1.Order")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_methods), cmocka_unit_test(test_all_sets), cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_symbols), cmocka_unit_test(test_urls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
