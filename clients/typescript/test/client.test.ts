// Against a real server: FLUXRATE is its URL, KEY a key of a new organization; LIMITED and
// LIMITED_KEY are of a server that allows 4 requests in two seconds.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import {
  type APIError,
  Client,
  ConflictError,
  customers,
  events,
  InvalidError,
  NotFoundError,
  operation,
  plans,
  RateLimitedError,
  StaleError,
  subscriptions,
  UnauthenticatedError,
} from "../src/index.ts";

const { FLUXRATE: url = "", KEY: key = "", LIMITED: limited = "", LIMITED_KEY: limitedKey = "" } = process.env;
const ADA = { name: "Ada", email: "ada@example.com" };
const PRO = { name: "Pro", type: "FIXED", billing_interval: "month", currency: "USD" } as const;
const client = new Client(url, key);

async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** The items once there are `count`: the feed withholds an event while an older transaction is open. */
async function awaited<Item>(count: number, items: () => AsyncIterable<Item>): Promise<Item[]> {
  const end = Date.now() + 30_000;
  let read = await collected(items());
  while (read.length < count && Date.now() < end) {
    await sleep(50);
    read = await collected(items());
  }
  return read;
}

beforeEach(async () => {
  for await (const customer of client.all(customers.list({ page_size: 100 }))) {
    await client.send(customers.delete(customer.id));
  }
});

test("a customer lives and dies", async () => {
  const id = "a/1 ü";
  const ada = await client.send(customers.create({ ...ADA, external_id: id, metadata: { tier: "gold" } }));
  assert.deepEqual(await client.send(customers.get(ada.id)), ada);
  assert.deepEqual(await client.send(customers.getByExternalId(id)), ada);
  const found = await client.send(customers.list({ search: "ada", status: ["ACTIVE", "INACTIVE"] }));
  assert.deepEqual(found.data.map((each) => each.id), [ada.id]);
  for (const metadata of [["tier:gold"], "tier:gold", { tier: "gold" }]) {
    const gold = await client.send(customers.list({ metadata, external_id__in: [id, "b, Inc"] }));
    assert.equal(gold.meta.total, 1);
  }
  const since = new Date(ada.created_at).toISOString();
  assert.equal((await client.send(customers.list({ created_at__lt: since, search: "ada" }))).meta.total, 0);
  // Sent back whole, nothing changes, and JavaScript's times are equal.
  assert.deepEqual(await client.send(customers.update(ada.id, ada)), ada);
  assert.deepEqual(await client.send(customers.update(ada.id, { ...ada, created_at: since } as object)), ada);
  const changed = await client.send(customers.update(ada.id, { name: "Ada King" }, 1));
  assert.deepEqual([changed.name, changed.revision], ["Ada King", 2]);
  const stale = client.send(customers.update(ada.id, { name: "x" }, 1));
  await assert.rejects(stale, (error: APIError) => error instanceof StaleError && error.code === "stale");
  assert.equal((await client.send(customers.upsert(id, { phone: "+1" }))).phone, "+1");
  assert.equal(await client.send(customers.delete(ada.id)), undefined);
  await assert.rejects(client.send(customers.get(ada.id)), NotFoundError);
});

test("a subscription acts and leaves events", async () => {
  const position = (await client.send(events.list({ page_size: 1 }))).data[0]?.id ?? events.START;
  const customer = await client.send(customers.create(ADA));
  const plan = await client.send(plans.create(PRO));
  const { id } = await client.send(subscriptions.create({ customer_id: customer.id, plan_id: plan.id }));
  assert.equal((await client.send(subscriptions.act(id, "pause"))).status, "PAUSED");
  await assert.rejects(client.send(subscriptions.act(id, "mark-paid")), (error: APIError) => {
    assert.ok(error instanceof ConflictError);
    assert.equal(error.code, "nothing_to_pay");
    assert.ok(error.problem.available_actions?.length);
    return true;
  });
  const canceled = await client.send(subscriptions.act(id, "cancel", { reason: "x" }));
  assert.deepEqual([canceled.status, canceled.cancel_reason], ["CANCELED", "x"]);
  const read = await awaited(3, () => client.events(position, { page_size: 2, object_type: "subscription" }));
  assert.deepEqual(
    read.map((each) => each.type),
    ["subscription.created", "subscription.paused", "subscription.canceled"],
  );
  const [first] = read;
  assert.ok(first && events.isAbout(first, "subscription") && !events.isAbout(first, "customer"));
  assert.equal(first.data.customer_id, customer.id);
  assert.deepEqual(await collected(client.events(first.id, { object_type: "subscription" })), read.slice(1));
});

test("every page is read", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.push((await client.send(customers.create(ADA))).id);
  const listed = await collected(client.all(customers.list({ page_size: 2, ordering: ["created_at", "name"] })));
  assert.deepEqual(listed.map((each) => each.id), ids);
});

