#!/usr/bin/env node
/** The process of `optml`: hands over arguments, streams and signals, and sets the exit code. */

// Imports nothing and is written in old syntax: an older Node has to get as far as its message.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `optml: needs Node 22.18 or newer, and ${process.execPath} is Node ${process.versions.node}: get one from https://nodejs.org or a version manager ("nvm install 24"), or for this project alone with "npm install --save-dev node@24"\n`,
  );
  process.exit(2);
}

const stop = new AbortController();
const kill = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => (stop.signal.aborted ? kill : stop).abort());
}
/**
 * A reader who has gone away (`| head`) has read what it wanted: nothing ends or fails by that, so that scripts with
 * `pipefail` go on. A result that a full disk does not take is a failure at the end.
 */
let unwritten: Error | undefined;
/** Until the command has ended by itself: modules of the project run in this process, too. */
let isRunning = true;
function tolerate<Stream extends NodeJS.WriteStream>(stream: Stream): Stream {
  if (stream.listenerCount('error') > 0) return stream;
  if (process.env.CI && process.env.CI !== 'false') Object.defineProperty(stream, 'isTTY', { value: false });
  return stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && stream === (process.stdout as NodeJS.WriteStream)) unwritten ??= error;
  });
}
// Node prints what was thrown.
process.on('uncaughtExceptionMonitor', () => {
  isRunning = false;
});
process.on('exit', (code) => {
  if (isRunning) {
    const why = 'a module of the project calls process.exit, or waits for a promise that does not settle';
    process.stderr.write(`optml: ended before it was done (exit code ${code}): ${why}\n`);
    process.exitCode = 1;
  }
  if (unwritten === undefined) return;
  process.stderr.write(`optml: the result could not be written: ${unwritten.message}\n`);
  process.exitCode ||= 1;
});

/** Reads what is often asked for and known when optml is built: working it out would take as long as Node's own start. */
function readPrepared(words: readonly string[]): Buffer | undefined {
  const [word = ''] = words;
  const names: Readonly<Record<string, string>> = {
    '--help': 'help.txt',
    '-h': 'help.txt',
    '--version': 'version.txt',
    '-V': 'version.txt',
  };
  const name = words.length === 1 ? names[word] : undefined;
  if (name === undefined) return undefined;
  try {
    return process.getBuiltinModule('node:fs').readFileSync(new URL(name, import.meta.url));
  } catch {
    // Only a build has these files.
    return undefined;
  }
}

async function runCommand(): Promise<void> {
  // Starts sooner the next time, if the cache can be written. It lies in the user's own folder: others can write to the
  // one for temporary files.
  const { join } = process.getBuiltinModule('node:path');
  process
    .getBuiltinModule('node:module')
    .enableCompileCache(
      process.env.NODE_COMPILE_CACHE ||
        join(
          process.env.XDG_CACHE_HOME || join(process.getBuiltinModule('node:os').homedir(), '.cache'),
          'optml',
          'compile-cache',
        ),
    );
  const { run } = await import('./command-line/run.ts');
  process.exitCode = await run(process.argv.slice(2), {
    // Each takes a millisecond or two to make, and most runs use one of them.
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return tolerate(process.stdout);
    },
    get stderr() {
      return tolerate(process.stderr);
    },
    environment: process.env,
    workingDirectory: process.cwd(),
    stop: stop.signal,
    kill: kill.signal,
  });
}

try {
  const prepared = readPrepared(process.argv.slice(2));
  if (prepared === undefined) await runCommand();
  else tolerate(process.stdout).write(prepared);
} catch (error) {
  process.stderr.write(
    `optml: this is a bug in optml, please report it\n${(error as Error)?.stack ?? error}\n`,
  );
  process.exitCode = 1;
}
isRunning = false;
