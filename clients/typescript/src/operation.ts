// One request to the API, and the type of its response.

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * Sent again, an operation has the same Idempotency-Key: a POST has its effect once.
 */
export interface Operation<Response> {
  readonly method: Method;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Has no value: it carries the type of the response. */
  readonly response?: Response;
}

export interface Parts {
  query?: object;
  body?: object;
  /** The revision that the object must have. */
  ifMatch?: number | undefined;
  headers?: Record<string, string>;
  /** Of a POST; a random UUID without one. */
  idempotencyKey?: string;
}

/** `operation<Organization>("GET", "/api/v1/organization")` describes any request. */
export function operation<Response>(method: Method, path: string, parts: Parts = {}): Operation<Response> {
  const headers: Record<string, string> = { ...parts.headers };
  if (method === "POST") headers["Idempotency-Key"] = parts.idempotencyKey ?? crypto.randomUUID();
  if (parts.ifMatch !== undefined) headers["If-Match"] = `"${parts.ifMatch}"`;
  const described = { method, path: path + queryString(parts.query ?? {}), headers };
  if (parts.body === undefined) return described;
  headers["Content-Type"] = "application/json";
  return { ...described, body: JSON.stringify(parts.body) };
}

const ORDERS = ["page", "after", "ordering", "search"];
const GREATEST = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/**
 * The operation for the first page, after which a new object moves no other: lists of
 * these nouns are newest first, so it begins after the greatest id.
 */
export function fromTheFirst<Response>(list: Operation<Response>): Operation<Response> {
  const [path = "", query] = list.path.split("?");
  const names = new URLSearchParams(query);
  const isOrdered = ORDERS.some((name) => names.has(name));
  if (isOrdered || !/\/(customers|plans|subscriptions)$/.test(path)) return list;
  names.set("after", GREATEST);
  return { ...list, path: `${path}?${names}` };
}

/** A part of a path, such as an external_id with a slash. */
export function segment(text: string): string {
  // fetch removes "." and ".." from a path, even in percent-encoding.
  if (/^\.{0,2}$/.test(text)) throw new TypeError(`"${text}" cannot be part of a URL.`);
  return encodeURIComponent(text);
}

function queryString(query: object): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => parameters(name, value));
  return pairs.length ? `?${new URLSearchParams(pairs)}` : "";
}

function parameters(name: string, value: unknown): [string, string][] {
  if (value === undefined) return [];
  // Pairs of key and value are not lists of words: they are repeated as they are.
  if (name === "metadata") return pairsOf(value).map((pair) => [name, pair]);
  return [[name, Array.isArray(value) ? value.map(quoted).join(",") : String(value)]];
}

/** `{ tier: "gold" }`, `["tier:gold"]` or `"tier:gold"`. */
function pairsOf(value: unknown): string[] {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isMap) return Object.entries(value).map(([key, text]) => `${key}:${text}`);
  return [value].flat().map(String);
}

function quoted(value: unknown): string {
  const text = String(value);
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
