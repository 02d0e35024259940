// The objects of the API. Written from openapi.yaml; do not edit.

export interface PageMeta {
  page: number | null;
  page_size: number;
  total: number;
  total_pages: number;
  /** The URL of the next page; null on the last page. */
  next: string | null;
}

export interface Page<Item> {
  data: Item[];
  meta: PageMeta;
}

export interface Customer {
  /** A UUID (version 7). */
  id: string;
  /** The organization that owns the object. */
  organization_id: string;
  name: string;
  email: string;
  /** The client's own id. */
  external_id: string | null;
  phone: string | null;
  billing_address_line1: string | null;
  billing_address_line2: string | null;
  billing_address_city: string | null;
  /** As people write it. */
  billing_address_state: string | null;
  /** ISO 3166-1 alpha-2. */
  billing_address_country: string | null;
  billing_address_postal_code: string | null;
  /** An `INACTIVE` customer accepts no new subscriptions. */
  status: CustomerStatus;
  /** A flat map. A change merges it by key; null removes a key. */
  metadata: Record<string, string>;
  /** The number of subscriptions by status; with `include`. */
  subscription_counts?: Record<string, number>;
  /** The 10 newest; with `include`. */
  subscriptions?: CustomerSubscription[];
  /** 1 after the creation, and 1 more after each change; also the ETag. */
  revision: number;
  /** The time of the creation. */
  created_at: string;
  /** The time of the last change. */
  updated_at: string;
  /** The fields that a search matched; in its results. */
  matched_on?: ({ field: "id" | "name" | "email" | "external_id" | "phone"; text: string; })[];
}

export interface Plan {
  /** A UUID (version 7). */
  id: string;
  /** The organization that owns the object. */
  organization_id: string;
  name: string;
  /** The client's own id. */
  lookup_id: string | null;
  /** How the plan is priced. */
  type: PlanType;
  /** The length of a billing period. */
  billing_interval: BillingInterval;
  /** ISO 4217. */
  currency: string;
  /** 0 to 3650; 0 means no trial. */
  trial_days: number;
  /** For people. */
  description: string | null;
  /** An inactive plan takes no new subscriptions. */
  is_active: boolean;
  /** 1 after the creation, and 1 more after each change; also the ETag. */
  revision: number;
  /** The time of the creation. */
  created_at: string;
  /** The time of the last change. */
  updated_at: string;
}

export interface Subscription {
  /** A UUID (version 7). */
  id: string;
  /** The organization that owns the object. */
  organization_id: string;
  /** The customer, who cannot be changed. */
  customer_id: string;
  /** The plan; `change-plan` changes it. Null if it is deleted. */
  plan_id: string | null;
  /** The name of the plan, or its last one. */
  plan_name: string;
  /** The whole customer; with `include`. */
  customer?: Customer;
  /** The whole plan, null if it is deleted; with `include`. */
  plan?: Plan | null;
  /** The client's own id. */
  external_id: string | null;
  /** Actions and time change it. */
  status: SubscriptionStatus;
  /** The length of a billing period; by default the plan's. */
  billing_interval: BillingInterval;
  /** Periods begin a whole number of intervals from it. By default, it is the start or the end of the trial. */
  billing_anchor: string;
  /** The time of the start; by default the present. */
  start_date: string;
  /** The start of the trial or the billing period. */
  current_period_start: string;
  /** While the subscription is paused: the end at the time of the pause. */
  current_period_end: string;
  /** By default, the plan's trial_days decide; a time equal to start_date means no trial. */
  trial_end_date: string | null;
  /** Whether a cancellation is scheduled. */
  cancel_at_period_end: boolean;
  /** The time of the request for the cancellation. */
  canceled_at: string | null;
  /** The reason that `cancel` stated. */
  cancel_reason: string | null;
  /** The time of the end; null while the subscription lives. */
  ended_at: string | null;
  /** The start of the pause; null without one. */
  paused_at: string | null;
  /** The time of the automatic resumption; null without one. */
  resumes_at: string | null;
  /** The next time at which the subscription changes. */
  due_at: string | null;
  /** A change of plan at the end of the billing period. */
  scheduled_change: ScheduledChange | null;
  /** What the state allows. */
  available_actions: AvailableAction[];
  /** What the state forbids, with the reason. A list has it with `include`. */
  unavailable_actions?: UnavailableAction[];
  /** A flat map. A change merges it by key; null removes a key. */
  metadata: Record<string, string>;
  /** 1 after the creation, and 1 more after each change; also the ETag. */
  revision: number;
  /** The time of the creation. */
  created_at: string;
  /** The time of the last change. */
  updated_at: string;
}

