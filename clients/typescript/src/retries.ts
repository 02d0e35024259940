// Which response to repeat, and after how many milliseconds.

import { problemOf } from "./errors.ts";

export interface Retries {
  /** In all. */
  attempts: number;
  /** The longest wait, in milliseconds. */
  longest: number;
}

/** Of a response; absent if the connection failed. */
export interface Outcome {
  status: number;
  text: string;
  retryAfter: string | null;
}

export const FIVE_ATTEMPTS: Retries = { attempts: 5, longest: 30_000 };
const REPEATED = [408, 429, 502, 503, 504];

/** The wait before the next attempt, counted from 1; undefined if there is none. */
export function pause(retries: Retries, attempt: number, outcome?: Outcome): number | undefined {
  if (attempt >= retries.attempts || (outcome && !isRepeated(outcome))) return undefined;
  if (outcome?.retryAfter && /^\d+$/.test(outcome.retryAfter)) {
    const wait = Number(outcome.retryAfter) * 1000;
    return wait <= retries.longest ? wait : undefined;
  }
  return Math.min(500 * 2 ** (attempt - 1) * (1 + Math.random()), retries.longest);
}

function isRepeated({ status, text }: Outcome): boolean {
  if (status === 409) return problemOf(text).code === "idempotency_key_in_flight";
  return REPEATED.includes(status);
}
