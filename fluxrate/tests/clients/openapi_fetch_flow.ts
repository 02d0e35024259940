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

const me = await client.GET("/api/v1/auth/me");
assertEqual([me.data!.role, me.data!.user], [null, null]);
const ids: string[] = [];
for (const name of ["ada", "bea", "cid"]) {
  const created = await client.POST("/api/v1/customers", {
    body: {
      name,
      email: `${name}+x@example.com`,
      external_id: `${name}, Inc`,
      metadata: { segment: "smb" },
    },
  });
  assertEqual(created.response.status, 201);
  ids.push(created.data!.id);
}
type Query = NonNullable<paths["/api/v1/customers"]["get"]["parameters"]["query"]>;
async function names(query: Query): Promise<string[]> {
  const { data, error } = await client.GET("/api/v1/customers", { params: { query } });
  if (!data) throw new Error(JSON.stringify(error));
  return data.data.map((customer) => customer.name);
}
assertEqual(await names({ ordering: ["-name", "email"], metadata: ["segment:smb"] }), ["cid", "bea", "ada"]);
assertEqual(await names({ external_id__in: ["ada, Inc", "bea, Inc"] }), ["bea", "ada"]);
assertEqual(await names({ id__in: ids.slice(0, 2) }), ["bea", "ada"]);
assertEqual(await names({ missing: ["phone", "billing_address_city"], email: "ada+x@example.com" }), ["ada"]);
assertEqual(await names({ page: 1, page_size: 2, after: ids[1] }), ["ada"]);

const id = ids[0];
const listed = await client.GET("/api/v1/customers", {
  params: { query: { search: "ada", include: ["subscriptions", "subscription_counts"] } },
});
const match = listed.data!.data[0];
const whole = { ...match, created_at: new Date(match.created_at).toISOString(), phone: "+1-555-0100" };
const changed = await client.PUT("/api/v1/customers/{id}", { params: { path: { id } }, body: whole });
assertEqual(changed.data!.phone, "+1-555-0100");
assertEqual(changed.response.headers.get("ETag"), '"2"');
const stale = await client.PUT("/api/v1/customers/{id}", {
  params: { path: { id }, header: { "If-Match": '"1"' } },
  body: { name: "Late" },
});
assertEqual([stale.response.status, stale.error!.code], [412, "stale"]);
const bad = await client.POST("/api/v1/customers", { body: { name: "x", email: "nope" } });
assertEqual([bad.response.status, bad.error!.errors![0].code], [422, "invalid"]);
const events = await client.GET("/api/v1/events", {
  params: { query: { after: "00000000-0000-0000-0000-000000000000", page_size: 2 } },
});
assertEqual(events.data!.data.length, 2);
const plan = await client.POST("/api/v1/plans", { body: { name: "Pro" } });
const subscription = await client.POST("/api/v1/subscriptions", {
  body: { customer_id: id, plan_id: plan.data!.id },
});
assertEqual(subscription.data!.scheduled_change, null);
const ended = await client.POST("/api/v1/subscriptions/{id}/cancel", {
  params: { path: { id: subscription.data!.id } },
  body: {},
});
assertEqual(ended.data!.status, "CANCELED");
