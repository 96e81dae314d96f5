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
/** A reader who has gone away (`| head`) is no reason to end a training. */
function tolerate<Stream extends NodeJS.WriteStream>(stream: Stream): Stream {
  return stream.listenerCount('error') > 0 ? stream : stream.on('error', () => {});
}

// Starts sooner the next time, wherever the cache can be written. The user's own folder: whoever can write there is
// the user, which is not so in the one for temporary files.
const { join } = process.getBuiltinModule('node:path');
process
  .getBuiltinModule('node:module')
  .enableCompileCache(
    process.env.NODE_COMPILE_CACHE ??
      join(
        process.env.XDG_CACHE_HOME || join(process.getBuiltinModule('node:os').homedir(), '.cache'),
        'optml',
        'compile-cache',
      ),
  );

try {
  const { run } = await import('./run.ts');
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
} catch (error) {
  process.stderr.write(
    `optml: this is a bug in optml, please report it\n${(error as Error)?.stack ?? error}\n`,
  );
  process.exitCode = 1;
}