export interface Event {
  /** A UUID (version 7). */
  id: string;
  /** What happened to what. Later versions may have more types. */
  type: "api_key.created" | "api_key.deleted" | "api_key.revoked" | "api_key.updated" | "batch.created" | "batch.reverted" | "customer.active" | "customer.created" | "customer.deleted" | "customer.inactive" | "customer.restored" | "customer.updated" | "history.erased" | "history.pruned" | "invitation.created" | "invitation.deleted" | "invitation.restored" | "invitation.updated" | "member.created" | "member.deleted" | "member.restored" | "member.updated" | "organization.created" | "organization.deleted" | "organization.restored" | "organization.updated" | "plan.created" | "plan.deleted" | "plan.restored" | "plan.updated" | "subscription.active" | "subscription.canceled" | "subscription.created" | "subscription.deleted" | "subscription.past_due" | "subscription.paused" | "subscription.restored" | "subscription.trial" | "subscription.trial_extended" | "subscription.updated" | "user.login" | (string & {});
  /** The part of `type` before the dot. */
  object_type: string;
  /** The object; null if there is none. */
  object_id: string | null;
  /** 1 after the creation, and 1 more after each change; also the ETag. */
  revision: number | null;
  /** `user:<id>`, `key:<id>`, `staff:<id>`, `shell:<name>`, `command:<name>` or `unattributed`. */
  actor: string;
  /** The request that made the change; empty without one. */
  request_id: string;
  /** The text of X-Change-Reason. */
  reason: string;
  /** The batch of the change; null without one. */
  batch_id: string | null;
  /** Field → [old, new]. */
  changes: Record<string, [unknown, unknown]>;
  /** The object after the change, or before its deletion. Its members depend on `object_type`: `CustomerEventData`, `SubscriptionEventData` … */
  data: Record<string, unknown>;
  /** The time of the creation. */
  created_at: string;
}

export interface FieldError {
  /** The field (dotted if nested) or the parameter; empty if several fields are wrong together. */
  field: string;
  code: FieldErrorCode;
  /** A sentence for people. */
  message: string;
}

export interface NewCustomer {
  name: string;
  email: string;
  /** The client's own id. */
  external_id?: string | null;
  phone?: string | null;
  billing_address_line1?: string | null;
  billing_address_line2?: string | null;
  billing_address_city?: string | null;
  /** As people write it. */
  billing_address_state?: string | null;
  /** ISO 3166-1 alpha-2. */
  billing_address_country?: string | null;
  billing_address_postal_code?: string | null;
  /** An `INACTIVE` customer accepts no new subscriptions. */
  status?: CustomerStatus;
  /** A flat map. A change merges it by key; null removes a key. */
  metadata?: Record<string, string | null>;
}

export interface CustomerFields {
  name?: string;
  email?: string;
  /** The client's own id. */
  external_id?: string | null;
  phone?: string | null;
  billing_address_line1?: string | null;
  billing_address_line2?: string | null;
  billing_address_city?: string | null;
  /** As people write it. */
  billing_address_state?: string | null;
  /** ISO 3166-1 alpha-2. */
  billing_address_country?: string | null;
  billing_address_postal_code?: string | null;
  /** An `INACTIVE` customer accepts no new subscriptions. */
  status?: CustomerStatus;
  /** A flat map. A change merges it by key; null removes a key. */
  metadata?: Record<string, string | null>;
}

