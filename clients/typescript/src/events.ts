// Operations on events.

import type { Event, EventData, EventsQuery, Page } from "./models.ts";
import { operation, type Operation } from "./operation.ts";

const PATH = "/api/v1/events";

/** Before the first event. */
export const START = "00000000-0000-0000-0000-000000000000";

/** Newest first. */
export function list(query: EventsQuery = {}): Operation<Page<Event>> {
  return operation("GET", PATH, { query });
}

/** Oldest first, after the event with that id. */
export function after(position: string, query: EventsQuery = {}): Operation<Page<Event>> {
  return operation("GET", PATH, { query: { page_size: 100, ...query, after: position } });
}

/** `if (isAbout(event, "customer")) console.log(event.data.email)` */
export function isAbout<Type extends keyof EventData>(
  event: Event,
  type: Type,
): event is Event & { object_type: Type; data: EventData[Type] } {
  return event.object_type === type;
}