test("a new object moves no other to the next page", async () => {
  const ids: string[] = [];
  for (let n = 0; n < 3; n += 1) ids.unshift((await client.send(customers.create(ADA))).id);
  const listed: string[] = [];
  for await (const customer of client.all(customers.list({ page_size: 2, status: ["ACTIVE"] }))) {
    if (!listed.length) await client.send(customers.create(ADA));
    listed.push(customer.id);
  }
  assert.deepEqual(listed, ids);
  assert.equal((await collected(client.all(customers.list({ search: "ada", page_size: 3 })))).length, 4);
});

test("many customers are written in one request", async () => {
  const ada = await client.send(customers.getOrCreate({ match: "email", ...ADA }));
  assert.deepEqual(await client.send(customers.getOrCreate({ match: "email", ...ADA })), ada);
  const batch = await client.send(
    customers.batch({ operations: [{ op: "create", data: ADA }, { op: "delete", id: ada.id }, { op: "create", data: {} }] }),
  );
  assert.deepEqual(batch.data.map((each) => each.status), [201, 204, 422]);
  assert.equal(batch.data[0]?.data?.email, ADA.email);
  const bad = await client.send(subscriptions.batch({ operations: [{ op: "cancel", id: ada.id }] }));
  assert.equal(bad.data[0]?.code, "not_found");
});

test("a bad field is named", async () => {
  await assert.rejects(client.send(customers.create({ name: "Ada", email: "nope" })), (error: APIError) => {
    assert.ok(error instanceof InvalidError);
    assert.deepEqual([error.status, error.name, Boolean(error.requestId)], [422, "InvalidError", true]);
    assert.deepEqual(error.errors.map((each) => [each.field, each.code]), [["email", "invalid"]]);
    return true;
  });
});

test("a wrong key is refused at once", async () => {
  await assert.rejects(new Client(url, "org_live_wrong").send(customers.list()), UnauthenticatedError);
});

/** fetch, whose first responses are lost: the server has answered, the client does not know. */
function losing(losses: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (losses-- > 0) throw new TypeError("lost");
    return response;
  };
}

test("a lost response is asked for again, and nothing happens twice", async () => {
  const unreliable = new Client(url, key, { fetch: losing(2) });
  const ada = await unreliable.send(customers.create(ADA));
  assert.deepEqual(await collected(client.all(customers.list())), [ada]);
  const impatient = new Client(url, key, { fetch: losing(9), retries: { attempts: 2 } });
  await assert.rejects(impatient.send(customers.list()), /lost/);
});

test("an operation that is sent twice has one effect", async () => {
  const create = customers.create(ADA);
  assert.deepEqual(await client.send(create), await client.send(create));
  assert.equal((await client.send(customers.list())).meta.total, 1);
});

test("the page of a proxy is asked for again", async () => {
  const pages = ["<h1>Bad Gateway</h1>", "<h1>Bad Gateway</h1>"];
  const proxied: typeof fetch = async (input, init) => {
    const page = pages.pop();
    return page ? new Response(page, { status: 502 }) : fetch(input, init);
  };
  const behind = new Client(url, key, { fetch: proxied, retries: { attempts: 2 } });
  await assert.rejects(behind.send(customers.list()), (error: APIError) => error.detail === "<h1>Bad Gateway</h1>");
  assert.equal((await behind.send(customers.list())).meta.total, 0);
});

test("a signal ends a request and its waits", async () => {
  const lost = new Client(url, key, { fetch: losing(9) });
  const reason = new Error("enough");
  await assert.rejects(client.send(customers.list(), { signal: AbortSignal.abort(reason) }), /enough/);
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 100);
  await assert.rejects(lost.send(customers.list(), { signal: controller.signal }), /enough/);
});

test("a request that takes too long is asked for again", async () => {
  const slow = new Client(url, key, { timeout: 1, retries: { attempts: 2 }, fetch: (_, init) => forever(init) });
  await assert.rejects(slow.send(customers.list()), { name: "TimeoutError" });
});

function forever(init?: RequestInit): Promise<Response> {
  return new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason)));
}

async function sendOften(sender: Client, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) await sender.send(customers.list());
}

test("it waits until the rate limit allows more", async () => {
  await sendOften(new Client(limited, limitedKey), 8);
  const impatient = new Client(limited, limitedKey, { retries: { attempts: 1 } });
  await assert.rejects(sendOften(impatient, 60), RateLimitedError);
});

test("any other operation can be sent", async () => {
  const me = await client.send(operation<{ user: null }>("GET", "/api/v1/auth/me"));
  assert.equal(me.user, null);
});

/** Never called: tsc expects each error. */
export function wrongCalls(): void {
  // @ts-expect-error: no such filter
  customers.list({ staus: ["ACTIVE"] });
  // @ts-expect-error: no such status
  customers.list({ status: ["GONE"] });
  // @ts-expect-error: the email is missing
  customers.create({ name: "Ada" });
  // @ts-expect-error: no such action
  subscriptions.act("1", "stop");
}

test("an id that a URL cannot hold is refused", () => {
  for (const id of ["", ".", ".."]) assert.throws(() => customers.getByExternalId(id), TypeError);
});