export interface NewPlan {
  name: string;
  /** The client's own id. */
  lookup_id?: string | null;
  /** How the plan is priced. */
  type?: PlanType;
  /** The length of a billing period. */
  billing_interval?: BillingInterval;
  /** ISO 4217. */
  currency?: string;
  /** 0 to 3650; 0 means no trial. */
  trial_days?: number;
  /** For people. */
  description?: string | null;
  /** An inactive plan takes no new subscriptions. */
  is_active?: boolean;
}

export interface PlanFields {
  name?: string;
  /** The client's own id. */
  lookup_id?: string | null;
  /** How the plan is priced. */
  type?: PlanType;
  /** The length of a billing period. */
  billing_interval?: BillingInterval;
  /** ISO 4217. */
  currency?: string;
  /** 0 to 3650; 0 means no trial. */
  trial_days?: number;
  /** For people. */
  description?: string | null;
  /** An inactive plan takes no new subscriptions. */
  is_active?: boolean;
}

export interface NewSubscription {
  /** The customer, who cannot be changed. */
  customer_id: string;
  /** The plan; `change-plan` changes it. Null if it is deleted. */
  plan_id: string;
  /** The client's own id. */
  external_id?: string | null;
  /** The length of a billing period; by default the plan's. */
  billing_interval?: BillingInterval;
  /** Periods begin a whole number of intervals from it. By default, it is the start or the end of the trial. */
  billing_anchor?: string;
  /** The time of the start; by default the present. */
  start_date?: string;
  /** By default, the plan's trial_days decide; a time equal to start_date means no trial. */
  trial_end_date?: string | null;
  /** A flat map. A change merges it by key; null removes a key. */
  metadata?: Record<string, string | null>;
}

/** A new customer, and the field that identifies an existing one. */
export interface GetOrCreateCustomer {
  /** The field that identifies an existing customer. */
  match: CustomerMatch;
  name: string;
  email: string;
  /** The client's own id. */
  external_id?: string | null;
  phone?: string | null;
  billing_address_line1?: string | null;
  billing_address_line2?: string | null;
  billing_address_city?: string | null;
  /** As people write it. */
  billing_address_state?: string | null;
  /** ISO 3166-1 alpha-2. */
  billing_address_country?: string | null;
  billing_address_postal_code?: string | null;
  /** An `INACTIVE` customer accepts no new subscriptions. */
  status?: CustomerStatus;
  /** A flat map. A change merges it by key; null removes a key. */
  metadata?: Record<string, string | null>;
}

export interface CustomerBatch {
  /** Change nothing if one operation fails (422). `false` by default. */
  atomic?: boolean;
  /** Report the results, and change nothing. `false` by default. */
  dry_run?: boolean;
  /** They happen one after another. */
  operations: CustomerOperation[];
}

export interface CustomerOperation {
  /** A UUID (version 7). */
  id?: string;
  /** Refuse the operation with 412 if the object has another revision. */
  revision?: number;
  /** The body of the single request. */
  data?: Record<string, unknown>;
  op: CustomerOperationOp;
  /** The customer, instead of by `id`. */
  external_id?: string;
}

/** The results, in the order of the operations. */
export interface CustomerBatchResult {
  data: CustomerResult[];
  meta: CustomerMeta;
}

export interface SubscriptionBatch {
  /** Change nothing if one operation fails (422). `false` by default. */
  atomic?: boolean;
  /** Report the results, and change nothing. `false` by default. */
  dry_run?: boolean;
  /** They happen one after another. */
  operations: SubscriptionOperation[];
}

export interface SubscriptionOperation {
  /** A UUID (version 7). */
  id: string;
  /** Refuse the operation with 412 if the object has another revision. */
  revision?: number;
  /** The body of the single request. */
  data?: Record<string, unknown>;
  op: SubscriptionAction;
}

/** The results, in the order of the operations. */
export interface SubscriptionBatchResult {
  data: SubscriptionResult[];
  meta: SubscriptionMeta;
}

