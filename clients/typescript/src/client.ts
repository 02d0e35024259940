// Sends operations, again if need be, and reads pages and events to their end.

import { errorOf } from "./errors.ts";
import { after, START } from "./events.ts";
import type { Event, EventsQuery, Page } from "./models.ts";
import { fromTheFirst, operation, type Operation } from "./operation.ts";
import { FIVE_ATTEMPTS, pause, type Outcome, type Retries } from "./retries.ts";

export interface Options {
  retries?: Partial<Retries>;
  /** Of one attempt, in milliseconds; 30,000 without it. */
  timeout?: number;
  fetch?: typeof fetch;
}

export interface SendOptions {
  signal?: AbortSignal;
}

export class Client {
  readonly #url: string;
  readonly #key: string;
  readonly #retries: Retries;
  readonly #timeout: number;
  readonly #fetch: typeof fetch;

  constructor(url: string, key: string, options: Options = {}) {
    this.#url = url;
    this.#key = key;
    this.#retries = { ...FIVE_ATTEMPTS, ...options.retries };
    this.#timeout = options.timeout ?? 30_000;
    // A browser's fetch must be called as a function.
    const send = options.fetch ?? fetch;
    this.#fetch = (input, init) => send(input, init);
  }

  /** The response's JSON, undefined for 204. Throws APIError, or fetch's error. */
  async send<Response>(request: Operation<Response>, options: SendOptions = {}): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      let outcome: Outcome | undefined;
      let failure: unknown;
      try {
        outcome = await this.#attempt(request, options.signal);
      } catch (error) {
        options.signal?.throwIfAborted();
        failure = error;
      }
      if (outcome && outcome.status < 400) return parsed(outcome.text) as Response;
      const wait = pause(this.#retries, attempt, outcome);
      if (wait === undefined) throw outcome ? errorOf(outcome.status, outcome.text) : failure;
      await sleep(wait, options.signal);
    }
  }

  /** The objects of all pages, from the page of the operation on. */
  async *all<Item>(list: Operation<Page<Item>>, options: SendOptions = {}): AsyncGenerator<Item, void> {
    for (let next: Operation<Page<Item>> | undefined = fromTheFirst(list); next; ) {
      const page: Page<Item> = await this.send(next, options);
      yield* page.data;
      next = page.meta.next === null ? undefined : operation("GET", page.meta.next);
    }
  }

  /**
   * The events after a position, oldest first, until there is none.
   *
   * Store the id of each handled event: it is the position to continue from.
   */
  async *events(position = START, query: EventsQuery = {}, options: SendOptions = {}): AsyncGenerator<Event, void> {
    for (;;) {
      const page = await this.send(after(position, query), options);
      yield* page.data;
      const last = page.data.at(-1);
      if (last === undefined) return;
      position = last.id;
    }
  }

  async #attempt(request: Operation<unknown>, signal?: AbortSignal): Promise<Outcome> {
    const timeout = AbortSignal.timeout(this.#timeout);
    const response = await this.#fetch(new URL(request.path, this.#url), {
      method: request.method,
      headers: { Accept: "application/json", Authorization: `Bearer ${this.#key}`, ...request.headers },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const retryAfter = response.headers.get("Retry-After");
    return { status: response.status, text: await response.text(), retryAfter };
  }
}

function parsed(text: string): unknown {
  return text ? JSON.parse(text) : undefined;
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    }
  });
}
