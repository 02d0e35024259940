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

const me = await api.authMe();
assertEqual([me.data!.role, me.data!.user], [null, null]);
const ids: string[] = [];
for (const name of ["ada", "bea", "cid"]) {
  const created = await api.customersCreate({
    body: {
      name,
      email: `${name}+x@example.com`,
      external_id: `${name}, Inc`,
      metadata: { segment: "smb" },
    },
  });
  ids.push(created.data!.id);
}
type Query = NonNullable<Parameters<typeof api.customersList>[0]>["query"];
async function names(query: Query): Promise<string[]> {
  const { data, error } = await api.customersList({ query });
  if (!data) throw new Error(JSON.stringify(error));
  return data.data.map((customer) => customer.name);
}
assertEqual(await names({ ordering: ["-name", "email"], metadata: ["segment:smb"] }), ["cid", "bea", "ada"]);
assertEqual(await names({ external_id__in: ["ada, Inc", "bea, Inc"] }), ["bea", "ada"]);
assertEqual(await names({ id__in: ids.slice(0, 2) }), ["bea", "ada"]);
assertEqual(await names({ missing: ["phone", "billing_address_city"], email: "ada+x@example.com" }), ["ada"]);
assertEqual(await names({ page: 1, page_size: 2, after: ids[1] }), ["ada"]);

const path = { id: ids[0] };
const listed = await api.customersList({ query: { search: "ada", include: ["subscriptions", "subscription_counts"] } });
const match = listed.data!.data[0];
const whole = { ...match, created_at: new Date(match.created_at).toISOString(), phone: "+1-555-0100" };
const changed = await api.customersUpdate({ path, body: whole });
assertEqual(changed.data!.phone, "+1-555-0100");
assertEqual(changed.response!.headers.get("ETag"), '"2"');
const stale = await api.customersUpdate({ path, headers: { "If-Match": '"1"' }, body: { name: "Late" } });
assertEqual([stale.response!.status, stale.error!.code], [412, "stale"]);
const bad = await api.customersCreate({ body: { name: "x", email: "nope" } });
assertEqual([bad.response!.status, bad.error!.errors![0].code], [422, "invalid"]);
const after = "00000000-0000-0000-0000-000000000000";
const events = await api.eventsList({ query: { after, page_size: 2 } });
assertEqual(events.data!.data.length, 2);
const plan = await api.plansCreate({ body: { name: "Pro" } });
const subscription = await api.subscriptionsCreate({ body: { customer_id: ids[0], plan_id: plan.data!.id } });
assertEqual(subscription.data!.scheduled_change, null);
const ended = await api.subscriptionsCancel({ path: { id: subscription.data!.id }, body: {} });
assertEqual(ended.data!.status, "CANCELED");
