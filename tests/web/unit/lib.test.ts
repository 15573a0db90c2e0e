import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { test } from "node:test";
import { cell, csv } from "~/lib/csv";
import { errorOf } from "~/lib/errors";
import { Frames, frame } from "~/lib/frames";
import { around, distanceM, flatten } from "~/lib/geo";
import { language, words } from "~/lib/i18n";
import { keyName, singleKeys } from "~/lib/keys";
import { initials, means } from "~/lib/pinyin";
import { call } from "~/lib/rpc";
import { backOffMs } from "~/lib/stream";
import { duration } from "~/lib/time";
import { crc32, xlsx } from "~/lib/xlsx";

const bytes = (parts: Uint8Array[]) => Buffer.concat(parts);

test("frames come whole, however the bytes were cut", () => {
	const message = frame({ eventId: "1-0", order: { title: "修水龙头" } });
	const end = frame({});
	end[0] = 2;
	const all = bytes([message, message, end]);
	for (let size = 1; size <= all.length; size++) {
		const frames = new Frames();
		const got = [];
		for (let at = 0; at < all.length; at += size) got.push(...frames.take(all.subarray(at, at + size)));
		assert.equal(got.length, 3, `cut every ${size} bytes`);
		assert.deepEqual(got[1], { isEnd: false, body: { eventId: "1-0", order: { title: "修水龙头" } } });
		assert.deepEqual(got[2], { isEnd: true, body: {} });
	}
});

test("a frame that claims to be endless is refused", () => {
	assert.throws(() => [...new Frames().take(new Uint8Array([0, 255, 255, 255, 255]))]);
});

test("errors carry the broker's reason, field and both texts", () => {
	const debug = { reason: "ORDER_STATE", field: "order_id", messageZh: "不行", messageEn: "no", requestId: "q1" };
	const error = errorOf({ code: "failed_precondition", message: "no", details: [{ type: "x", debug }] }, 400);
	assert.deepEqual([error.code, error.reason, error.field, error.zh, error.en, error.requestId],
		["failed_precondition", "ORDER_STATE", "order_id", "不行", "no", "q1"]);
	assert.equal(errorOf(undefined, 502).isOpen, true);
	assert.equal(errorOf({ code: "unauthenticated", details: [{ debug: { reason: "SESSION_ENDED" } }] }, 401).isSignedOut, true);
	assert.equal(errorOf({ code: "unauthenticated", details: [{ debug: { reason: "SIGN_IN_FAILED" } }] }, 401).isSignedOut, false);
});

