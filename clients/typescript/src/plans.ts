// Operations on plans.

import type { NewPlan, Page, Plan, PlanFields, PlansQuery } from "./models.ts";
import { operation, segment, type Operation } from "./operation.ts";

const PATH = "/api/v1/plans";

export function create(fields: NewPlan): Operation<Plan> {
  return operation("POST", PATH, { body: fields });
}

export function get(id: string): Operation<Plan> {
  return operation("GET", `${PATH}/${segment(id)}`);
}

export function list(query: PlansQuery = {}): Operation<Page<Plan>> {
  return operation("GET", PATH, { query });
}

/** Change these fields, if the object has the revision `ifMatch`. */
export function update(id: string, fields: PlanFields, ifMatch?: number): Operation<Plan> {
  return operation("PATCH", `${PATH}/${segment(id)}`, { body: fields, ifMatch });
}

function remove(id: string, ifMatch?: number): Operation<void> {
  return operation("DELETE", `${PATH}/${segment(id)}`, { ifMatch });
}

export { remove as delete };
