/** Keeps secrets out of everything that a job says: the failure file, the log, reports of the environment. */

import { isSecretName } from './is-secret-name.ts';
import { maskedAs, maskKnownShapes } from './mask-known-shapes.ts';

export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly hyperparameters?: Readonly<Record<string, string>> | undefined;
}

/** Replaces every secret in a text by `***`. */
export type Mask = (text: string) => string;

/**
 * Values shorter than this are not looked for in texts: masking every `1` or `true` would leave no text to read,
 * and what is so short is not a secret. `maskEntries` hides them all the same.
 */
const minimumSecretCharacters = 6;

/**
 * Creates a mask of the values whose name says that they are secret, as they stand and as JSON and URLs write
 * them, and of the shapes that `maskKnownShapes` knows. Lines of a secret of several lines are masked one by
 * one as well. Takes time linear in the text.
 */
export function createMask({ environment, hyperparameters = {} }: SecretSources): Mask {
  const secrets = [...Object.entries(environment), ...Object.entries(hyperparameters)]
    .filter(([name]) => isSecretName(name))
    .flatMap(([, value]) => listSecrets(value ?? ''));
  const spellings = [...new Set(secrets.flatMap(listSpellings))].filter(
    (spelling) => spelling.length >= minimumSecretCharacters,
  );
  if (spellings.length === 0) return maskKnownShapes;
  // Looking ahead finds secrets that overlap; the longest first, so that none is left in part.
  const alternatives = spellings.sort((left, right) => right.length - left.length).map(escapePattern);
  const pattern = new RegExp(`(?=(${alternatives.join('|')}))`, 'g');
  return (text) => maskKnownShapes(maskMatches(text, pattern));
}

/** Hides the values with secret names, whatever their length, and masks the others. For reports of the environment. */
export function maskEntries(
  entries: Readonly<Record<string, string | undefined>>,
  mask: Mask = createMask({ environment: entries }),
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(entries).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, isSecretName(name) && value !== '' ? maskedAs : mask(value)]],
    ),
  );
}

/** The value, what it holds when it is JSON (the Python SDK sends texts so), and the lines of either. */
function listSecrets(value: string): readonly string[] {
  const texts = [value, ...listJsonTexts(value)].flatMap((text) => [text, text.trim()]);
  const lines = texts.filter((text) => text.includes('\n')).flatMap((text) => text.split(/\r?\n/));
  return [...texts, ...lines.map((line) => line.trim())].filter(
    (text) => text.length >= minimumSecretCharacters,
  );
}

function listJsonTexts(value: string): readonly string[] {
  try {
    return listTexts(JSON.parse(value));
  } catch {
    return [];
  }
}

function listTexts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(listTexts) : [];
}

function listSpellings(secret: string): readonly string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const twice = JSON.stringify(json).slice(1, -1);
  // A lone surrogate cannot be encoded; it has no place in a URL either.
  const url = encodeURIComponent(secret.replace(/\p{Surrogate}/gu, '\ufffd'));
  const form = new URLSearchParams([['', secret]]).toString().slice(1);
  const lowerCase = [url, form].map((text) => text.replace(/%../g, (code) => code.toLowerCase()));
  return [secret, json, twice, toAscii(json), url, form, ...lowerCase];
}

/** As Python's `json.dumps` writes it. */
function toAscii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function maskMatches(text: string, pattern: RegExp): string {
  let masked = '';
  let copied = 0;
  let hidden = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index >= hidden) {
      masked += hidden > copied ? maskedAs : '';
      masked += text.slice(hidden, match.index);
      copied = match.index;
    }
    hidden = Math.max(hidden, match.index + (match[1]?.length ?? 0));
  }
  return masked + (hidden > copied ? maskedAs : '') + text.slice(hidden);
}