/** Stable, for programs. */
export type ErrorCode = "bad_request" | "malformed_json" | "invalid_parameter" | "invalid_precondition" | "invalid_idempotency_key" | "invalid_reason" | "ambiguous_credentials" | "not_authenticated" | "authentication_failed" | "refreshed_at_once" | "wrong_credentials" | "permission_denied" | "not_for_api_keys" | "owners_only" | "cross_site" | "https_required" | "not_found" | "method_not_allowed" | "not_acceptable" | "request_timeout" | "conflict" | "stale_revision" | "external_id_taken" | "lookup_id_taken" | "email_taken" | "email_already_confirmed" | "already_a_member" | "already_invited" | "already_owner" | "last_owner" | "too_many_invitations" | "too_many_api_keys" | "api_key_not_active" | "api_key_already_rotated" | "invalid_link" | "customer_inactive" | "plan_inactive" | "plan_in_use" | "not_cancelable" | "not_uncancelable" | "not_pausable" | "not_resumable" | "not_activatable" | "cannot_be_past_due" | "nothing_to_pay" | "trial_not_extendable" | "plan_not_changeable" | "no_scheduled_change" | "plan_unchanged" | "resumes_in_the_past" | "far_behind" | "test_from_the_start" | "not_a_test_organization" | "clock_goes_forward" | "ambiguous_match" | "not_revertible" | "clock_too_far" | "test_for_good" | "confirmation_required" | "preview_stale" | "invalid_confirmation" | "confirmation_expired" | "not_restorable" | "idempotency_key_in_flight" | "idempotency_key_erased" | "stale" | "body_too_large" | "uri_too_long" | "unsupported_media_type" | "unsupported_content_encoding" | "validation_error" | "batch_failed" | "not_applied" | "invalid_value" | "idempotency_key_reused" | "rate_limited" | "throttled" | "headers_too_large" | "server_error" | "not_implemented" | "database_unavailable" | "storage_full" | "busy" | "timeout" | "http_version_not_supported" | (string & {});

/** A user with their role, or an API key. */
export interface CurrentCaller {
  /** Null for an API key. */
  user: User | null;
  organization: Organization;
  /** Null for an API key. */
  role: Role | null;
  /** Null for a user. */
  api_key: ApiKey | null;
}

/** `data` of the events of API keys. Empty once the history is erased. */
export interface ApiKeyEventData {
  id?: string;
  revision?: number;
  created_at?: string;
  updated_at?: string;
  organization_id?: string;
  name?: string;
  prefix?: string;
  scopes?: string[];
  expires_at?: string | null;
  revoked_at?: string | null;
  replaces_id?: string | null;
}

/** `data` of the events of customers. Empty once the history is erased. */
export interface CustomerEventData {
  id?: string;
  revision?: number;
  created_at?: string;
  updated_at?: string;
  organization_id?: string;
  name?: string;
  email?: string;
  external_id?: string | null;
  phone?: string | null;
  billing_address_line1?: string | null;
  billing_address_line2?: string | null;
  billing_address_city?: string | null;
  billing_address_state?: string | null;
  billing_address_country?: string | null;
  billing_address_postal_code?: string | null;
  status?: "ACTIVE" | "INACTIVE" | (string & {});
  metadata?: Record<string, string>;
}

/** `data` of the events of invitations. Empty once the history is erased. */
export interface InvitationEventData {
  id?: string;
  revision?: number;
  created_at?: string;
  updated_at?: string;
  organization_id?: string;
  email?: string;
  role?: "OWNER" | "ADMIN" | "MEMBER" | "VIEWER" | (string & {});
  invited_by_id?: string | null;
  expires_at?: string;
}

/** `data` of the events of members. Empty once the history is erased. */
export interface MembershipEventData {
  id?: string;
  revision?: number;
  created_at?: string;
  updated_at?: string;
  organization_id?: string;
  user_id?: string;
  role?: "OWNER" | "ADMIN" | "MEMBER" | "VIEWER" | (string & {});
}

/** `data` of the events of organizations. Empty once the history is erased. */
export interface OrganizationEventData {
  id?: string;
  revision?: number;
  created_at?: string;
  updated_at?: string;
  name?: string;
  is_test?: boolean;
  clock_at?: string | null;
  require_deletion_preview?: boolean;
  restore_days?: number;
}

