// @grpc/grpc-js with @grpc/proto-loader against the broker.
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { ca, check, close, equal, place, run, world } from "./world.mjs";

const options = { keepCase: false, longs: String, enums: String, includeDirs: [world.proto, `${world.proto}/external`] };
const api = grpc.loadPackageDefinition(
  loadSync(["paidan/v1/order_service.proto", "paidan/v1/task_service.proto", "grpc/health/v1/health.proto"], options));
const credentials = grpc.credentials.createSsl(ca);
const address = world.url.replace("https://", "");
const { OrderService, TaskService } = api.paidan.v1;

function metadata(actAs, key = world.backend_key) {
  const m = new grpc.Metadata();
  if (key) m.set("authorization", `Bearer ${key}`);
  if (actAs) m.set("x-paidan-act-as", actAs);
  return m;
}

const resident = metadata(`resident/${world.resident}`);
const orders = new OrderService(address, credentials);
const tasks = new TaskService(address, credentials);

function call(client, method, request, meta = resident, callOptions = { deadline: Date.now() + 20000 }) {
  return new Promise((resolve, reject) => {
    client[method](request, meta, callOptions, (error, reply) => (error ? reject(error) : resolve(reply)));
  });
}

async function failure(promise) {
  try {
    await promise;
  } catch (e) {
    return e;
  }
  throw new Error("expected an error, got an answer");
}

await run("node/grpc-js/unary", async () => {
  const { order } = await call(orders, "getOrder", { orderId: world.order });
  equal(order.title, "修水龙头", "title");
});

await run("node/grpc-js/errors", async () => {
  const error = await failure(call(orders, "getOrder", { orderId: "o9999999" }));
  equal(error.code, grpc.status.NOT_FOUND, "code");
  check(error.metadata.get("grpc-status-details-bin")[0].includes("paidan.v1.ErrorInfo"), "details");
  check(error.metadata.get("x-request-id")[0].length === 16, "the request id");
  const nobody = await failure(call(orders, "getOrder", { orderId: world.order }, metadata(null, null)));
  equal(nobody.code, grpc.status.UNAUTHENTICATED, "code");
  const zh = resident.clone();
  zh.set("accept-language", "zh");
  equal((await failure(call(orders, "getOrder", { orderId: "o9999999" }, zh))).details.slice(0, 3), "未找到", "zh");
});

await run("node/grpc-js/many", async () => {
  const replies = await Promise.all(
    Array.from({ length: 500 }, () => call(orders, "getOrder", { orderId: world.order })));
  check(replies.every((r) => r.order.id === world.order), "all answered");
});

await run("node/grpc-js/loop", async () => {
  const order = await place("陪诊", "grpc-js");
  let member;
  for (let i = 0; member === undefined && i < 500; i++) {
    for (const m of world.members) {
      const { orders: offered } = await call(tasks, "listOffers", {}, metadata(`member/${m}`));
      if (offered?.some((o) => o.id === order.id)) member = m;
    }
  }
  check(member !== undefined, "no offer came");
  const m = metadata(`member/${member}`);
  await call(tasks, "acceptOffer", { orderId: order.id }, m);
  await call(tasks, "startTask", { orderId: order.id }, m);
  await call(tasks, "completeTask", { orderId: order.id, text: "好了" }, m);
  const { order: rated } = await call(orders, "rateOrder", { orderId: order.id, stars: 4 });
  equal(rated.state, "ORDER_STATE_CLOSED", "state");
});

await run("node/grpc-js/watch", async () => {
  const order = await place("看着", "grpc-js-watch");
  const stream = orders.watchOrders({ orderId: order.id }, resident);
  const kinds = [];
  const ended = new Promise((resolve, reject) => {
    stream.on("data", (message) => {
      kinds.push(message.kind);
      if (message.kind === "EVENT_KIND_CANCELLED") stream.cancel();
    });
    stream.on("error", (e) => (e.code === grpc.status.CANCELLED ? resolve() : reject(e)));
  });
  await new Promise((resolve) => stream.on("metadata", resolve));
  for (let i = 0; kinds.length === 0; i++) {
    await call(orders, "addNote", { orderId: order.id, text: "还在吗", requestId: `grpc-js-note-${i}` });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await call(orders, "cancelOrder", { orderId: order.id, reason: "不用了" });
  await ended;
});

await run("node/grpc-js/deadline", async () => {
  const stream = orders.watchOrders({}, resident, { deadline: Date.now() + 200 });
  const code = await new Promise((resolve) => {
    stream.on("data", () => {});
    stream.on("error", (e) => resolve(e.code));
  });
  equal(code, grpc.status.DEADLINE_EXCEEDED, "code");
});

await run("node/grpc-js/metadata", async () => {
  const traced = resident.clone();
  traced.set("grpc-trace-bin", Buffer.from("00000af7651916cd43dd8448eb211c80319c01b7ad6b71692033310201", "hex"));
  const ended = new Promise((resolve, reject) => {
    const one = orders.getOrder({ orderId: world.order }, traced, (error) => error && reject(error));
    let head;
    one.on("metadata", (m) => (head = m));
    one.on("status", (s) => resolve([head, s.metadata]));
  });
  const [head, trailer] = await ended;
  check(head.get("traceresponse")[0].startsWith("00-0af7651916cd43dd8448eb211c80319c-"), "the trace of a -bin header");
  check(/^rpc;dur=\d/.test(trailer.get("server-timing")[0]), "trailing metadata");
});

await run("node/grpc-js/keepalive", async () => {
  // Every 100 ms is too often: the stream fails, grpc-js takes the hint and goes on.
  const health = new api.grpc.health.v1.Health(address, credentials, {
    "grpc.keepalive_time_ms": 100, "grpc.keepalive_permit_without_calls": 1, "grpc.use_local_subchannel_pool": 1,
  });
  const watch = health.watch({ service: "" });
  const error = await new Promise((resolve) => {
    watch.on("data", () => {});
    watch.on("error", resolve);
  });
  equal(error.code, grpc.status.RESOURCE_EXHAUSTED, error.details);
  equal((await call(health, "check", {}, new grpc.Metadata())).status, "SERVING", "the next call");
  health.close();
});

await run("node/grpc-js/health", async () => {
  const health = new api.grpc.health.v1.Health(address, credentials);
  equal((await call(health, "check", {}, new grpc.Metadata())).status, "SERVING", "status");
  const watch = health.watch({ service: "paidan.v1.OrderService" });
  watch.on("error", () => {});
  equal((await new Promise((resolve) => watch.once("data", resolve))).status, "SERVING", "status");
  watch.cancel();
});

close();
