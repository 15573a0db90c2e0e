/* What is known of attachments: who may look, what an order takes, what is swept and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"
#include "pb/pb_message.h"
#include "pb/pb_wire.h"
#include "service/attachment.h"
#include "world.h"

enum { SIDE = 2 };
#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct answer {
	bool answered;
	enum err err;
	struct arena *arena;
	char *ref;             /* of an Attachment */
	AttachmentsGone *gone; /* of a sweep */
};

static void answered(void *arg, const struct exec_result *result)
{
	struct answer *a = arg;
	a->answered = true;
	a->err = result->err;
	if (result->response == NULL)
		return;
	struct fault fault;
	ProtobufCMessage *copy = NULL;
	assert_int_equal(pb_decode(a->arena, result->response->descriptor, pb_encode_arena(result->response, a->arena),
				   &fault, &copy),
			 OK);
	if (result->response->descriptor == &Attachment_desc)
		a->ref = ((Attachment *)(void *)copy)->ref;
	else
		a->gone = (AttachmentsGone *)(void *)copy;
}

static struct answer ask(struct world *w, struct who who, const struct method *method, const void *request)
{
	struct answer a = {.arena = world_arena(w)};
	struct exec_request rq = {
	    .method = method, .credential = world_credential(who), .request = request, .done = answered, .arg = &a};
	exec_call(world_exec(w), &rq);
	world_wait(w, &a.answered, 1000);
	assert_true(a.answered);
	return a;
}

#define AS_SYSTEM ((struct who){.role = ROLE_SYSTEM, .id = ""})

static struct answer upload(struct world *w, struct who who)
{
	static const struct attachment_new file = {"image/jpeg", SHA, 1000};
	return ask(w, who, &attachment_add, &file);
}

static enum err look(struct world *w, struct who who, const char *ref)
{
	struct attachment_ask request = {ref};
	return ask(w, who, &attachment_open, &request).err;
}

static struct world_reply place(struct world *w, struct town *town, struct who who, const char *ref)
{
	PlaceOrderRequest *rq = PB_NEW(world_arena(w), PlaceOrderRequest);
	Attachment *attachment = PB_NEW(world_arena(w), Attachment);
	attachment->ref = (char *)(uintptr_t)ref;
	attachment->media_type = (char *)"image/jpeg";
	rq->category_id = town->plain_category;
	rq->point = world_point(w, 0, 0, 0, SIDE);
	arena_append(world_arena(w), (void ***)&rq->attachments, &rq->n_attachments, attachment);
	return world_call(w, who, "OrderService/PlaceOrder", rq);
}

static void lives(void **state)
{
	struct world *w = world_new(&(struct world_options){.seed = 3, .cache_bytes = 1 << 20});
	struct town town = world_town(w, SIDE);
	char *one = world_resident(w), *two = world_resident(w);
	(void)state;
	char *kept = upload(w, AS_RESIDENT(one)).ref, *loose = upload(w, AS_RESIDENT(one)).ref;
	assert_int_equal(look(w, AS_RESIDENT(one), kept), OK);
	assert_int_equal(look(w, AS_RESIDENT(two), kept), ERR_NOT_FOUND);
	assert_int_equal(look(w, AS_RESIDENT(one), "f0000zzz"), ERR_NOT_FOUND);
	assert_int_equal(look(w, AS_RESIDENT(one), one), ERR_NOT_FOUND);
	assert_int_equal(look(w, AS_NOBODY, kept), ERR_UNAUTHENTICATED);
	assert_int_equal(upload(w, AS_NOBODY).err, ERR_UNAUTHENTICATED);
	assert_int_equal(place(w, &town, AS_RESIDENT(two), kept).err, ERR_NOT_FOUND);
	assert_int_equal(place(w, &town, AS_RESIDENT(one), kept).err, OK);
	assert_int_equal(place(w, &town, AS_RESIDENT(one), kept).err, ERR_NOT_FOUND);
	/* Nothing to sweep until a day has passed; then the one that nobody took. */
	assert_int_equal(ask(w, AS_SYSTEM, &attachment_sweep, NULL).gone->n_attachments, 0);
	world_advance(w, LIMIT_LOOSE_ATTACHMENT_MS);
	AttachmentsGone *gone = ask(w, AS_SYSTEM, &attachment_sweep, NULL).gone;
	assert_int_equal(gone->n_attachments, 1);
	assert_string_equal(gone->attachments[0]->id, loose);
	assert_string_equal(gone->attachments[0]->sha256, SHA);
	/* It can't be had any more, and is named again until its file is gone. */
	assert_int_equal(look(w, AS_RESIDENT(one), loose), ERR_NOT_FOUND);
	assert_int_equal(place(w, &town, AS_RESIDENT(one), loose).err, ERR_NOT_FOUND);
	gone = ask(w, AS_SYSTEM, &attachment_sweep, NULL).gone;
	assert_int_equal(gone->n_attachments, 1);
	assert_int_equal(ask(w, AS_SYSTEM, &attachment_swept, gone).err, OK);
	assert_int_equal(ask(w, AS_SYSTEM, &attachment_sweep, NULL).gone->n_attachments, 0);
	assert_int_equal(look(w, AS_RESIDENT(one), kept), OK);
	world_free(w);
}

static void bounded(void **state)
{
	struct world *w = world_new(&(struct world_options){.seed = 3});
	struct town town = world_town(w, SIDE);
	char *one = world_resident(w), *last = NULL;
	(void)state;
	for (int i = 0; i < LIMIT_LOOSE_ATTACHMENTS; i++)
		last = upload(w, AS_RESIDENT(one)).ref;
	assert_int_equal(upload(w, AS_RESIDENT(one)).err, ERR_RATE_LIMITED);
	/* Others may, and so may who has used one. */
	assert_int_equal(upload(w, AS_RESIDENT(world_resident(w))).err, OK);
	assert_int_equal(place(w, &town, AS_RESIDENT(one), last).err, OK);
	assert_int_equal(upload(w, AS_RESIDENT(one)).err, OK);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lives), cmocka_unit_test(bounded)};
	return cmocka_run_group_tests_name("attachments", tests, NULL, NULL);
}