/** `data` of the events of plans. Empty once the history is erased. */
export interface PlanEventData {
  id?: string;
  revision?: number;
  created_at?: string;
  updated_at?: string;
  organization_id?: string;
  name?: string;
  lookup_id?: string | null;
  type?: "FIXED" | "USAGE" | "HYBRID" | (string & {});
  billing_interval?: "day" | "week" | "month" | "year" | (string & {});
  currency?: string;
  trial_days?: number;
  description?: string | null;
  is_active?: boolean;
}

/** `data` of the events of subscriptions. Empty once the history is erased. */
export interface SubscriptionEventData {
  id?: string;
  revision?: number;
  created_at?: string;
  updated_at?: string;
  organization_id?: string;
  customer_id?: string;
  plan_id?: string | null;
  plan_name?: string;
  external_id?: string | null;
  status?: "TRIAL" | "ACTIVE" | "PAST_DUE" | "PAUSED" | "CANCELED" | (string & {});
  billing_interval?: "day" | "week" | "month" | "year" | (string & {});
  start_date?: string;
  billing_anchor?: string;
  current_period_start?: string;
  current_period_end?: string;
  trial_end_date?: string | null;
  cancel_at_period_end?: boolean;
  canceled_at?: string | null;
  cancel_reason?: string | null;
  ended_at?: string | null;
  paused_at?: string | null;
  resumes_at?: string | null;
  scheduled_plan_id?: string | null;
  scheduled_billing_interval?: "day" | "week" | "month" | "year" | (string & {});
  metadata?: Record<string, string>;
}

export type CustomerInclude = "subscription_counts" | "subscriptions";

export type CustomerMissing = "external_id" | "phone" | "billing_address_line1" | "billing_address_line2" | "billing_address_city" | "billing_address_state" | "billing_address_country" | "billing_address_postal_code";

export type CustomerOrdering = "name" | "-name" | "email" | "-email" | "external_id" | "-external_id" | "created_at" | "-created_at" | "updated_at" | "-updated_at";

export type CustomerStatus = "ACTIVE" | "INACTIVE";

export type SubscriptionStatus = "TRIAL" | "ACTIVE" | "PAST_DUE" | "PAUSED" | "CANCELED";

export type BillingInterval = "day" | "week" | "month" | "year";

export type PlanOrdering = "name" | "-name" | "lookup_id" | "-lookup_id" | "created_at" | "-created_at" | "updated_at" | "-updated_at";

export type PlanType = "FIXED" | "USAGE" | "HYBRID";

export type SubscriptionInclude = "customer" | "plan" | "unavailable_actions";

export type SubscriptionOrdering = "current_period_end" | "-current_period_end" | "start_date" | "-start_date" | "created_at" | "-created_at" | "updated_at" | "-updated_at";

/** A summary of one of the customer's newest subscriptions. */
export interface CustomerSubscription {
  /** A UUID (version 7). */
  id: string;
  /** Null if the plan is deleted. */
  plan_id: string | null;
  plan_name: string;
  status: SubscriptionStatus;
  /** The end of the billing period. */
  current_period_end: string;
  /** Whether it ends with the billing period. */
  cancel_at_period_end: boolean;
}

/** The change of plan at the end of the current period. */
export interface ScheduledChange {
  /** The plan after the change. */
  plan_id: string;
  plan_name: string;
  /** The interval after the change. */
  billing_interval: BillingInterval;
  /** Null while the subscription is paused. */
  at: string | null;
}

/** An action that the state allows: POST to `/subscriptions/{id}/{name}`. */
export interface AvailableAction {
  name: SubscriptionAction;
  /** The required fields of the body. */
  needs: string[];
  /** The optional fields of the body. */
  takes: string[];
  /** The times at which it may take effect. */
  when: ActionTiming[];
}

/** An action that the state forbids, and the reason. */
export interface UnavailableAction {
  name: SubscriptionAction;
  /** The reason, stable, for programs. */
  code: string;
  /** The reason, for people. */
  reason: string;
}

