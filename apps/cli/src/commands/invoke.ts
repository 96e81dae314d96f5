/** `optml invoke`: one request to a running container, answered as it answers. */

import { isUtf8 } from 'node:buffer';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { limits } from '@optml/contract/limits';
import { CliError } from '../errors.ts';
import type { Context } from '../process/context.ts';
import { type HttpReply, sendHttpRequest } from '../server/http-request.ts';
import { writeProse, writeResult, writeTo } from '../terminal/write-to.ts';

/** The options of `optml invoke` as they were typed. */
export interface InvokeOptions {
  readonly url: string;
  readonly contentType?: string;
  readonly accept?: string;
  readonly data?: string;
  readonly file?: string;
  readonly json?: true;
}

const typesByExtension: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.json': 'application/json',
  '.jsonl': 'application/jsonlines',
  '.jsonlines': 'application/jsonlines',
  '.ndjson': 'application/jsonlines',
  '.npy': 'application/x-npy',
  '.npz': 'application/x-npz',
  '.gif': 'image/gif',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
};

function typeByName(file: string | undefined): string | undefined {
  return typesByExtension[extname(file ?? '').toLowerCase()];
}

/**
 * Sends the data to `/invocations` and writes the body of the answer to stdout, byte for byte.
 *
 * @throws CliError `USAGE`, `DATA_UNREADABLE`, `SERVER_UNREACHABLE`, or `INVOCATION_FAILED` with the
 * status and the server's message.
 */
export async function invoke(options: InvokeOptions, context: Context): Promise<void> {
  const url = resolveUrl(options.url);
  const body = await readData(options, context);
  await noteFileInText(options.data, context);
  const guessed = options.contentType === undefined;
  const contentType = options.contentType ?? guessContentType(body, options.file);
  if (guessed) {
    const source = typeByName(options.file) === undefined ? 'the body' : 'the name of the file';
    await writeProse(
      context.stderr,
      `sending it as ${contentType}, guessed from ${source}; --content-type overrides it`,
    );
  }
  const accept: Record<string, string> = options.accept === undefined ? {} : { accept: options.accept };
  const reply = await send(url, {
    body,
    headers: { 'content-type': contentType, ...accept },
    signal: context.stop,
  });
  if (reply.status < 200 || reply.status > 299) throw await explainStatus(url, reply);
  if (options.json !== true) return passOn(url, reply, context.stdout);
  await writeResult(context.stdout, { sent: { contentType, guessed }, ...(await readReply(url, reply)) });
}

function resolveUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new CliError(
      'USAGE',
      `--url "${text}" is not an http address: give one such as http://127.0.0.1:8080`,
    );
  }
  if (url.pathname === '/') url.pathname = '/invocations';
  return url;
}

/** Whole, not as a stream: SageMaker sends a Content-Length too, and a real-time body has 25 MB at most. */
async function readData(
  { data, file }: InvokeOptions,
  { stdin, workingDirectory }: Pick<Context, 'stdin' | 'workingDirectory'>,
): Promise<Buffer> {
  if (data !== undefined && file !== undefined)
    throw new CliError('USAGE', '--data and --file were both given: give one of them');
  if (data !== undefined) return Buffer.from(data);
  if (file !== undefined && file !== '-') return readNamed(file, workingDirectory);
  if (stdin.isTTY)
    throw new CliError('USAGE', 'no data to send: give --data TEXT, --file PATH or a pipe on stdin');
  const piped = await buffer(stdin);
  // In a script or a CI job, a stdin that nobody writes to is empty.
  if (piped.length === 0)
    throw new CliError(
      'USAGE',
      "no data to send: stdin is empty; give --data TEXT or --file PATH, or --data '' for an empty body",
    );
  return piped;
}

/** curl reads a file where a text begins with @. */
async function noteFileInText(
  data: string | undefined,
  { stderr, workingDirectory }: Pick<Context, 'stderr' | 'workingDirectory'>,
): Promise<void> {
  if (data?.startsWith('@') !== true || !existsSync(resolve(workingDirectory, data.slice(1)))) return;
  await writeProse(stderr, `--data "${data}" is sent as text; to send the file, use --file ${data.slice(1)}`);
}

