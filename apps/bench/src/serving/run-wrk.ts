/** Loads a server with wrk, Debian's package, which is installed when it is missing. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installPackages } from './install-packages.ts';

const run = promisify(execFile);

export interface Load {
  readonly connections: number;
  readonly seconds: number;
  readonly contentType?: string;
  readonly body?: string;
}

/** What wrk saw. */
export interface LoadFigures {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx and 3xx, and connections that failed. */
  readonly failures: number;
}

/** Sends the same invocation over and over, on one thread. */
export async function runWrk(url: string, load: Load): Promise<LoadFigures> {
  const { connections, seconds, contentType = 'text/csv', body = '5.1,3.5,1.4,0.2\n' } = load;
  await installPackages('wrk');
  const folder = await mkdtemp(join(tmpdir(), 'optml-wrk-'));
  const script = join(folder, 'post.lua');
  try {
    await writeFile(script, writeScript(contentType, body));
    const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', script];
    const { stdout } = await run('wrk', [...options, `${url}/invocations`]);
    return parseFigures(stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** wrk's own report rounds; Lua gives the figures themselves. */
function writeScript(contentType: string, body: string): string {
  return `
wrk.method = "POST"
wrk.body = ${JSON.stringify(body)}
wrk.headers["Content-Type"] = ${JSON.stringify(contentType)}
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("FIGURES %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
`;
}

function parseFigures(text: string): LoadFigures {
  const figures = /^FIGURES (\d+) (\d+) (\d+) (\d+) (\d+)$/m.exec(text)?.slice(1).map(Number);
  if (figures === undefined) throw new Error(`wrk gave no figures:\n${text}`);
  const [requests = 0, durationUs = 1, p50Us = 0, p99Us = 0, failures = 0] = figures;
  return {
    requests,
    requestsPerSecond: (requests / durationUs) * 1e6,
    p50Ms: p50Us / 1e3,
    p99Ms: p99Us / 1e3,
    failures,
  };
}
