// connect-node against the broker: Connect over HTTP/1.1 and HTTP/2, JSON and proto, and gRPC.
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { compressionGzip, createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { ErrorInfoSchema } from "./gen/paidan/v1/common_pb.js";
import { EventKind } from "./gen/paidan/v1/order_pb.js";
import { OrderService } from "./gen/paidan/v1/order_service_pb.js";
import { OrgService } from "./gen/paidan/v1/org_service_pb.js";
import { ca, check, close, equal, place, run, world } from "./world.mjs";

const headers = {
  authorization: `Bearer ${world.backend_key}`,
  "x-paidan-act-as": `resident/${world.resident}`,
};
const common = { baseUrl: world.url, nodeOptions: { ca } };
const transports = {
  "connect/h1/json": createConnectTransport({ ...common, httpVersion: "1.1", useBinaryFormat: false }),
  "connect/h1/proto": createConnectTransport({ ...common, httpVersion: "1.1", useBinaryFormat: true }),
  "connect/h2/json": createConnectTransport({ ...common, httpVersion: "2", useBinaryFormat: false }),
  "connect/h2/proto": createConnectTransport({ ...common, httpVersion: "2", useBinaryFormat: true }),
  "connect/h2/get": createConnectTransport({ ...common, httpVersion: "2", useHttpGet: true }),
  "connect/h2/gzip": createConnectTransport({
    ...common, httpVersion: "2", sendCompression: compressionGzip, acceptCompression: [compressionGzip],
    compressMinBytes: 1,
  }),
  "grpc/h2/proto": createGrpcTransport({ ...common }),
  "grpc/h2/json": createGrpcTransport({ ...common, useBinaryFormat: false }),
  "grpc/h2/gzip": createGrpcTransport({
    ...common, sendCompression: compressionGzip, acceptCompression: [compressionGzip], compressMinBytes: 1,
  }),
};

async function failure(promise) {
  try {
    await promise;
  } catch (e) {
    return ConnectError.from(e);
  }
  throw new Error("expected an error, got an answer");
}

async function unary(client) {
  const { order } = await client.getOrder({ orderId: world.order }, { headers });
  equal(order.title, "修水龙头", "title");
}

async function errors(client) {
  const error = await failure(client.getOrder({ orderId: "o9999999" }, { headers }));
  equal(error.code, Code.NotFound, "code");
  const [info] = error.findDetails(ErrorInfoSchema);
  equal(info?.reason, "NOT_FOUND", "reason");
  check(info.messageZh.startsWith("未找到"), info.messageZh);
  equal((await failure(client.getOrder({ orderId: world.order }))).code, Code.Unauthenticated, "without a key");
  equal((await failure(client.getOrder({ orderId: "" }, { headers }))).code !== undefined, true, "an empty id");
}

async function writes(client, name) {
  const request = {
    requestId: name, categoryId: world.category, title: "换纱窗", point: world.point,
  };
  const first = await client.placeOrder(request, { headers });
  const again = await client.placeOrder(request, { headers });
  equal(again.order.id, first.order.id, "the same request id places one order");
  const other = await failure(client.placeOrder({ ...request, title: "别的" }, { headers }));
  equal(other.code, Code.AlreadyExists, "code");
}

async function watching(client, name) {
  const leave = new AbortController();
  const order = await place("看着", `${name}-watch`);
  const seen = [];
  const stream = client.watchOrders({ orderId: order.id }, { headers, signal: leave.signal });
  const reading = (async () => {
    for await (const message of stream) {
      if (message.order !== undefined) seen.push(message);
      if (message.kind === EventKind.CANCELLED) return;
    }
  })();
  // The stream tells what happens from its beginning on: go on chasing until it says so.
  for (let i = 0; seen.length === 0; i++) {
    await client.addNote({ orderId: order.id, text: `第${i}次`, requestId: `${name}-note-${i}` }, { headers });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await client.cancelOrder({ orderId: order.id, reason: "不需要了" }, { headers });
  await reading;
  check(seen.length >= 2, `${seen.length} messages`);
  const resumed = [];
  for await (const message of client.watchOrders({ orderId: order.id, after: seen[0].eventId }, { headers })) {
    if (message.order === undefined) continue;
    resumed.push(message.eventId);
    if (message.kind === EventKind.CANCELLED) break;
  }
  equal(resumed.join(), seen.slice(1).map((m) => m.eventId).join(), "what comes after a resume");
  const refused = client.watchOrders({ orderId: "o9999999" }, { headers });
  equal((await failure(refused[Symbol.asyncIterator]().next())).code, Code.NotFound, "a stream that is refused");
}

async function deadline(client) {
  const stream = client.watchOrders({}, { headers, timeoutMs: 200 });
  const error = await failure((async () => { for await (const _ of stream); })());
  equal(error.code, Code.DeadlineExceeded, "code");
}

async function cancel(client) {
  const leave = new AbortController();
  const stream = client.watchOrders({}, { headers, signal: leave.signal });
  setTimeout(() => leave.abort(), 100);
  const error = await failure((async () => { for await (const _ of stream); })());
  equal(error.code, Code.Canceled, "code");
}

async function metadata(client) {
  const trace = "0af7651916cd43dd8448eb211c80319c";
  const more = { ...headers, traceparent: `00-${trace}-b7ad6b7169203331-01` };
  let head;
  let trailer;
  await client.getOrder({ orderId: world.order }, {
    headers: more, onHeader: (h) => (head = h), onTrailer: (t) => (trailer = t),
  });
  equal(head.get("x-request-id"), trace, "the request's name");
  check(head.get("traceresponse").startsWith(`00-${trace}-`), head.get("traceresponse"));
  check(/^rpc;dur=\d/.test(trailer.get("server-timing")), "trailing metadata");
  const error = await failure(client.getOrder({ orderId: "o9999999" }, { headers: more }));
  equal(error.metadata.get("x-request-id"), trace, "the failed request's name");
  const stream = client.watchOrders({ orderId: "o9999999" }, { headers: more });
  const refused = await failure(stream[Symbol.asyncIterator]().next());
  check(/^rpc;dur=\d/.test(refused.metadata.get("server-timing")), "trailing metadata of a stream");
}

async function limits(client) {
  const large = await failure(client.getOrder({ orderId: "o".repeat(4 * 1024 * 1024) }, { headers }));
  equal(large.code, Code.ResourceExhausted, "code");
  equal((await client.getOrder({ orderId: world.order }, { headers })).order.id, world.order, "the next call");
}

for (const [name, transport] of Object.entries(transports)) {
  const client = createClient(OrderService, transport);
  await run(`node/${name}/unary`, () => unary(client));
  await run(`node/${name}/errors`, () => errors(client));
  await run(`node/${name}/metadata`, () => metadata(client));
  // As a GET's query it is too long for a header, which HTTP itself refuses; compressed it is small.
  if (!/get|gzip/.test(name)) await run(`node/${name}/limits`, () => limits(client));
  await run(`node/${name}/writes`, () => writes(client, name));
  await run(`node/${name}/watching`, () => watching(client, name));
  await run(`node/${name}/deadline`, () => deadline(client));
  await run(`node/${name}/cancel`, () => cancel(client));
}

await run("node/connect/list", async () => {
  const client = createClient(OrgService, transports["connect/h2/gzip"]);
  const { nodes } = await client.listNodes(
    { parentId: world.community, withPolygons: true, pageSize: 1 },
    { headers: { authorization: `Bearer ${world.admin_key}` } });
  equal(nodes.length, 1, "a page of one");
});

close();
