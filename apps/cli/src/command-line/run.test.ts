import { expect, test } from 'vitest';
import { fixture, makeFolder, runOptml } from '../../test/run-optml.ts';
import { cliErrorCodes, exitCodes } from '../errors.ts';

test.each([['train'], ['serve'], ['invoke'], ['schema']])(
  'optml %s --help shows examples and the exit codes on stdout',
  async (name) => {
    const { code, out, err } = await runOptml([name, '--help']);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(new RegExp(`^Usage: optml ${name} \\[options\\]`));
    expect(out).toMatch(new RegExp(`Examples:\\n {2}\\$ optml ${name}\\b`));
    expect(out).toMatch(/Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 /);
  },
);

test('optml --help lists the commands', async () => {
  const { code, out } = await runOptml(['--help']);

  expect(code).toBe(0);
  expect(out).toMatch(/train .*\n {2}serve .*\n {2}dev .*\n {2}invoke .*\n {2}check .*\n {2}schema /);
});

test('optml --version prints the version alone', async () => {
  expect(await runOptml(['--version'])).toEqual({ code: 0, out: '0.1.0\n', err: '' });
});

test('optml alone shows the usage on stderr and exits 2', async () => {
  const { code, out, err } = await runOptml([]);

  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^Usage: optml [\s\S]*\noptml: no command given: see the usage above\n$/);
});

test.each([
  { argv: ['trian'], message: "unknown command 'trian' (Did you mean train?)" },
  { argv: ['train', '--jsn'], message: "unknown option '--jsn' (Did you mean --json?)" },
  { argv: ['predict'], message: `unknown command 'predict' (use "optml invoke")` },
  { argv: ['deploy'], message: `unknown command 'deploy' (use "optml publish")` },
  {
    argv: ['invoke', '--port', '9000'],
    message: "unknown option '--port' (use --url http://localhost:9000)",
  },
  {
    argv: ['invoke', '--port=9000'],
    message: "unknown option '--port=9000' (use --url http://localhost:9000)",
  },
  { argv: ['invoke', '-i', '@red.png'], message: "unknown option '-i' (use --file red.png)" },
  { argv: ['serve', '-p', '9000:8080'], message: "unknown option '-p' (use --port 9000)" },
  { argv: ['serve', '--host', '0.0.0.0'], message: /\(use --port alone: the address cannot be chosen\)/ },
  { argv: ['serve', '-e', 'A=1'], message: /\(use a variable in front: A=1 optml \.\.\.\)/ },
  { argv: ['build', '-t', 'iris:1'], message: "unknown option '-t' (use --tag 1)" },
  { argv: ['build', '--push'], message: `unknown option '--push' (use "optml publish")` },
  { argv: ['build', '--ouput', 'x'], message: "unknown option '--ouput' (Did you mean --output?)" },
  { argv: ['publish', '--profile', 'me'], message: /AWS_PROFILE=me optml/ },
  { argv: ['images', 'lint', '--arch', 'arm64'], message: /\(use --platform linux\/arm64\)/ },
  { argv: ['train', '--epochs', '3'], message: /write --hyperparameter epochs=3\)/ },
  { argv: ['train', '--hp', 'max_depth=3'], message: /\(use --hyperparameter max_depth=3\)/ },
  { argv: ['train', '--data', 'iris.csv'], message: /\(use --input training=iris.csv\)/ },
  {
    argv: ['train', 'data'],
    message: /Expected 0 arguments but got 1: data\. \(use --input training=data\)/,
  },
  { argv: ['invoke', 'rows.csv'], message: /\(use --file rows\.csv\)/ },
  { argv: ['build', '.'], message: /\(optml works on the project of the current folder\)/ },
  { argv: ['completion'], message: "missing required argument 'shell' (one of bash, zsh, fish)" },
  { argv: ['train', '--root'], message: "option '--root <dir>' argument missing" },
  { argv: ['train', 'training=data'], message: /^too many arguments for 'train'/ },
  { argv: ['train', '--'], message: 'nothing follows "--": give the command, or leave it out' },
  { argv: ['serve', '--port', '65536'], message: /'65536' is invalid\. Give a whole number from 0 to 65535/ },
  { argv: ['serve', '--port', '80a'], message: /'80a' is invalid/ },
  { argv: ['invoke', '--', 'x', 'y'], message: 'optml invoke runs no command: leave out "-- x y"' },
  { argv: ['schema', '--', 'x'], message: 'optml schema runs no command: leave out "-- x"' },
])('$argv is refused in one line with exit code 2', async ({ argv, message }) => {
  const { code, out, err } = await runOptml(argv);

  expect({ code, out }).toEqual({ code: 2, out: '' });
  const [, line] = /^optml: (.*)\n$/.exec(err) ?? [];
  if (typeof message === 'string') expect(line).toBe(message);
  else expect(line).toMatch(message);
});

test('with --json a usage error is an object on stdout too', async () => {
  const { code, out } = await runOptml(['train', '--json', '--nothing']);

  expect(code).toBe(2);
  expect(JSON.parse(out)).toEqual({
    ok: false,
    error: { code: 'USAGE', message: "unknown option '--nothing'", hint: 'see optml COMMAND --help' },
  });
});

test('--json after -- belongs to the command', async () => {
  const root = await makeFolder();

  const { out } = await runOptml(['train', '--root', root, ...fixture('fails', '3'), '--json']);

  expect(out).toBe('');
});

test('every error code has an exit code, and no other', () => {
  expect(Object.keys(exitCodes)).toEqual(cliErrorCodes);
});