async function readNamed(file: string, workingDirectory: string): Promise<Buffer> {
  const path = resolve(workingDirectory, file);
  const content = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const message = `--file "${file}" cannot be read: ${describeAccess(cause, path)}`;
    throw new CliError('DATA_UNREADABLE', message, { cause });
  });
  if (content.length > 0) return content;
  throw new CliError(
    'USAGE',
    `no data to send: --file "${file}" is empty; give another, or --data '' for an empty body`,
  );
}

function describeAccess({ code, message }: NodeJS.ErrnoException, path: string): string {
  if (code === 'ENOENT') return `${path} does not exist`;
  if (code === 'EISDIR') return `${path} is a folder`;
  return code ?? message;
}

/** A bare number is JSON too, and one row of CSV far more often: only lists and objects count as JSON. */
function guessContentType(body: Buffer, file: string | undefined): string {
  const known = typeByName(file);
  if (known !== undefined) return known;
  if (!isUtf8(body)) return 'application/octet-stream';
  // What begins as JSON and is not valid is not CSV: the server says what is wrong with it.
  return /^\s*[[{]/.test(body.toString('utf8', 0, 100)) ? 'application/json' : 'text/csv';
}

async function send(
  url: URL,
  request: {
    readonly body: Buffer;
    readonly headers: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  },
): Promise<HttpReply> {
  try {
    return await sendHttpRequest(url, { method: 'POST', ...request });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (request.signal.aborted)
      throw new CliError('INVOCATION_FAILED', 'the invocation was stopped', { cause });
    if (code === 'ERR_INVALID_CHAR')
      throw new CliError('USAGE', `a header cannot be sent: ${message}`, { cause });
    const hint = code === 'ECONNREFUSED' ? ': is a server running? start one with optml serve' : '';
    throw new CliError('SERVER_UNREACHABLE', `cannot reach ${url} (${code ?? message})${hint}`, { cause });
  }
}

async function explainStatus(url: URL, reply: HttpReply): Promise<CliError> {
  const text = (await buffer(reply.body).catch(() => Buffer.alloc(0))).toString('utf8').trim();
  const message = findMessage(text).slice(0, limits.modelErrorCharacters);
  const status = `${reply.status} ${reply.statusText}`.trim();
  return new CliError('INVOCATION_FAILED', `${url} answered ${status}: ${message || 'it gave no reason'}`, {
    facts: { status: reply.status },
  });
}

/** Servers wrap the sentence in JSON, as `{"error": {"message"}}`, `{"message"}` or `{"error"}`; else the body is the sentence. */
function findMessage(text: string): string {
  try {
    const { error, message } = JSON.parse(text) as { error?: { message?: unknown }; message?: unknown };
    const found = [error?.message, message, error].find((candidate) => typeof candidate === 'string');
    return typeof found === 'string' ? found : text;
  } catch {
    return text;
  }
}

/** A body of JSON as its value, one of text as text, and any other in base64. */
async function readReply(url: URL, reply: HttpReply): Promise<object> {
  const bytes = await buffer(reply.body).catch((cause: Error) => {
    throw new CliError('INVOCATION_FAILED', `the answer of ${url} broke off: ${cause.message}`, { cause });
  });
  const { status, headers } = reply;
  const contentType = headers['content-type'] ?? null;
  if (!isUtf8(bytes)) return { status, contentType, encoding: 'base64', body: bytes.toString('base64') };
  const text = bytes.toString('utf8');
  const isJson = /^application\/json(?:;|$)/.test(contentType ?? '');
  return isJson
    ? { status, contentType, encoding: 'json', body: JSON.parse(text) }
    : { status, contentType, encoding: 'text', body: text };
}

async function passOn(url: URL, reply: HttpReply, stdout: Context['stdout']): Promise<void> {
  let last: number | undefined;
  try {
    for await (const chunk of reply.body as AsyncIterable<Buffer>) {
      await writeTo(stdout, chunk);
      last = chunk.at(-1);
    }
  } catch (cause) {
    throw new CliError(
      'INVOCATION_FAILED',
      `the answer from ${url} ended early: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
  if (stdout.isTTY && last !== undefined && last !== 10) await writeTo(stdout, '\n');
}
