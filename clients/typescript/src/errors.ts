// Errors of the API, by status. `code` is stable; `detail` is a sentence for people.

import type { AvailableAction, ErrorCode, FieldError } from "./models.ts";

/** Problem details of RFC 9457. */
export interface Problem {
  code: ErrorCode;
  detail: string;
  request_id: string;
  errors?: FieldError[];
  available_actions?: AvailableAction[];
  [member: string]: unknown;
}

export class APIError extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(`${status} ${problem.code}: ${problem.detail}`);
    this.name = new.target.name;
    this.status = status;
    this.problem = problem;
  }

  get code(): ErrorCode {
    return this.problem.code;
  }

  get detail(): string {
    return this.problem.detail;
  }

  get requestId(): string {
    return this.problem.request_id;
  }

  /** The error of each field or parameter. */
  get errors(): FieldError[] {
    return this.problem.errors ?? [];
  }
}

/** 401: the key is missing, revoked or expired. */
export class UnauthenticatedError extends APIError {}

/** 403: the key lacks a scope. */
export class ForbiddenError extends APIError {}

/** 404 */
export class NotFoundError extends APIError {}

/** 409: the state forbids it; `code` says why. */
export class ConflictError extends APIError {}

/** 412: the object has another revision than `ifMatch`. */
export class StaleError extends APIError {}

/** 422 or 400: `errors` has the error of each field or parameter. */
export class InvalidError extends APIError {}

/** 429, after all attempts. */
export class RateLimitedError extends APIError {}

/** 503, after all attempts. */
export class UnavailableError extends APIError {}

const CLASSES: Record<number, typeof APIError> = {
  400: InvalidError,
  401: UnauthenticatedError,
  403: ForbiddenError,
  404: NotFoundError,
  409: ConflictError,
  412: StaleError,
  422: InvalidError,
  429: RateLimitedError,
  503: UnavailableError,
};

export function errorOf(status: number, text: string): APIError {
  return new (CLASSES[status] ?? APIError)(status, problemOf(text));
}

/** The members of a problem; a proxy's page is the `detail`. */
export function problemOf(text: string): Problem {
  const absent = { code: "", detail: text, request_id: "" };
  try {
    return { ...absent, ...JSON.parse(text) };
  } catch {
    return absent;
  }
}
