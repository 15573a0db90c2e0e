// Tokens made and checked by npm's jose: an issuer of ours with connect-node and grpc-js, the broker's own.
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT, UnsecuredJWT } from "jose";
import { request } from "node:https";
import { ErrorInfoSchema } from "./gen/paidan/v1/common_pb.js";
import { CredentialService } from "./gen/paidan/v1/credential_service_pb.js";
import { OrderService } from "./gen/paidan/v1/order_service_pb.js";
import { ca, check, close, equal, run, world } from "./world.mjs";

const ISSUER = "https://login.example";
const transports = {
  "h1/json": createConnectTransport({
    baseUrl: world.url, nodeOptions: { ca }, httpVersion: "1.1", useBinaryFormat: false,
  }),
  "h2/proto": createConnectTransport({ baseUrl: world.url, nodeOptions: { ca }, httpVersion: "2" }),
  "grpc": createGrpcTransport({ baseUrl: world.url, nodeOptions: { ca } }),
};
const bearer = (token) => ({ authorization: `Bearer ${token}` });
const credentials = createClient(CredentialService, transports["h2/proto"]);

const keys = {};
for (const alg of ["EdDSA", "ES256", "RS256"]) {
  keys[alg] = await generateKeyPair(alg, { crv: "Ed25519", extractable: true });
}
const set = { keys: [] };
for (const [alg, pair] of Object.entries(keys)) {
  set.keys.push({ ...(await exportJWK(pair.publicKey)), kid: `key-${alg}`, alg, use: "sig" });
}

function sign(alg, { subject = `resident/${world.resident}`, audience = `paidan://${world.tenant}`, key } = {}) {
  return new SignJWT({ name: "an extra claim" })
    .setProtectedHeader({ alg, kid: `key-${alg}`, typ: "JWT" })
    .setIssuer(ISSUER).setSubject(subject).setAudience(audience).setIssuedAt().setExpirationTime("10 min")
    .sign(key ?? keys[alg].privateKey);
}

async function orders(name, token, headers = {}) {
  // Other tests have ordered for the same resident before.
  return createClient(OrderService, transports[name]).listOrders({ pageSize: 200 }, { headers: { ...bearer(token), ...headers } });
}

async function refused(promise, reason) {
  try {
    await promise;
  } catch (e) {
    const error = ConnectError.from(e);
    equal(error.findDetails(ErrorInfoSchema)[0]?.reason, reason, "reason");
    equal(error.code, Code.Unauthenticated, "code");
    return;
  }
  throw new Error(`expected ${reason}, got an answer`);
}

await run("tokens/register", async () => {
  for (const key of [world.admin_key, world.other_admin_key]) {
    const { issuer } = await credentials.putIssuer(
      { issuer: { name: ISSUER }, jwks: JSON.stringify(set) }, { headers: bearer(key) });
    equal(issuer.keys.length, 2, "keys that count"); // RSA does not
  }
});

for (const name of Object.keys(transports)) {
  for (const alg of ["EdDSA", "ES256"]) {
    await run(`tokens/${name}/${alg}`, async () => {
      const { orders: list } = await orders(name, await sign(alg));
      check(list.some((order) => order.id === world.order), "the resident's order is not listed");
    });
  }
}

await run("tokens/grpc-js", async () => {
  const definition = loader.loadSync("paidan/v1/order_service.proto", { includeDirs: [world.proto] });
  const { OrderService: Service } = grpc.loadPackageDefinition(definition).paidan.v1;
  const client = new Service(new URL(world.url).host, grpc.credentials.createSsl(ca));
  const metadata = new grpc.Metadata();
  metadata.set("authorization", `Bearer ${await sign("ES256")}`);
  const reply = await new Promise((resolve, reject) =>
    client.getOrder({ orderId: world.order }, metadata, (error, value) => (error ? reject(error) : resolve(value))));
  equal(reply.order.id, world.order, "order");
  client.close();
});

await run("tokens/refused", async () => {
  const good = { subject: `resident/${world.resident}`, audience: `paidan://${world.tenant}` };
  await refused(orders("h2/proto", await sign("RS256")), "TOKEN_ALGORITHM");
  await refused(orders("h2/proto", await sign("EdDSA", { key: (await generateKeyPair("EdDSA")).privateKey })),
    "TOKEN_SIGNATURE");
  await refused(orders("h2/proto", await sign("EdDSA", { subject: "operator/root" })), "TOKEN_SUBJECT");
  const none = new UnsecuredJWT({}).setIssuer(ISSUER).setSubject(good.subject).setAudience(good.audience)
    .setIssuedAt().setExpirationTime("10 min").encode();
  await refused(orders("h2/proto", none), "TOKEN_ALGORITHM");
  // The public key as the secret of an HMAC.
  const confused = await new SignJWT({}).setProtectedHeader({ alg: "HS256", kid: "key-EdDSA" }).setIssuer(ISSUER)
    .setSubject(good.subject).setAudience(good.audience).setIssuedAt().setExpirationTime("10 min")
    .sign(Buffer.from(set.keys[0].x, "base64url"));
  await refused(orders("h2/proto", confused), "TOKEN_ALGORITHM");
});

// The same issuer is trusted by two tenants: what it says to one is nothing to the other.
await run("tokens/other tenant", async () => {
  const token = await sign("EdDSA");
  await refused(orders("h2/proto", token, { "x-paidan-tenant": world.other_tenant }), "TOKEN_AUDIENCE");
  const own = await credentials.mintToken({ residentId: world.resident }, { headers: bearer(world.backend_key) });
  await refused(orders("h2/proto", own.token, { "x-paidan-tenant": world.other_tenant }), "TOKEN_ISSUER");
  const theirs = await sign("EdDSA", { audience: `paidan://${world.other_tenant}` });
  const { orders: list } = await orders("h2/proto", theirs);
  equal(list.length, 0, "orders of a resident whom the other tenant does not have");
});

await run("tokens/minted", async () => {
  const { token, expiresMs } = await credentials.mintToken(
    { residentId: world.resident, ttlMs: 600000n }, { headers: bearer(world.backend_key) });
  const query = `connect=v1&encoding=json&message=${encodeURIComponent(JSON.stringify({ tenantId: world.tenant }))}`;
  const jwks = await new Promise((resolve, reject) => {
    request(`${world.url}/paidan.v1.CredentialService/GetJwks?${query}`, { ca }, (response) => {
      let text = "";
      response.on("data", (piece) => (text += piece)).on("end", () => resolve(JSON.parse(text)));
    }).on("error", reject).end();
  });
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks), {
    issuer: `paidan://${world.tenant}`, audience: `paidan://${world.tenant}`, algorithms: ["EdDSA"],
  });
  equal(payload.sub, `resident/${world.resident}`, "sub");
  equal(BigInt(payload.exp) * 1000n, expiresMs, "exp");
  equal(protectedHeader.alg, "EdDSA", "alg");
  const { orders: list } = await orders("h1/json", token);
  check(list.some((order) => order.id === world.order), "the resident's order is not listed");
  await refused(orders("h2/proto", `${token.slice(0, -4)}AAAA`), "TOKEN_SIGNATURE");
});

await run("tokens/issuer removed", async () => {
  const token = await sign("ES256");
  await orders("h2/proto", token);
  await credentials.removeIssuer({ name: ISSUER }, { headers: bearer(world.admin_key) });
  await refused(orders("h2/proto", token), "TOKEN_ISSUER");
});

close();
