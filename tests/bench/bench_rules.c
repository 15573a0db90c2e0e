/*
 * What it costs to hold a request against the rules of its .proto file: one PlaceOrder with everything in it, and each
 * row of an import of 500 members. Prints JSON with the microseconds of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "paidan_pb.h"
#include "pb/json_read.h"
#include "pb/pb_rule.h"

enum { ROUNDS = 400000, TRIES = 5, ROWS = 500 };

static const char order[] =
    "{\"requestId\":\"3f1c9d52-7a0e-4f0b-9c39-0d7f6b6a1e11\",\"categoryId\":\"c0000012\",\"urgency\":\"URGENCY_"
    "NORMAL\","
    "\"title\":\"厨房水龙头漏水，地上都是水，请尽快来看看\",\"description\":\"昨天晚上开始滴水，今天早上越来越大，"
    "已经把总阀关了，家里只有老人一个人，麻烦上午来，来之前请先打电话。\",\"attachments\":[{\"ref\":\"photo/2026/03/02/"
    "1.jpg\","
    "\"mediaType\":\"image/jpeg\"},{\"ref\":\"photo/2026/03/02/2.jpg\",\"mediaType\":\"image/jpeg\"}],"
    "\"beneficiaryId\":\"r0000012\",\"point\":{\"lat\":39.905,\"lon\":116.405},\"contact\":{\"name\":\"王奶奶\","
    "\"phone\":\"138 0000 0001\",\"address\":\"幸福里3号楼2单元501\"},\"deviceMs\":\"1772416800000\"}";
static const char member[] =
    "{\"kind\":\"MEMBER_KIND_VOLUNTEER\",\"name\":\"志愿者甲\",\"phone\":\"13900000001\",\"gridId\":\"n0000012\","
    "\"home\":{\"lat\":39.904,\"lon\":116.404},\"skills\":[{\"name\":\"electrician\",\"certificate\":\"D-1234\"},"
    "{\"name\":\"first-aid\"}],\"shifts\":[{\"fromMin\":540,\"toMin\":1080},{\"fromMin\":1980,\"toMin\":2520}],"
    "\"quiet\":{\"fromMin\":1320,\"toMin\":420},\"holdingCap\":3}";

static ProtobufCMessage *decode(struct arena *a, const ProtobufCMessageDescriptor *type, struct slice json)
{
	struct fault fault;
	ProtobufCMessage *message;
	if (json_decode(a, type, json, NULL, &fault, &message) == OK)
		return message;
	fprintf(stderr, "%s: %s\n", fault.field == NULL ? "" : fault.field, fault.detail);
	exit(1);
}

static ProtobufCMessage *import_of(struct arena *a)
{
	ImportMembersRequest *request = arena_alloc(a, sizeof(*request));
	ImportMembersRequest_init(request);
	request->members = arena_array(a, ROWS, sizeof(*request->members));
	for (size_t i = 0; i < ROWS; i++)
		request->members[request->n_members++] = (Member *)decode(a, &Member_desc, slice_str(member));
	return &request->base;
}

static double now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void must(enum err err, const struct fault *fault)
{
	if (err == OK)
		return;
	fprintf(stderr, "%s: %s\n", fault->field, fault->detail);
	exit(1);
}

/* The best of some tries: what else runs on the machine only adds. */
static double best_us(struct arena *a, const ProtobufCMessage *message, const char *list, int rounds)
{
	double best = 1e9;
	for (int i = 0; i < TRIES; i++) {
		struct fault fault;
		double since_us = now_us();
		for (int k = 0; k < rounds; k++)
			must(list == NULL ? pb_check(a, message, &fault)
					  : pb_check_row(a, message, list, (size_t)k % ROWS, &fault),
			     &fault);
		double took_us = (now_us() - since_us) / rounds;
		best = took_us < best ? took_us : best;
	}
	return best;
}

int main(void)
{
	struct arena a;
	arena_init(&a, 64 << 20);
	const ProtobufCMessage *place = decode(&a, &PlaceOrderRequest_desc, slice_str(order));
	const ProtobufCMessage *import = import_of(&a);
	printf("{\"validation_us\": %.3f, \"validation_row_us\": %.3f}\n", best_us(&a, place, NULL, ROUNDS),
	       best_us(&a, import, "members", ROUNDS));
	arena_free(&a);
	return 0;
}
