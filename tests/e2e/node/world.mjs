// What the clients are told about the broker and the town (test_node.py), and how cases are run.
import { readFileSync } from "node:fs";

export const world = JSON.parse(readFileSync(process.argv[2], "utf8"));
export const ca = readFileSync(world.ca);

let passed = 0;
let failed = 0;

export class Failed extends Error {}

export function check(condition, why) {
  if (!condition) throw new Failed(why);
}

export function equal(got, want, what) {
  if (got !== want) throw new Failed(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

// A case that hangs fails alone.
export async function run(name, body) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Failed("took longer than 30 s")), 30000);
  });
  try {
    await Promise.race([body(), late]);
    passed++;
    console.log(`ok ${name}`);
  } catch (e) {
    failed++;
    console.log(`FAIL ${name}: ${e?.message ?? e}`);
  } finally {
    clearTimeout(timer);
  }
}

export function close() {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
}

// Places an order by plain JSON, apart from the client that is being tested.
export async function place(title, requestId) {
  const { request } = await import("node:https");
  const body = JSON.stringify({ requestId, categoryId: world.category, title, point: world.point });
  const headers = {
    "content-type": "application/json",
    authorization: `Bearer ${world.backend_key}`,
    "x-paidan-act-as": `resident/${world.resident}`,
  };
  return new Promise((resolve, reject) => {
    const req = request(`${world.url}/paidan.v1.OrderService/PlaceOrder`, { method: "POST", ca, headers }, (res) => {
      let text = "";
      res.on("data", (piece) => (text += piece));
      res.on("end", () =>
        res.statusCode === 200 ? resolve(JSON.parse(text).order) : reject(new Failed(`${res.statusCode} ${text}`)));
    });
    req.on("error", reject);
    req.end(body);
  });
}
