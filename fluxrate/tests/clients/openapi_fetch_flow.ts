// Calls through the client of openapi-fetch.
import createClient from "openapi-fetch";
import type { paths } from "./schema";

declare const process: { env: Record<string, string> };
const client = createClient<paths>({
  baseUrl: process.env.FLUXRATE,
  headers: { Authorization: `Bearer ${process.env.KEY}` },
});

function assertEqual(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
  }
}

// The key.
const me = await client.GET("/api/v1/auth/me");
assertEqual([me.data!.role, me.data!.user], [null, null]);

// Create, and create again with the same idempotency key.
const ids: string[] = [];
for (const name of ["ada", "bea", "cid"]) {
  const request = {
    params: { header: { "Idempotency-Key": `create-${name}` } },
    body: {
      name,
      email: `${name}+x@example.com`,
      external_id: `${name}, Inc`,
      metadata: { segment: "smb" },
    },
  };
  const created = await client.POST("/api/v1/customers", request);
  const replayed = await client.POST("/api/v1/customers", request);
  assertEqual(created.response.status, 201);
  assertEqual(replayed.data!.id, created.data!.id);
  assertEqual(replayed.response.headers.get("Idempotency-Replayed"), "true");
  ids.push(created.data!.id);
}

// Lists: ordering, filters, metadata, pages.
type Query = NonNullable<paths["/api/v1/customers"]["get"]["parameters"]["query"]>;
async function names(query: Query): Promise<string[]> {
  const { data, error } = await client.GET("/api/v1/customers", { params: { query } });
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
const listed = await client.GET("/api/v1/customers", {
  params: { query: { search: "ada", include: ["subscriptions", "subscription_counts"] } },
});
const match = listed.data!.data[0];
assertEqual(match.matched_on![0].text, "ada");
const whole = { ...match, created_at: new Date(match.created_at).toISOString() };
const put = await client.PUT("/api/v1/customers/{id}", {
  params: { path },
  body: { ...whole, phone: "+1-555-0100" },
});
assertEqual([put.data!.phone, put.response.headers.get("ETag")], ["+1-555-0100", '"2"']);
const patched = await client.PATCH("/api/v1/customers/{id}", { params: { path }, body: { ...put.data!, phone: null } });
assertEqual([patched.data!.phone, patched.response.headers.get("ETag")], [null, '"3"']);

// Errors.
const stale = await client.PUT("/api/v1/customers/{id}", {
  params: { path, header: { "If-Match": '"1"' } },
  body: { name: "Late" },
});
assertEqual([stale.response.status, stale.error!.code], [412, "stale"]);
const bad = await client.POST("/api/v1/customers", { body: { name: "x", email: "nope" } });
assertEqual([bad.response.status, bad.error!.errors![0].code], [422, "invalid"]);
const missing = await client.GET("/api/v1/customers/{id}", {
  params: { path: { id: "00000000-0000-0000-0000-000000000001" } },
});
assertEqual([missing.response.status, missing.error!.code], [404, "not_found"]);

// Subscriptions and their actions.
const plan = await client.POST("/api/v1/plans", { body: { name: "Pro" } });
const subscription = await client.POST("/api/v1/subscriptions", {
  body: { customer_id: ids[0], plan_id: plan.data!.id },
});
assertEqual(subscription.data!.scheduled_change, null);
const one = { params: { path: { id: subscription.data!.id } } };
const paused = await client.POST("/api/v1/subscriptions/{id}/pause", { ...one, body: {} });
assertEqual(paused.data!.status, "PAUSED");
const refused = await client.POST("/api/v1/subscriptions/{id}/pause", { ...one, body: {} });
assertEqual([refused.response.status, refused.error!.code], [409, "not_pausable"]);
const resumed = await client.POST("/api/v1/subscriptions/{id}/resume", one);
assertEqual(resumed.data!.status, "ACTIVE");
const ended = await client.POST("/api/v1/subscriptions/{id}/cancel", { ...one, body: {} });
assertEqual(ended.data!.status, "CANCELED");
const included = await client.GET("/api/v1/subscriptions", {
  params: { query: { status: ["CANCELED", "TRIAL"], include: ["customer", "plan"], customer_external_id: "ada, Inc" } },
});
assertEqual([included.data!.data[0].customer!.name, included.data!.data[0].plan!.name], ["ada", "Pro"]);

// Events.
let after = "00000000-0000-0000-0000-000000000000";
const types: string[] = [];
for (;;) {
  const events = await client.GET("/api/v1/events", {
    params: { query: { after, page_size: 2, type: ["customer.created", "subscription.canceled"] } },
  });
  if (!events.data!.data.length) break;
  types.push(...events.data!.data.map((event) => event.type));
  after = events.data!.data.at(-1)!.id;
}
assertEqual(types, ["customer.created", "customer.created", "customer.created", "subscription.canceled"]);