/** Stable, for programs. */
export type FieldErrorCode = "required" | "null" | "blank" | "invalid" | "invalid_choice" | "max_length" | "min_length" | "max_value" | "min_value" | "max_string_length" | "out_of_range" | "range" | "overflow" | "date" | "too_long_ago" | "before_start" | "not_later" | "in_the_past" | "control_character" | "unknown_country" | "unknown_currency" | "does_not_exist" | "invalid_operation" | "unknown_field" | "read_only" | "unknown_parameter" | "repeated_parameter" | "empty" | "not_a_dict" | "not_a_list" | "type" | "invalid_key" | "too_many_keys" | "metadata_invalid" | "wrong_password" | "password_too_short" | "password_too_common" | "password_too_similar" | "password_entirely_numeric" | (string & {});

export type CustomerMatch = "email" | "external_id";

export type CustomerOperationOp = "create" | "update" | "upsert" | "delete";

export interface CustomerResult {
  /** The operation's position, from 0. */
  index: number;
  /** The HTTP status that the single request would have. */
  status: number;
  /** The error code; null without an error. */
  code: string | null;
  /** Empty without an error. */
  errors: FieldError[];
  data: Customer | null;
}

export interface CustomerMeta {
  /** The number of operations that failed. */
  failed: number;
  /** Whether nothing was changed. */
  dry_run: boolean;
  /** The batch of the changes; null without a change. */
  batch_id: string | null;
  /** The number of new customers. */
  created: number;
  /** The number of changed customers. */
  updated: number;
  /** The number of operations that changed no value. */
  unchanged: number;
  /** The number of deleted customers. */
  deleted: number;
}

export type SubscriptionAction = "cancel" | "uncancel" | "pause" | "resume" | "mark-past-due" | "mark-paid" | "activate" | "extend-trial" | "change-plan" | "remove-scheduled-change";

export interface SubscriptionResult {
  /** The operation's position, from 0. */
  index: number;
  /** The HTTP status that the single request would have. */
  status: number;
  /** The error code; null without an error. */
  code: string | null;
  /** Empty without an error. */
  errors: FieldError[];
  data: Subscription | null;
}

export interface SubscriptionMeta {
  /** The number of operations that failed. */
  failed: number;
  /** Whether nothing was changed. */
  dry_run: boolean;
  /** The batch of the changes; null without a change. */
  batch_id: string | null;
  /** The number of actions that were done. */
  updated: number;
}

export interface User {
  /** A UUID (version 7). */
  id: string;
  /** In lower case. */
  email: string;
  name: string | null;
  /** Null until the user confirms the address. */
  email_confirmed_at: string | null;
  /** The time of the creation. */
  created_at: string;
}

export interface Organization {
  /** A UUID (version 7). */
  id: string;
  name: string;
  /** Whether the organization has a clock, which only its callers move. */
  is_test: boolean;
  /** The time of a test organization. */
  clock_at: string | null;
  /** Whether a deletion over the API needs the token of its preview. */
  require_deletion_preview: boolean;
  /** Days within which a deletion can be undone, 0 to 365; 0 is never. */
  restore_days: number;
  /** 1 after the creation, and 1 more after each change; also the ETag. */
  revision: number;
  /** The time of the creation. */
  created_at: string;
  /** The time of the last change. */
  updated_at: string;
}

export type Role = "OWNER" | "ADMIN" | "MEMBER" | "VIEWER";

export interface ApiKey {
  /** A UUID (version 7). */
  id: string;
  /** For people. */
  name: string;
  /** The first characters of the key. */
  prefix: string;
  /** The scopes that the key grants. */
  scopes: Scope[];
  /** A key that is revoked or expired authenticates nobody. */
  status: ApiKeyStatus;
  /** Null means never. */
  expires_at: string | null;
  /** To the minute. */
  last_used_at: string | null;
  /** Null unless the key is revoked. */
  revoked_at: string | null;
  /** A UUID (version 7). */
  replaces_id: string | null;
  /** 1 after the creation, and 1 more after each change; also the ETag. */
  revision: number;
  /** The time of the creation. */
  created_at: string;
}

export type ActionTiming = "now" | "period_end";

