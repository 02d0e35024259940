// Operations on customers.

import type {
  Customer,
  CustomerBatch,
  CustomerBatchResult,
  CustomerFields,
  CustomersQuery,
  GetOrCreateCustomer,
  NewCustomer,
  Page,
} from "./models.ts";
import { operation, segment, type Operation } from "./operation.ts";

const PATH = "/api/v1/customers";

export function create(fields: NewCustomer): Operation<Customer> {
  return operation("POST", PATH, { body: fields });
}

export function get(id: string): Operation<Customer> {
  return operation("GET", `${PATH}/${segment(id)}`);
}

export function getByExternalId(externalId: string): Operation<Customer> {
  return operation("GET", `${PATH}/external/${segment(externalId)}`);
}

export function list(query: CustomersQuery = {}): Operation<Page<Customer>> {
  return operation("GET", PATH, { query });
}

/** Change these fields, if the object has the revision `ifMatch`. */
export function update(id: string, fields: CustomerFields, ifMatch?: number): Operation<Customer> {
  return operation("PATCH", `${PATH}/${segment(id)}`, { body: fields, ifMatch });
}

/** Create the customer, or change these fields of it. */
export function upsert(externalId: string, fields: CustomerFields): Operation<Customer> {
  return operation("PUT", `${PATH}/external/${segment(externalId)}`, { body: fields });
}

/** The customer with that `match`, "email" or "external_id", or a new one. */
export function getOrCreate(fields: GetOrCreateCustomer): Operation<Customer> {
  return operation("POST", `${PATH}/get-or-create`, { body: fields });
}

/** `{ operations: [{ op: "create", data: { … } }] }`, up to 500; `atomic`, `dry_run`. */
export function batch(fields: CustomerBatch): Operation<CustomerBatchResult> {
  return operation("POST", `${PATH}/batch`, { body: fields });
}

function remove(id: string, ifMatch?: number): Operation<void> {
  return operation("DELETE", `${PATH}/${segment(id)}`, { ifMatch });
}

export { remove as delete };
