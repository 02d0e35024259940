// Calls through the client of @hey-api/openapi-ts.
import { client } from "./hey_api/client.gen";
import * as api from "./hey_api/sdk.gen";

declare const process: { env: Record<string, string> };
client.setConfig({ baseUrl: process.env.FLUXRATE, auth: (auth) => (auth.scheme === "bearer" ? process.env.KEY : undefined) });

function assertEqual(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
  }
}

// The key.
const me = await api.getCurrentCaller();
assertEqual([me.data!.role, me.data!.user], [null, null]);

// Create, and create again with the same idempotency key.
const ids: string[] = [];
for (const name of ["ada", "bea", "cid"]) {
  const request = {
    headers: { "Idempotency-Key": `create-${name}` },
    body: {
      name,
      email: `${name}+x@example.com`,
      external_id: `${name}, Inc`,
      metadata: { segment: "smb" },
    },
  };
  const created = await api.createCustomer(request);
  const replayed = await api.createCustomer(request);
  assertEqual(replayed.data!.id, created.data!.id);
  assertEqual(replayed.response!.headers.get("Idempotency-Replayed"), "true");
  ids.push(created.data!.id);
}

// Lists: ordering, filters, metadata, pages.
type Query = NonNullable<Parameters<typeof api.listCustomers>[0]>["query"];
async function names(query: Query): Promise<string[]> {
  const { data, error } = await api.listCustomers({ query });
  if (!data) throw new Error(JSON.stringify(error));
  return data.data.map((customer) => customer.name);
}
assertEqual(await names({ ordering: ["-name", "email"], metadata: ["segment:smb"] }), ["cid", "bea", "ada"]);
assertEqual(await names({ external_id__in: ["ada, Inc", "bea, Inc"] }), ["bea", "ada"]);
assertEqual(await names({ id__in: ids.slice(0, 2) }), ["bea", "ada"]);
assertEqual(await names({ status: ["ACTIVE", "INACTIVE"], search: "ada" }), ["ada"]);
assertEqual(await names({ missing: ["phone", "billing_address_city"], email: "ada+x@example.com" }), ["ada"]);
assertEqual(await names({ page: 2, page_size: 2 }), ["ada"]);
assertEqual(await names({ page: 1, page_size: 2, after: ids[1] }), ["ada"]);
assertEqual(await names({ ordering: ["updated_at"], after: "1900-01-01", page_size: 2 }), ["ada", "bea"]);

// A search result, sent back whole with PUT and with PATCH.
const path = { id: ids[0] };
const listed = await api.listCustomers({ query: { search: "ada", include: ["subscriptions", "subscription_counts"] } });
const match = listed.data!.data[0];
assertEqual(match.matched_on![0].text, "ada");
const whole = { ...match, created_at: new Date(match.created_at).toISOString() };
const put = await api.putCustomer({ path, body: { ...whole, phone: "+1-555-0100" } });
assertEqual([put.data!.phone, put.response!.headers.get("ETag")], ["+1-555-0100", '"2"']);
const patched = await api.updateCustomer({ path, body: { ...put.data!, phone: null } });
assertEqual([patched.data!.phone, patched.response!.headers.get("ETag")], [null, '"3"']);

// Errors.
const stale = await api.putCustomer({ path, headers: { "If-Match": '"1"' }, body: { name: "Late" } });
assertEqual([stale.response!.status, stale.error!.code], [412, "stale"]);
const bad = await api.createCustomer({ body: { name: "x", email: "nope" } });
assertEqual([bad.response!.status, bad.error!.errors![0].code], [422, "invalid"]);
const missing = await api.getCustomer({ path: { id: "00000000-0000-0000-0000-000000000001" } });
assertEqual([missing.response!.status, missing.error!.code], [404, "not_found"]);

// Subscriptions and their actions.
const plan = await api.createPlan({ body: { name: "Pro" } });
const subscription = await api.createSubscription({ body: { customer_id: ids[0], plan_id: plan.data!.id } });
assertEqual(subscription.data!.scheduled_change, null);
const one = { path: { id: subscription.data!.id } };
assertEqual((await api.pauseSubscription({ ...one, body: {} })).data!.status, "PAUSED");
const refused = await api.pauseSubscription({ ...one, body: {} });
assertEqual([refused.response!.status, refused.error!.code], [409, "not_pausable"]);
assertEqual((await api.resumeSubscription(one)).data!.status, "ACTIVE");
assertEqual((await api.cancelSubscription({ ...one, body: {} })).data!.status, "CANCELED");
const included = await api.listSubscriptions({
  query: { status: ["CANCELED", "TRIAL"], include: ["customer", "plan"], customer_external_id: "ada, Inc" },
});
assertEqual([included.data!.data[0].customer!.name, included.data!.data[0].plan!.name], ["ada", "Pro"]);

// Events.
let after = "00000000-0000-0000-0000-000000000000";
const types: string[] = [];
for (;;) {
  const events = await api.listEvents({ query: { after, page_size: 2, type: ["customer.created", "subscription.canceled"] } });
  if (!events.data!.data.length) break;
  types.push(...events.data!.data.map((event) => event.type));
  after = events.data!.data.at(-1)!.id;
}
assertEqual(types, ["customer.created", "customer.created", "customer.created", "subscription.canceled"]);