export type Scope = "customers.read" | "customers.write" | "subscriptions.read" | "subscriptions.write" | "events.read" | "usage.read" | "usage.write";

export type ApiKeyStatus = "ACTIVE" | "REVOKED" | "EXPIRED";

/** By object_type. */
export interface EventData {
  api_key: ApiKeyEventData;
  customer: CustomerEventData;
  invitation: InvitationEventData;
  member: MembershipEventData;
  organization: OrganizationEventData;
  plan: PlanEventData;
  subscription: SubscriptionEventData;
}

/** The query of customers. */
export interface CustomersQuery {
  /** The page after the object with this id, newest first, at the same cost at any depth. With `ordering=updated_at`, its `updated_at` and id with a comma between them, or a time alone to begin. Then `meta.page` is null; follow `meta.next`. */
  after?: string;
  /** `billing_address_city` is exactly this value. */
  billing_address_city?: string;
  /** `billing_address_country` is exactly this value. */
  billing_address_country?: string;
  /** `billing_address_postal_code` is exactly this value. */
  billing_address_postal_code?: string;
  /** `billing_address_state` is exactly this value. */
  billing_address_state?: string;
  /** `created_at` is later than this time. */
  created_at__gt?: string;
  /** `created_at` is this time or later. */
  created_at__gte?: string;
  /** `created_at` is earlier than this time. */
  created_at__lt?: string;
  /** `created_at` is this time or earlier. */
  created_at__lte?: string;
  /** `email` is exactly this value. */
  email?: string;
  /** `external_id` is exactly this value. */
  external_id?: string;
  /** A value with a comma needs double quotes. */
  external_id__in?: string | string[];
  /** `id__in` is one of these values, repeated or separated by commas. */
  id__in?: string | string[];
  /** Members to show in addition; names, repeated or separated by commas. */
  include?: CustomerInclude | CustomerInclude[];
  /** `key:value`; all of several pairs must match. `metadata[key]=value` means the same. */
  metadata?: string | string[] | Record<string, string>;
  /** `missing` is one of these values, repeated or separated by commas. */
  missing?: CustomerMissing | CustomerMissing[];
  /** `name` is exactly this value. */
  name?: string;
  /** Names, repeated or separated by commas; `-` sorts descending. Newest first by default. */
  ordering?: CustomerOrdering | CustomerOrdering[];
  /** The page number, from 1; 1 by default. */
  page?: number;
  /** Items per page; 20 by default. */
  page_size?: number;
  /** `phone` is exactly this value. */
  phone?: string;
  /** `search` is exactly this value. */
  search?: string;
  /** `status` is one of these values, repeated or separated by commas. */
  status?: CustomerStatus | CustomerStatus[];
  /** `subscription_status` is one of these values, repeated or separated by commas. */
  subscription_status?: SubscriptionStatus | SubscriptionStatus[];
  /** `updated_at` is later than this time. */
  updated_at__gt?: string;
  /** `updated_at` is this time or later. */
  updated_at__gte?: string;
  /** `updated_at` is earlier than this time. */
  updated_at__lt?: string;
  /** `updated_at` is this time or earlier. */
  updated_at__lte?: string;
}

/** The query of events. */
export interface EventsQuery {
  /** `actor` is exactly this value. */
  actor?: string;
  /** The id of an event: list the events after it, oldest first. No event is inserted into this order later. The nil UUID lists from the beginning. `meta.page` is null. */
  after?: string;
  /** `batch_id` is exactly this value. */
  batch_id?: string;
  /** `created_at` is later than this time. */
  created_at__gt?: string;
  /** `created_at` is this time or later. */
  created_at__gte?: string;
  /** `created_at` is earlier than this time. */
  created_at__lt?: string;
  /** `created_at` is this time or earlier. */
  created_at__lte?: string;
  /** `object_id` is exactly this value. */
  object_id?: string;
  /** `object_type` is exactly this value. */
  object_type?: string;
  /** The page number, from 1; 1 by default. */
  page?: number;
  /** Items per page; 20 by default. */
  page_size?: number;
  /** `request_id` is exactly this value. */
  request_id?: string;
  /** `type` is one of these values, repeated or separated by commas. */
  type?: string | string[];
}