test("an answer that breaks off is none, and is asked for again", async (t) => {
	const answer = JSON.stringify({ order: { id: "o1" } });
	let asked = 0;
	const server = createServer((_, reply) => {
		asked++;
		reply.writeHead(200, { "content-type": "application/json", "content-length": answer.length });
		if (asked === 1) reply.write(answer.slice(0, 9), () => reply.destroy());
		else reply.end(answer);
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const { fetch } = globalThis;
	globalThis.fetch = (path, how) => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${String(path)}`, how);
	t.after(() => {
		globalThis.fetch = fetch;
		server.close();
	});
	assert.deepEqual(await call("OrderService/GetOrder", { orderId: "o1" }), { order: { id: "o1" } });
	assert.equal(asked, 2);
});

test("words follow the language", () => {
	const text = words({ hello: (name: string) => `你好，${name}` }, { hello: (name) => `Hello, ${name}` });
	language.value = "zh";
	assert.equal(text().hello("张"), "你好，张");
	language.value = "en";
	assert.equal(text().hello("Z"), "Hello, Z");
	language.value = "zh";
});

const pressed = (more: object) => ({ key: "j", ctrlKey: false, metaKey: false, altKey: false, isComposing: false, keyCode: 74, target: null, ...more });

test("no key counts while an input method composes, or while somebody types", () => {
	const input = { tagName: "INPUT", type: "text" } as unknown as EventTarget;
	assert.equal(keyName(pressed({})), "j");
	assert.equal(keyName(pressed({ isComposing: true })), "");
	assert.equal(keyName(pressed({ keyCode: 229 })), "");
	assert.equal(keyName(pressed({ target: input })), "");
	assert.equal(keyName(pressed({ target: input, key: "Escape" })), "Escape");
	assert.equal(keyName(pressed({ target: input, key: "k", ctrlKey: true })), "Ctrl+k");
	assert.equal(keyName(pressed({ target: { tagName: "INPUT", type: "checkbox" } })), "j");
	singleKeys.value = false;
	assert.equal(keyName(pressed({})), "");
	assert.equal(keyName(pressed({ key: "Enter" })), "Enter");
	singleKeys.value = true;
});

test("pinyin initials", () => {
	assert.equal(initials("水管维修"), "sgwx");
	assert.equal(initials("代买代办"), "dmdb");
	assert.equal(initials("邻里纠纷"), "lljf");
	assert.ok(means("sgwx", "水管维修") && means("wx", "水管维修") && means("水管", "水管维修") && means("plumb", "水管维修", "Plumbing"));
	assert.ok(!means("xyz", "水管维修"));
});

test("the 3,755 common characters, which GB 2312 has in the order of pinyin", () => {
	const first: [string, number][] = [["a", 0xb0a1], ["b", 0xb0c5], ["c", 0xb2c1], ["d", 0xb4ee], ["e", 0xb6ea], ["f", 0xb7a2],
		["g", 0xb8c1], ["h", 0xb9fe], ["j", 0xbbf7], ["k", 0xbfa6], ["l", 0xc0ac], ["m", 0xc2e8], ["n", 0xc4c3], ["o", 0xc5b6],
		["p", 0xc5be], ["q", 0xc6da], ["r", 0xc8bb], ["s", 0xc8f6], ["t", 0xcbfa], ["w", 0xcdda], ["x", 0xcef4], ["y", 0xd1b9],
		["z", 0xd4d1]];
	const decoder = new TextDecoder("gbk");
	const wrong: string[] = [];
	for (let code = 0xb0a1; code <= 0xd7f9; code++) {
		if ((code & 255) < 0xa1 || (code & 255) > 0xfe) continue;
		const character = decoder.decode(new Uint8Array([code >> 8, code & 255]));
		const letter = first.filter(([, from]) => code >= from).at(-1)![0];
		if (initials(character) !== letter) wrong.push(character);
	}
	// Those that are read in two ways: 长, 曾, 匙 …
	assert.ok(wrong.length <= 20, wrong.join(""));
});

test("no cell is a formula, and numbers stay numbers", () => {
	for (const [value, want] of [["=1+1", "'=1+1"], ["+86", "+86"], ["-3.5", "-3.5"], ["@x", "'@x"], ["\t=1", "'\t=1"],
		["-1+2", "'-1+2"], ["a,b", '"a,b"'], ['say "hi"', '"say ""hi"""'], ['=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"']] as const)
		assert.equal(cell(value), want);
	assert.equal(cell(-5), "-5");
	assert.equal(csv([["编号", "事项"]]), "\ufeff编号,事项\r\n");
});

test("an XLSX is a zip whose sums are right", () => {
	assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
	const file = bytes(xlsx("派单", [["编号", 3], ["<&>\u0001", "=1"]]));
	assert.equal(file.readUInt32LE(0), 0x04034b50);
	const end = file.length - 22;
	assert.equal(file.readUInt32LE(end), 0x06054b50);
	assert.equal(file.readUInt16LE(end + 10), 5);
	assert.equal(file.readUInt32LE(file.readUInt32LE(end + 16)), 0x02014b50);
	assert.ok(file.includes("&lt;&amp;&gt;</t>"));
});

test("durations", () => {
	assert.equal(duration(12_000), "12 秒");
	assert.equal(duration(-65 * 60_000), "1 小时 5 分");
	assert.equal(duration(50 * 3_600_000), "2 天 2 小时");
});

test("back-off grows and ends", () => {
	assert.ok(backOffMs(0, 1) <= 500 && backOffMs(3, 0) >= 2000 && backOffMs(50, 1) === 15_000);
});

test("the flat picture keeps distances", () => {
	const a = { lat: 30.5, lon: 119.5 };
	const b = { lat: 30.501, lon: 119.5 };
	assert.ok(Math.abs(distanceM(a, b) - 111.2) < 0.1);
	assert.deepEqual(around([a], flatten(a), 10), { x: -10, y: -10, w: 20, h: 20 });
});
