/**
 * A client of Fluxrate's API.
 *
 * A function such as `customers.create(…)` describes a request, which the client sends:
 *
 *     const client = new Client("https://fluxrate.example", key);
 *     const ada = await client.send(customers.create({ name: "Ada", email: "ada@example.com" }));
 *     for await (const customer of client.all(customers.list({ status: ["ACTIVE"] }))) {
 *       console.log(customer.name);
 *     }
 */

export { Client, type Options, type SendOptions } from "./client.ts";
export * as customers from "./customers.ts";
export {
  APIError,
  ConflictError,
  ForbiddenError,
  InvalidError,
  NotFoundError,
  type Problem,
  RateLimitedError,
  StaleError,
  UnauthenticatedError,
  UnavailableError,
} from "./errors.ts";
export * as events from "./events.ts";
export type * from "./models.ts";
export { operation, segment, type Operation } from "./operation.ts";
export * as plans from "./plans.ts";
export type { Retries } from "./retries.ts";
export * as subscriptions from "./subscriptions.ts";
