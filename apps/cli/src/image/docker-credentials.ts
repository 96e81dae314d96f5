/** Finds a registry's login where `docker login` keeps it: in Docker's config file, or with a program that the file names. */

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describeSchemaError } from '@optml/contract/describe-issue';
import type { Environment } from '@optml/contract/environment';
import type { RegistryCredentials } from '@optml/image';
import { z } from 'zod';
import { CliError } from '../errors.ts';
import { startSubprocess } from '../process/subprocess.ts';

const configSchema = z.object({
  auths: z
    .record(
      z.string(),
      z.object({ auth: z.string().nullish(), identitytoken: z.string().nullish() }).nullable(),
    )
    .nullish(),
  /** Names of programs, without `docker-credential-`, by host. */
  credHelpers: z.record(z.string(), z.string()).nullish(),
  /** The same for all hosts that have none of their own. */
  credsStore: z.string().nullish(),
});

/** Where a login is looked for, and what ends that. */
export interface LoginOptions {
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** Docker Hub's login is kept under a name of its own. */
const hubName = 'https://index.docker.io/v1/';

/**
 * Gets the login for `host`; `undefined` when there is none. A credential helper of Docker is asked before the file.
 *
 * @throws CliError `LOGIN_UNREADABLE`
 */
export async function readDockerCredentials(
  host: string,
  options: LoginOptions,
): Promise<RegistryCredentials | undefined> {
  const { environment } = options;
  const folder = environment.DOCKER_CONFIG || join(environment.HOME || homedir(), '.docker');
  const file = join(folder, 'config.json');
  const config = await readConfig(file);
  if (config === undefined) return undefined;
  const name = host === 'registry-1.docker.io' ? hubName : host;
  const helper = findByHost(config.credHelpers, name) ?? config.credsStore;
  const kept = helper ? await askHelper({ helper, name, file }, options) : undefined;
  if (kept !== undefined) return kept;
  const { auth, identitytoken: identityToken } = findByHost(config.auths, name) ?? {};
  if (identityToken) return { identityToken };
  if (!auth) return undefined;
  const [username = '', ...rest] = Buffer.from(auth, 'base64').toString('utf8').split(':');
  return { username, password: rest.join(':').replace(/\0+$/, '') };
}

/** Docker has written keys with a scheme and a path, and takes what is between them for the host. */
function findByHost<Value>(
  entries: Readonly<Record<string, Value>> | null | undefined,
  name: string,
): Value | undefined {
  const toHost = (key: string) => key.replace(/^https?:\/\//, '').split('/')[0];
  const all = Object.entries(entries ?? {});
  return (all.find(([key]) => key === name) ?? all.find(([key]) => toHost(key) === toHost(name)))?.[1];
}

async function readConfig(file: string): Promise<z.output<typeof configSchema> | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return configSchema.parse(JSON.parse(text));
  } catch (cause) {
    const problems = describeSchemaError(cause) ?? cause;
    const why = `cannot read the logins of Docker: ${file} is not a valid Docker config: ${problems}; fix it, or log in again`;
    throw new CliError('LOGIN_UNREADABLE', why, { cause });
  }
}

/** Who is asked for what, and where that is said. */
interface HelperQuestion {
  readonly helper: string;
  readonly name: string;
  readonly file: string;
}

const answerSchema = z.object({ Username: z.string(), Secret: z.string() });

/** `docker-credential-NAME get`: the host on stdin, JSON on stdout. Source: "docker login", credential helper protocol. */
async function askHelper(
  question: HelperQuestion,
  options: LoginOptions,
): Promise<RegistryCredentials | undefined> {
  const { exitCode, output } = await runHelper(question, options);
  if (exitCode !== 0) {
    if (/credentials not found/i.test(output)) return undefined;
    throw failHelper(question, `ended with exit code ${exitCode}: ${output.trim().slice(0, 500)}`);
  }
  const answer = parseAnswer(output);
  // What it said is not quoted: it may hold the secret.
  if (answer === undefined) throw failHelper(question, 'did not answer with a login');
  if (answer.Username === '<token>') return { identityToken: answer.Secret };
  return { username: answer.Username, password: answer.Secret };
}

async function runHelper(
  question: HelperQuestion,
  { environment, signal }: LoginOptions,
): Promise<{ readonly exitCode: number; readonly output: string }> {
  const program = `docker-credential-${question.helper}`;
  if (!/^[\w.-]+$/.test(program)) throw failHelper(question, 'is not the name of a program');
  const chunks: Buffer[] = [];
  try {
    const { ended } = await startSubprocess(
      { file: program, arguments: ['get'], workingDirectory: dirname(question.file) },
      {
        environment,
        input: question.name,
        // Reasons come on either; a login on stdout only.
        onOutput: async (lines, source) => void (source === 'stdout' && chunks.push(lines)),
        stop: signal,
        stopTimeoutMs: 2000,
      },
    );
    const { exitCode } = await ended;
    return { exitCode, output: Buffer.concat(chunks).toString('utf8') };
  } catch (cause) {
    throw failHelper(question, (cause as Error).message, cause);
  }
}

function parseAnswer(output: string): z.output<typeof answerSchema> | undefined {
  try {
    return answerSchema.safeParse(JSON.parse(output)).data;
  } catch {
    return undefined;
  }
}

function failHelper({ helper, name, file }: HelperQuestion, reason: string, cause?: unknown): CliError {
  return new CliError(
    'LOGIN_UNREADABLE',
    `cannot get the login for ${name} from docker-credential-${helper}, which ${file} names: ${reason}; fix that, or take it out of the file and log in again`,
    { cause },
  );
}
