/** Cuts the lists of the fake ECR into pages, and filters them, as ECR does. */

import { digestOf } from './fake-store.ts';
import { invalidParameter } from './require.ts';

type Input = Readonly<Record<string, unknown>>;

/** What is listed. */
export interface PageSubject<Item> {
  /** Names the list: a token is good only for the list that it was given for. */
  readonly list: string;
  /** Unique within the list, which is sorted by it: a page goes on behind the last key, whatever was deleted meanwhile. */
  keyOf(item: Item): string;
}

/** A page; the token is left out on the last one. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: { readonly nextToken?: string | undefined };
}

/** Gives the page that `maxResults` (1 to 1000, default 100) and `nextToken` ask for. */
export function cutPage<Item>(
  input: Input,
  items: Iterable<Item>,
  { list, keyOf }: PageSubject<Item>,
): Page<Item> {
  const { maxResults = 100, nextToken } = input;
  if (!Number.isInteger(maxResults) || Number(maxResults) < 1 || Number(maxResults) > 1000) {
    throw invalidParameter('maxResults', 'Member must have value between 1 and 1000');
  }
  const last = nextToken === undefined ? '' : readToken(nextToken, list);
  const rest = [...items]
    .filter((item) => keyOf(item) > last)
    .sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const page = rest.slice(0, Number(maxResults));
  const end = page.at(-1);
  const hasMore = end !== undefined && rest.length > page.length;
  return { items: page, next: hasMore ? { nextToken: writeToken(keyOf(end), list) } : {} };
}

function writeToken(key: string, list: string): string {
  return Buffer.from(JSON.stringify([digestOf(list), key])).toString('base64url');
}

function readToken(token: unknown, list: string): string {
  try {
    const [owner, key] = JSON.parse(Buffer.from(String(token), 'base64url').toString('utf8'));
    if (owner === digestOf(list) && typeof key === 'string') return key;
  } catch {
    // As for a token of another list.
  }
  throw invalidParameter('nextToken', 'Invalid token');
}

/** Refuses paging of what is asked for by name. */
export function assertNotPaged(input: Input, names: string): void {
  if (input[names] === undefined) return;
  const given = ['maxResults', 'nextToken'].find((parameter) => input[parameter] !== undefined);
  if (given !== undefined)
    throw invalidParameter(given, `Member must not be specified together with ${names}`);
}

const tagStatuses = ['TAGGED', 'UNTAGGED', 'ANY'];
const imageStatuses = ['ACTIVE', 'ARCHIVED', 'ACTIVATING', 'ANY'];

/** Tells which images a `filter` lets through: all of this registry are active. */
export function readImageFilter(input: Input): (image: { readonly isTagged: boolean }) => boolean {
  const { tagStatus = 'ANY', imageStatus = 'ANY' } = (input.filter ?? {}) as Readonly<Record<string, string>>;
  assertOneOf('filter.tagStatus', tagStatus, tagStatuses);
  assertOneOf('filter.imageStatus', imageStatus, imageStatuses);
  const isActive = imageStatus === 'ACTIVE' || imageStatus === 'ANY';
  return ({ isTagged }) => isActive && (tagStatus === 'ANY' || isTagged === (tagStatus === 'TAGGED'));
}

function assertOneOf(parameter: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) {
    throw invalidParameter(parameter, `Member must satisfy enum value set: [${known.join(', ')}]`);
  }
}
