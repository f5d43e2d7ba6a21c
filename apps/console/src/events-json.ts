import { cloudEvent } from '#contracts';
import type { FeedPage } from './events-feed';

/** A page as the answer of `GET /api/events`; written as text, since its events are text already. */
export function pageJson(connector: string, { events, asOf, more }: FeedPage): string {
  const list = events.map((event) => cloudEvent(connector, event)).join(',');
  return `{"events":[${list}],"asOf":${asOfJson(asOf)},"more":${more}}`;
}

/** `{"0":17,"5":3}`: position by partition. */
export function asOfJson(asOf: ReadonlyMap<number, number>): string {
  return JSON.stringify(Object.fromEntries(asOf));
}
