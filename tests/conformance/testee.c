/*
 * Our codecs as protobuf's conformance runner wants to see them: a program that answers ConformanceRequests.
 *
 * Each request and each response stands behind its length, four bytes little-endian, on stdin and stdout. What is
 * asked for other messages than TestAllTypesProto3 or in other forms than binary and JSON is skipped: we have
 * no proto2 and no text format. The bounds are those of paidand (limits.h).
 */
#include <stdio.h>
#include <stdlib.h>

#include "conformance_pb.h"
#include "pb/json_read.h"
#include "pb/json_write.h"
#include "pb/pb_wire.h"
#include "wkt_pb.h"

enum { ARENA_BYTES = 64 * 1024 * 1024 };

static bool read_request(struct buf *b)
{
	uint8_t head[4];
	if (fread(head, 1, sizeof(head), stdin) != sizeof(head))
		return false;
	size_t len = (size_t)head[3] << 24 | (size_t)head[2] << 16 | (size_t)head[1] << 8 | head[0];
	buf_reset(b);
	uint8_t *to = buf_reserve(b, len);
	if (to == NULL || fread(to, 1, len, stdin) != len)
		return false;
	b->len = len;
	return true;
}

static void write_response(const ConformanceResponse *response, struct arena *a)
{
	struct slice bytes = pb_encode_arena(response, a);
	uint8_t head[4] = {(uint8_t)bytes.len, (uint8_t)(bytes.len >> 8), (uint8_t)(bytes.len >> 16),
			   (uint8_t)(bytes.len >> 24)};
	fwrite(head, 1, sizeof(head), stdout);
	fwrite(bytes.ptr, 1, bytes.len, stdout);
	fflush(stdout);
}

static void skip(ConformanceResponse *response, const char *why)
{
	response->result_case = CONFORMANCE_RESPONSE_RESULT_CASE_SKIPPED;
	response->skipped = (char *)(uintptr_t)why;
}

/* What the fault says, for the runner's report. */
static char *words(const struct fault *fault, struct arena *a)
{
	char text[400];
	snprintf(text, sizeof(text), "%s: %s: %s", err_info(fault->err)->reason,
		 fault->field == NULL ? "" : fault->field, fault->detail);
	return arena_string(a, slice_str(text));
}

static enum err read_payload(const ConformanceRequest *request, const ProtobufCMessageDescriptor *type,
			     const struct json_opts *opts, struct arena *a, struct fault *fault, ProtobufCMessage **out)
{
	if (request->payload_case == CONFORMANCE_REQUEST_PAYLOAD_CASE_JSON_PAYLOAD)
		return json_decode(a, type, slice_str(request->json_payload), opts, fault, out);
	struct pb_limits limits = pb_default_limits;
	limits.keep_unknown = true;
	struct slice bytes = slice_of(request->protobuf_payload.data, request->protobuf_payload.len);
	return pb_decode_within(a, type, bytes, &limits, fault, out);
}

static void write_payload(const ProtobufCMessage *m, WireFormat form, const struct json_opts *opts, struct arena *a,
			  ConformanceResponse *response)
{
	struct buf text = {0};
	struct fault fault = {0};
	if (form == PROTOBUF) {
		struct slice bytes = pb_encode_arena(m, a);
		response->result_case = CONFORMANCE_RESPONSE_RESULT_CASE_PROTOBUF_PAYLOAD;
		response->protobuf_payload = (ProtobufCBinaryData){bytes.len, (uint8_t *)(uintptr_t)bytes.ptr};
		return;
	}
	if (json_encode(m, opts, a, &fault, &text) == OK) {
		response->result_case = CONFORMANCE_RESPONSE_RESULT_CASE_JSON_PAYLOAD;
		response->json_payload = arena_string(a, buf_view(&text));
	} else {
		response->result_case = CONFORMANCE_RESPONSE_RESULT_CASE_SERIALIZE_ERROR;
		response->serialize_error = words(&fault, a);
	}
	buf_free(&text);
}

static void answer(const ConformanceRequest *request, struct arena *a, ConformanceResponse *response)
{
	static const struct pb_set *const sets[] = {&conformance_pb_set, &wkt_pb_set, NULL};
	struct json_opts opts = {.sets = sets};
	struct fault fault = {0};
	ProtobufCMessage *m;
	if (strcmp(request->message_type, "conformance.FailureSet") == 0) {
		/* What is expected to fail is in a file of its own, which the runner reads itself. */
		response->result_case = CONFORMANCE_RESPONSE_RESULT_CASE_PROTOBUF_PAYLOAD;
		return;
	}
	const struct pb_side *side = pb_message_by_name(&conformance_pb_set, slice_str(request->message_type));
	bool binary_in = request->payload_case == CONFORMANCE_REQUEST_PAYLOAD_CASE_PROTOBUF_PAYLOAD;
	bool json_in = request->payload_case == CONFORMANCE_REQUEST_PAYLOAD_CASE_JSON_PAYLOAD;
	WireFormat form = request->requested_output_format;
	if (side == NULL)
		skip(response, "not a message we have");
	else if (!binary_in && !json_in)
		skip(response, "not a form we read");
	else if (form != PROTOBUF && form != JSON)
		skip(response, "not a form we write");
	if (response->result_case == CONFORMANCE_RESPONSE_RESULT_CASE_SKIPPED)
		return;
	opts.ignore_unknown = request->test_category == JSON_IGNORE_UNKNOWN_PARSING_TEST;
	if (read_payload(request, side->descriptor, &opts, a, &fault, &m) != OK) {
		response->result_case = CONFORMANCE_RESPONSE_RESULT_CASE_PARSE_ERROR;
		response->parse_error = words(&fault, a);
		return;
	}
	write_payload(m, form, &opts, a, response);
}

int main(void)
{
	struct arena arena;
	struct buf in = {0};
	int status = EXIT_SUCCESS;
	arena_init(&arena, ARENA_BYTES);
	while (status == EXIT_SUCCESS && read_request(&in)) {
		struct fault fault = {0};
		ConformanceRequest *request;
		ConformanceResponse *response;
		arena_reset(&arena);
		if (PB_DECODE(&arena, ConformanceRequest, buf_view(&in), &fault, &request) == OK) {
			response = PB_NEW(&arena, ConformanceResponse);
			answer(request, &arena, response);
			write_response(response, &arena);
		} else {
			fprintf(stderr, "testee: %s\n", words(&fault, &arena));
			status = EXIT_FAILURE;
		}
	}
	buf_free(&in);
	arena_free(&arena);
	return status;
}
