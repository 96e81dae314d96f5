/**
 * Draws docs/terminal.svg: what a terminal shows of a real run, in which the reference container is trained, served and
 * asked. Run it after the build, when what is printed has changed.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const container = fileURLToPath(new URL('../../container', import.meta.url));
const picture = new URL('../../../docs/terminal.svg', import.meta.url);

const columns = 112;
const [lineHeight, characterWidth, margin] = [18, 7.8, 16];

interface Line {
  readonly text: string;
  readonly kind: 'command' | 'note' | 'result';
}

const lines: Line[] = [];
const folder = await mkdtemp(join(tmpdir(), 'optml-'));
const project = join(folder, 'iris');
await cp(container, project, {
  recursive: true,
  filter: (path) => !/\/(?:node_modules|dist|\.optml|test|build)(?:\/|$)/.test(path.slice(container.length)),
});
await symlink(join(container, 'node_modules'), join(project, 'node_modules'));

try {
  await run('optml train --input training=data/iris/training --input validation=data/iris/validation');
  const server = start('optml serve');
  await once(server.stdout ?? server, 'data');
  await run('optml invoke --data 5.1,3.5,1.4,0.2');
  server.kill('SIGTERM');
  await once(server, 'close');
  await run('optml explain "did not pass the ping health check"');
  await writeFile(picture, draw());
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function run(command: string): Promise<void> {
  await once(start(command), 'close');
}

/** What is printed is kept line by line, without the folder that this script made. */
function start(command: string): ChildProcess {
  lines.push({ text: `$ ${command}`, kind: 'command' });
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)]
    .slice(1)
    .map(([, quoted, word]) => quoted ?? word ?? '');
  const child = spawn(process.execPath, [main, ...words], { cwd: project, env: { ...process.env, CI: '1' } });
  for (const [stream, kind] of [
    [child.stdout, 'result'],
    [child.stderr, 'note'],
  ] as const) {
    stream.on('data', (chunk: Buffer) => {
      const text = chunk.toString('utf8').replaceAll(project, '~/iris');
      for (const line of text.split('\n').filter((one) => one.trim() !== ''))
        lines.push({ text: line, kind });
    });
  }
  return child;
}

function draw(): string {
  const [width, height] = [columns * characterWidth + 2 * margin, lines.length * lineHeight + 2 * margin];
  const encode = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const cut = (text: string) => (text.length > columns ? `${text.slice(0, columns - 1)}…` : text);
  const colours = { command: '#7ee787', note: '#9198a1', result: '#f0f6fc' } as const;
  const rows = lines.map(
    ({ text, kind }, index) =>
      `<text x="${margin}" y="${margin + (index + 0.75) * lineHeight}" fill="${colours[kind]}" xml:space="preserve">${encode(cut(text))}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13">
<title>optml train, serve, invoke and explain in a terminal</title>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${rows.join('\n')}
</svg>
`;
}
