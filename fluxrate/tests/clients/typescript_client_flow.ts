// Calls through clients/typescript, installed from its npm package.
import { APIError, Client, customers, operation, plans, subscriptions } from "fluxrate-client";
import type { CurrentCaller, Customer, CustomersQuery, Operation, SubscriptionAction } from "fluxrate-client";

declare const process: { env: Record<string, string> };
const client = new Client(process.env.FLUXRATE, process.env.KEY);

function assertEqual(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
  }
}

// The key.
const me = await client.send(operation<CurrentCaller>("GET", "/api/v1/auth/me"));
assertEqual([me.role, me.user], [null, null]);

// Create, and create again with the same idempotency key.
const created: Customer[] = [];
for (const name of ["ada", "bea", "cid"]) {
  const create = customers.create({
    name,
    email: `${name}+x@example.com`,
    external_id: `${name}, Inc`,
    metadata: { segment: "smb" },
  });
  const customer = await client.send(create);
  assertEqual(await client.send(create), customer);
  created.push(customer);
}
const [ada, bea] = created;

// Lists: ordering, filters, metadata, pages.
async function names(query: CustomersQuery): Promise<string[]> {
  return (await client.send(customers.list(query))).data.map((customer) => customer.name);
}
assertEqual(await names({ ordering: ["-name", "email"], metadata: ["segment:smb"] }), ["cid", "bea", "ada"]);
assertEqual(await names({ external_id__in: ["ada, Inc", "bea, Inc"] }), ["bea", "ada"]);
assertEqual(await names({ id__in: [ada.id, bea.id] }), ["bea", "ada"]);
assertEqual(await names({ status: ["ACTIVE", "INACTIVE"], search: "ada" }), ["ada"]);
assertEqual(await names({ missing: ["phone", "billing_address_city"], email: "ada+x@example.com" }), ["ada"]);
assertEqual(await names({ page: 2, page_size: 2 }), ["ada"]);
assertEqual(await names({ page: 1, page_size: 2, after: bea.id }), ["ada"]);
assertEqual(await names({ ordering: ["updated_at"], after: "1900-01-01", page_size: 2 }), ["ada", "bea"]);
const every: string[] = [];
for await (const customer of client.all(customers.list({ page_size: 2, ordering: ["name"] }))) every.push(customer.name);
assertEqual(every, ["ada", "bea", "cid"]);

// A search result, sent back whole with PUT and with PATCH.
const found = await client.send(
  customers.list({ search: "ada", include: ["subscriptions", "subscription_counts"] }),
);
const match = found.data[0];
assertEqual(match.matched_on![0].text, "ada");
const whole = { ...match, created_at: new Date(match.created_at).toISOString() };
const put = await client.send(customers.upsert("ada, Inc", { ...whole, phone: "+1-555-0100" }));
assertEqual([put.phone, put.revision], ["+1-555-0100", 2]);
const patched = await client.send(customers.update(ada.id, { ...put, phone: null }));
assertEqual([patched.phone, patched.revision], [null, 3]);

// Errors, and ETags.
async function errorOf(request: Operation<unknown>): Promise<APIError> {
  try {
    await client.send(request);
  } catch (error) {
    if (error instanceof APIError) return error;
    throw error;
  }
  throw new Error("The call did not fail.");
}
const stale = await errorOf(customers.update(ada.id, { name: "Late" }, 1));
assertEqual([stale.status, stale.code], [412, "stale"]);
const bad = await errorOf(customers.create({ name: "x", email: "nope" }));
assertEqual([bad.status, bad.errors[0].code], [422, "invalid"]);
const missing = await errorOf(customers.get("00000000-0000-0000-0000-000000000001"));
assertEqual([missing.status, missing.code], [404, "not_found"]);

// Subscriptions and their actions.
const plan = await client.send(plans.create({ name: "Pro" }));
const subscription = await client.send(subscriptions.create({ customer_id: ada.id, plan_id: plan.id }));
assertEqual(subscription.scheduled_change, null);
async function act(action: SubscriptionAction): Promise<string> {
  return (await client.send(subscriptions.act(subscription.id, action))).status;
}
assertEqual(await act("pause"), "PAUSED");
const refused = await errorOf(subscriptions.act(subscription.id, "pause"));
assertEqual([refused.status, refused.code], [409, "not_pausable"]);
assertEqual(Boolean(refused.problem.available_actions![0].name), true);
assertEqual(await act("resume"), "ACTIVE");
assertEqual(await act("cancel"), "CANCELED");
const included = await client.send(
  subscriptions.list({
    status: ["CANCELED", "TRIAL"],
    include: ["customer", "plan"],
    customer_external_id: "ada, Inc",
  }),
);
assertEqual([included.data[0].customer!.name, included.data[0].plan!.name], ["ada", "Pro"]);

// Events.
const types: string[] = [];
const kinds = ["customer.created", "subscription.canceled"];
for await (const event of client.events(undefined, { page_size: 2, type: kinds })) types.push(event.type);
assertEqual(types, ["customer.created", "customer.created", "customer.created", "subscription.canceled"]);
