/* The parts of webhooks: which addresses are public, what is signed, when it is tried again, which URL may be one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdio.h>

#include "domain/lane.h"
#include "domain/webhook.h"
#include "hook/address.h"
#include "hook/payload.h"
#include "pb/base64.h"

#define DAY_MS INT64_C(86400000)

static bool is_public(const char *text)
{
	struct sockaddr_storage s = {0};
	struct sockaddr_in *in = (struct sockaddr_in *)&s;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&s;
	if (strchr(text, ':') != NULL) {
		s.ss_family = AF_INET6;
		assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
	} else {
		s.ss_family = AF_INET;
		assert_int_equal(inet_pton(AF_INET, text, &in->sin_addr), 1);
	}
	return address_is_public((struct sockaddr *)&s);
}

static void addresses(void **state)
{
	static const char *const refused[] = {
	    "0.0.0.0",
	    "0.1.2.3",
	    "10.0.0.1",
	    "10.255.255.255",
	    "100.64.0.1",
	    "100.127.255.255",
	    "127.0.0.1",
	    "127.9.9.9",
	    "169.254.169.254",
	    "172.16.0.1",
	    "172.31.255.255",
	    "192.0.0.8",
	    "192.0.2.1",
	    "192.88.99.1",
	    "192.168.1.1",
	    "198.18.0.1",
	    "198.19.255.255",
	    "198.51.100.1",
	    "203.0.113.9",
	    "224.0.0.1",
	    "239.255.255.255",
	    "240.0.0.1",
	    "255.255.255.255",
	    "::",
	    "::1",
	    "::127.0.0.1",
	    "::ffff:127.0.0.1",
	    "::ffff:10.0.0.1",
	    "::ffff:169.254.169.254",
	    "64:ff9b::10.0.0.1",
	    "64:ff9b::127.0.0.1",
	    "64:ff9b:1::1",
	    "100::1",
	    "2001::1",
	    "2001:2::1",
	    "2001:10::1",
	    "2001:db8::1",
	    "2002:7f00:1::",
	    "2002:a00:1::1",
	    "2002:c0a8:101::1",
	    "3fff::1",
	    "5f00::1",
	    "fc00::1",
	    "fd12::1",
	    "fe80::1",
	    "fec0::1",
	    "ff02::1",
	    "ff0e::1",
	    "4000::1",
	};
	static const char *const allowed[] = {
	    "1.1.1.1",         "8.8.8.8",         "9.255.255.255",   "11.0.0.1",         "100.63.255.255",
	    "100.128.0.1",     "126.255.255.255", "128.0.0.1",       "169.253.255.255",  "169.255.0.1",
	    "172.15.255.255",  "172.32.0.1",      "192.167.255.255", "192.169.0.1",      "198.17.255.255",
	    "198.20.0.1",      "223.255.255.255", "::ffff:8.8.8.8",  "64:ff9b::8.8.8.8", "2001:4860:4860::8888",
	    "2002:808:808::1", "2400:3200::1",    "2606:4700::1111", "2a00::1",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (is_public(refused[i]))
			fail_msg("%s is taken for public", refused[i]);
	}
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		if (!is_public(allowed[i]))
			fail_msg("%s is not taken for public", allowed[i]);
	}
	struct sockaddr other = {.sa_family = AF_UNIX};
	assert_false(address_is_public(&other));
}

/* The example of the Standard Webhooks specification and its reference libraries. */
static void signatures(void **state)
{
	uint8_t secret[32];
	size_t len;
	struct buf out = {0};
	(void)state;
	assert_true(base64_decode(SLICE("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), secret, &len));
	ProtobufCBinaryData secrets[2] = {{len, secret}, {len, secret}};
	assert_true(payload_sign(secrets, 1, SLICE("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
				 SLICE("{\"test\": 2432232314}"), &out));
	buf_byte(&out, '\0');
	assert_string_equal((char *)out.ptr, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	buf_reset(&out);
	assert_true(payload_sign(secrets, 2, SLICE("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
				 SLICE("{\"test\": 2432232314}"), &out));
	buf_byte(&out, '\0');
	assert_string_equal((char *)out.ptr, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
					     "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	buf_free(&out);
}

static void bodies(void **state)
{
	struct buf out = {0};
	Event event;
	(void)state;
	Event_init(&event);
	event.id = "1772416800123-0-2";
	event.kind = EVENT_KIND_OFFER_DECLINED;
	event.at_ms = INT64_C(1772416800123);
	event.subject_id = "o0000001";
	assert_true(payload_body(&event, &out));
	buf_byte(&out, '\0');
	assert_string_equal((char *)out.ptr,
			    "{\"type\":\"order.offer_declined\",\"timestamp\":\"2026-03-02T02:00:00.123Z\","
			    "\"data\":{\"id\":\"1772416800123-0-2\",\"kind\":\"EVENT_KIND_OFFER_DECLINED\","
			    "\"atMs\":\"1772416800123\",\"subjectId\":\"o0000001\"}}");
	buf_free(&out);
}

static void types(void **state)
{
	char type[WEBHOOK_TYPE_BYTES];
	(void)state;
	webhook_type(EVENT_KIND_PLACED, type);
	assert_string_equal(type, "order.placed");
	webhook_type(EVENT_KIND_MEMBER_CHANGED, type);
	assert_string_equal(type, "member.changed");
	webhook_type(EVENT_KIND_WEBHOOK_TEST, type);
	assert_string_equal(type, "webhook.test");
	webhook_type((EventKind)999, type);
	assert_string_equal(type, "unknown");
}

static void pauses(void **state)
{
	const struct webhook_rules *rules = &webhook_default_rules;
	struct webhook_rules r = {.n_pauses = 0};
	(void)state;
	for (uint32_t attempts = 1; attempts < 15; attempts++) {
		int64_t want_ms = rules->pause_ms[attempts <= 9 ? attempts - 1 : 8], low_ms = INT64_MAX, high_ms = 0;
		for (uint64_t dice = 0; dice < 2000; dice++) {
			int64_t ms = webhook_pause_ms(rules, attempts, 0, dice * UINT64_C(0x9e3779b97f4a7c15));
			low_ms = ms < low_ms ? ms : low_ms;
			high_ms = ms > high_ms ? ms : high_ms;
		}
		assert_true(low_ms >= want_ms * 4 / 5 && low_ms < want_ms * 17 / 20);
		assert_true(high_ms <= want_ms * 6 / 5 && high_ms > want_ms * 23 / 20);
	}
	assert_int_equal(webhook_pause_ms(rules, 1, 60000, 7), 60000);
	assert_int_equal(webhook_pause_ms(rules, 1, 1, 7), 5000);
	assert_int_equal(webhook_pause_ms(rules, 1, 10 * DAY_MS, 7), WEBHOOK_RETRY_AFTER_MAX_MS);
	assert_true(webhook_pauses_parse(" 100ms 5s  3m 2h 1d ", &r));
	assert_int_equal(r.n_pauses, 5);
	assert_int_equal(r.pause_ms[0], 100);
	assert_int_equal(r.give_up_ms, 100 + 5000 + 180000 + 7200000 + DAY_MS);
	static const char *const wrong[] = {"",
					    "5",
					    "s",
					    "5x",
					    "0s",
					    "-1s",
					    "5s,5m",
					    "31d",
					    "99999999999999999999s",
					    "1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s 1s"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (webhook_pauses_parse(wrong[i], &r))
			fail_msg("\"%s\" is taken", wrong[i]);
	}
}

static void outages(void **state)
{
	const struct webhook_rules *rules = &webhook_default_rules;
	WebhookStateRecord s;
	(void)state;
	WebhookStateRecord_init(&s);
	assert_true(webhook_notes_failure(rules, &s, "a", 1000));
	assert_false(webhook_failed(rules, &s, "a", 1000));
	assert_false(webhook_notes_failure(rules, &s, "a", 2000)); /* nothing new */
	assert_false(webhook_recovered(rules, &s, 60000));         /* only one lane had failed */
	assert_int_equal(s.failing_since_ms, 0);
	assert_false(webhook_failed(rules, &s, "a", 1000));
	assert_true(webhook_notes_failure(rules, &s, "b", 2000));
	assert_false(webhook_failed(rules, &s, "b", 2000));
	assert_false(webhook_recovered(rules, &s, 3000)); /* too short to have made anybody wait */
	assert_false(webhook_failed(rules, &s, "a", 1000));
	assert_false(webhook_failed(rules, &s, "b", 2000));
	assert_true(webhook_recovered(rules, &s, 100000));
	/* Five days of failures. */
	bool over = false;
	int64_t now_ms = 1000;
	for (; !over; now_ms += DAY_MS / 2)
		over = webhook_failed(rules, &s, "a", now_ms);
	assert_int_equal(now_ms, 1000 + 5 * DAY_MS + DAY_MS / 2);
	/* One, a long silence, and another: no outage of a week. */
	(void)webhook_recovered(rules, &s, now_ms);
	assert_false(webhook_failed(rules, &s, "a", now_ms));
	assert_false(webhook_failed(rules, &s, "a", now_ms + 7 * DAY_MS));
	assert_int_equal(s.failing_since_ms, now_ms + 7 * DAY_MS);
}

static LaneItem *item(struct arena *a, const char *id)
{
	LaneItem *item = ARENA_NEW(a, LaneItem);
	LaneItem_init(item);
	item->event_id = (char *)id;
	return item;
}

static void lanes(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, 1 << 20);
	assert_true(lane_compare_ids("9-0-0", "10-0-0") < 0);
	assert_true(lane_compare_ids("10-2-0", "10-10-0") < 0);
	assert_true(lane_compare_ids("10-2-3", "10-2-2") > 0);
	assert_int_equal(lane_compare_ids("10-2-3", "10-2-3"), 0);
	LaneRecord *lane = lane_new(&a, "w0000001", "o0000001");
	assert_string_equal(lane->id, "w0000001.o0000001");
	assert_true(lane_add(&a, lane, item(&a, "20-0-0"), 100));
	lane->due_ms = 5000; /* it failed */
	assert_true(lane_add(&a, lane, item(&a, "20-0-1"), 200));
	assert_int_equal(lane->due_ms, 5000); /* what comes later waits */
	assert_false(lane_add(&a, lane, item(&a, "20-0-0"), 200));
	assert_true(lane_add(&a, lane, item(&a, "3-0-0"), 300)); /* replayed: its turn is first */
	assert_int_equal(lane->due_ms, 300);
	assert_string_equal(lane->items[0]->event_id, "3-0-0");
	assert_int_equal(lane->n_items, 3);
	lane_remove(lane, lane_item(lane, "20-0-1"), 400);
	assert_int_equal(lane->due_ms, 300);
	lane_remove(lane, lane_item(lane, "3-0-0"), 400);
	assert_int_equal(lane->due_ms, 400);
	lane_remove(lane, lane_item(lane, "20-0-0"), 500);
	assert_int_equal(lane->due_ms, 500 + LANE_LINGER_MS);
	assert_int_equal(lane->n_items, 0);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses), cmocka_unit_test(signatures), cmocka_unit_test(bodies),
	    cmocka_unit_test(types),     cmocka_unit_test(pauses),     cmocka_unit_test(outages),
	    cmocka_unit_test(lanes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
