// Operations on subscriptions.

import type {
  NewSubscription,
  Page,
  Subscription,
  SubscriptionAction,
  SubscriptionBatch,
  SubscriptionBatchResult,
  SubscriptionsQuery,
} from "./models.ts";
import { operation, segment, type Operation } from "./operation.ts";

const PATH = "/api/v1/subscriptions";

export function create(fields: NewSubscription): Operation<Subscription> {
  return operation("POST", PATH, { body: fields });
}

export function get(id: string): Operation<Subscription> {
  return operation("GET", `${PATH}/${segment(id)}`);
}

export function list(query: SubscriptionsQuery = {}): Operation<Page<Subscription>> {
  return operation("GET", PATH, { query });
}

/** `act(id, "cancel", { cancel_at_period_end: true })`; the object lists its actions. */
export function act(id: string, action: SubscriptionAction, body: object = {}): Operation<Subscription> {
  return operation("POST", `${PATH}/${segment(id)}/${segment(action)}`, { body });
}

/** `{ operations: [{ op: "cancel", id: "…" }] }`, up to 500; `atomic`, `dry_run`. */
export function batch(fields: SubscriptionBatch): Operation<SubscriptionBatchResult> {
  return operation("POST", `${PATH}/batch`, { body: fields });
}

function remove(id: string, ifMatch?: number): Operation<void> {
  return operation("DELETE", `${PATH}/${segment(id)}`, { ifMatch });
}

export { remove as delete };