/** The query of plans. */
export interface PlansQuery {
  /** The page after the object with this id, newest first, at the same cost at any depth. With `ordering=updated_at`, its `updated_at` and id with a comma between them, or a time alone to begin. Then `meta.page` is null; follow `meta.next`. */
  after?: string;
  /** `billing_interval` is one of these values, repeated or separated by commas. */
  billing_interval?: BillingInterval | BillingInterval[];
  /** `created_at` is later than this time. */
  created_at__gt?: string;
  /** `created_at` is this time or later. */
  created_at__gte?: string;
  /** `created_at` is earlier than this time. */
  created_at__lt?: string;
  /** `created_at` is this time or earlier. */
  created_at__lte?: string;
  /** `currency` is exactly this value. */
  currency?: string;
  /** `is_active` is exactly this value. */
  is_active?: boolean;
  /** `lookup_id` is exactly this value. */
  lookup_id?: string;
  /** `name` is exactly this value. */
  name?: string;
  /** Names, repeated or separated by commas; `-` sorts descending. Newest first by default. */
  ordering?: PlanOrdering | PlanOrdering[];
  /** The page number, from 1; 1 by default. */
  page?: number;
  /** Items per page; 20 by default. */
  page_size?: number;
  /** `type` is one of these values, repeated or separated by commas. */
  type?: PlanType | PlanType[];
  /** `updated_at` is later than this time. */
  updated_at__gt?: string;
  /** `updated_at` is this time or later. */
  updated_at__gte?: string;
  /** `updated_at` is earlier than this time. */
  updated_at__lt?: string;
  /** `updated_at` is this time or earlier. */
  updated_at__lte?: string;
}

/** The query of subscriptions. */
export interface SubscriptionsQuery {
  /** The page after the object with this id, newest first, at the same cost at any depth. With `ordering=updated_at`, its `updated_at` and id with a comma between them, or a time alone to begin. Then `meta.page` is null; follow `meta.next`. */
  after?: string;
  /** `billing_interval` is one of these values, repeated or separated by commas. */
  billing_interval?: BillingInterval | BillingInterval[];
  /** `cancel_at_period_end` is exactly this value. */
  cancel_at_period_end?: boolean;
  /** `created_at` is later than this time. */
  created_at__gt?: string;
  /** `created_at` is this time or later. */
  created_at__gte?: string;
  /** `created_at` is earlier than this time. */
  created_at__lt?: string;
  /** `created_at` is this time or earlier. */
  created_at__lte?: string;
  /** `current_period_end` is later than this time. */
  current_period_end__gt?: string;
  /** `current_period_end` is this time or later. */
  current_period_end__gte?: string;
  /** `current_period_end` is earlier than this time. */
  current_period_end__lt?: string;
  /** `current_period_end` is this time or earlier. */
  current_period_end__lte?: string;
  /** `customer_external_id` is exactly this value. */
  customer_external_id?: string;
  /** `customer_id` is exactly this value. */
  customer_id?: string;
  /** Whether `due_at` has passed. */
  due?: boolean;
  /** `external_id` is exactly this value. */
  external_id?: string;
  /** Members to show in addition; names, repeated or separated by commas. */
  include?: SubscriptionInclude | SubscriptionInclude[];
  /** Names, repeated or separated by commas; `-` sorts descending. Newest first by default. */
  ordering?: SubscriptionOrdering | SubscriptionOrdering[];
  /** The page number, from 1; 1 by default. */
  page?: number;
  /** Items per page; 20 by default. */
  page_size?: number;
  /** `plan_id` is exactly this value. */
  plan_id?: string;
  /** `status` is one of these values, repeated or separated by commas. */
  status?: SubscriptionStatus | SubscriptionStatus[];
  /** `updated_at` is later than this time. */
  updated_at__gt?: string;
  /** `updated_at` is this time or later. */
  updated_at__gte?: string;
  /** `updated_at` is earlier than this time. */
  updated_at__lt?: string;
  /** `updated_at` is this time or earlier. */
  updated_at__lte?: string;
}
