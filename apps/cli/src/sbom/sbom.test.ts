/** `optml build --sbom` from outside: what the image holds, by the official schema. */

import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { buildImage, type LayerEntry, writeLayout } from '@optml/image';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { expect, test } from 'vitest';
import { makeProjectOf } from '../../test/make-project.ts';
import { makeFolder, runOptml } from '../../test/run-optml.ts';

const require = createRequire(import.meta.url);
const schemas = join(dirname(require.resolve('@cyclonedx/cyclonedx-library/package.json')), 'res/schema');

let compiled: Promise<ValidateFunction> | undefined;

async function findSchemaErrors(document: object): Promise<unknown> {
  // Takes longer than a build.
  compiled ??= compileSchema();
  const validate = await compiled;
  validate(document);
  return validate.errors;
}

async function compileSchema(): Promise<ValidateFunction> {
  const ajv = new Ajv({ strict: false, formats: { 'idn-email': true, 'iri-reference': true } });
  formats.default(ajv);
  const [bom, ...others] = await Promise.all(
    ['bom-1.6', 'spdx', 'jsf-0.82'].map(async (name) =>
      JSON.parse(await readFile(join(schemas, `${name}.SNAPSHOT.schema.json`), 'utf8')),
    ),
  );
  for (const schema of others)
    ajv.addSchema(schema, schema.$id.replace('.schema.json', '.SNAPSHOT.schema.json'));
  return ajv.compile(bom);
}

interface Sbom {
  readonly serialNumber: string;
  readonly metadata: { readonly component: { readonly version: string } };
  readonly components: readonly {
    readonly type: string;
    readonly name: string;
    readonly purl?: string;
    readonly properties?: readonly { readonly value: string }[];
  }[];
  readonly compositions: readonly { readonly aggregate: string }[];
}

/** A base of these files. */
async function makeBase(...layers: Readonly<Record<string, string>>[]): Promise<string> {
  const folder = await makeFolder();
  const toEntry = ([path, text]: readonly [string, string]): LayerEntry => {
    const content = Buffer.from(text);
    return { path, type: 'file', mode: 0o644, size: content.length, content };
  };
  const image = await buildImage({
    platform: { os: 'linux', architecture: 'amd64' },
    layers: layers.map((files) => ({
      kind: 'base' as const,
      files: [],
      entries: Object.entries(files).map(toEntry),
    })),
    layerDirectory: join(folder, 'layers'),
  });
  await writeLayout(image, { path: join(folder, 'base') });
  return `oci:${join(folder, 'base')}`;
}

/** A project whose predictor uses a package that is bundled, and one that is carried for the file beside its code. */
async function makeProject(layout: 'npm' | 'pnpm'): Promise<string> {
  const folder = await makeProjectOf('function');
  const packages = {
    '@math/plus': {
      'package.json':
        '{"name": "@math/plus", "version": "1.2.3", "license": "MIT", "type": "module", "exports": "./index.js"}',
      'index.js': 'export const plus = (a, b) => a + b;',
    },
    words: {
      'package.json': '{"name": "words", "version": "4.0.0-rc.1", "license": "SEE LICENSE IN words.txt"}',
      'index.js': "exports.read = () => require('node:fs').readFileSync(__dirname + '/words.txt', 'utf8');",
      'words.txt': 'one two',
    },
  };
  for (const [name, files] of Object.entries(packages)) {
    const link = join(folder, 'node_modules', name);
    const store = join(folder, `node_modules/.pnpm/${name.replace('/', '+')}@1/node_modules`, name);
    const place = layout === 'npm' ? link : store;
    await mkdir(place, { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(join(place, file), text);
    await mkdir(dirname(link), { recursive: true });
    if (layout === 'pnpm') await symlink(store, link);
  }
  const predictor = join(folder, 'src/predictor.ts');
  await writeFile(
    predictor,
    `import { plus } from '@math/plus';\nimport { read } from 'words';\nconsole.assert(plus(1, 1) === 2 && read());\n${await readFile(predictor, 'utf8')}`,
  );
  return folder;
}

async function build(folder: string, base: string, ...words: string[]) {
  const outcome = await runOptml(['build', '--base', base, '--json', '--sbom', 'out/sbom.json', ...words], {
    workingDirectory: folder,
  });
  expect(outcome).toMatchObject({ code: 0 });
  const text = await readFile(join(folder, 'out/sbom.json'), 'utf8');
  return { text, sbom: JSON.parse(text) as Sbom, digest: JSON.parse(outcome.out).data.digest as string };
}

const dpkg = `Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u4
Description: GNU C Library
 Version: of a description

Package: gone
Status: deinstall ok config-files
Version: 1.0
`;
const debian = {
  'var/lib/dpkg/status': dpkg,
  'etc/os-release': 'NAME="Debian"\nID=debian\nVERSION_ID="12"\n',
  'usr/local/include/node/node_version.h':
    '#define NODE_MAJOR_VERSION 24\n#define NODE_MINOR_VERSION 1\n#define NODE_PATCH_VERSION 2\n',
};

test.each(['npm', 'pnpm'] as const)(
  'packages that were bundled and carried, Node and the base are listed (%s)',
  async (layout) => {
    const folder = await makeProject(layout);
    const base = await makeBase({ ...debian, 'var/lib/dpkg/status': '' }, debian);

    const { sbom, text, digest } = await build(folder, base);
    const again = await build(folder, base);

    expect(await findSchemaErrors(sbom)).toBeNull();
    const places = new Map(sbom.components.map(({ purl, properties }) => [purl, properties?.[0]?.value]));
    expect(places.get('pkg:npm/%40math/plus@1.2.3')).toBe('bundled');
    expect(places.get('pkg:npm/words@4.0.0-rc.1')).toBe('carried');
    expect([...places.keys()]).toEqual(
      expect.arrayContaining([
        'pkg:generic/node@24.1.2',
        'pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12',
      ]),
    );
    expect([...places.keys()].join()).not.toContain('gone');
    expect(sbom.components).toContainEqual(
      expect.objectContaining({
        name: 'words',
        licenses: [{ license: { name: 'SEE LICENSE IN words.txt' } }],
      }),
    );
    expect(sbom.metadata.component.version).toBe(digest);
    expect(again.text).toBe(text);
  },
);

test.each([
  [
    'Alpine',
    {
      'lib/apk/db/installed': 'C:Q1\nP:musl\nV:1.2.5-r9\nA:x86_64\n\nP:zlib\nV:1.3-r2\n',
      'etc/os-release': 'ID=alpine\n',
    },
    ['pkg:apk/alpine/musl@1.2.5-r9?arch=x86_64&distro=alpine', 'pkg:apk/alpine/zlib@1.3-r2?distro=alpine'],
    'incomplete',
  ],
  [
    'distroless',
    {
      'var/lib/dpkg/status.d/base': 'Package: base-files\nVersion: 12.4\n',
      'var/lib/dpkg/status.d/base.md5sums': 'Package: none\nVersion: 1\n',
      'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
    },
    ['pkg:deb/debian/base-files@12.4?distro=debian-12'],
    'incomplete',
  ],
  ['a base without records', { 'etc/base': 'x' }, [], 'unknown'],
])('the packages of %s are read, or said not to be', async (_, files, expected, aggregate) => {
  const folder = await makeProjectOf('function');

  const { sbom } = await build(folder, await makeBase(files as Readonly<Record<string, string>>));

  expect(await findSchemaErrors(sbom)).toBeNull();
  const purls = sbom.components.map(({ purl = '' }) => purl);
  expect(purls.filter((purl) => /^pkg:(deb|apk)/.test(purl))).toEqual(expected);
  expect(sbom.compositions).toEqual([{ aggregate, assemblies: ['base'] }]);
  const read = aggregate === 'unknown' ? 'not read' : 'read';
  expect(sbom.components[0]).toMatchObject({
    name: expect.stringMatching(/^oci:/),
    properties: [{ value: read }],
  });
});

test('of an image from scratch, Node and the libraries that came with it are listed', async () => {
  const folder = await makeProjectOf('function');

  const { sbom } = await build(folder, 'scratch');

  expect(await findSchemaErrors(sbom)).toBeNull();
  expect(sbom.components).toContainEqual(
    expect.objectContaining({ name: 'node', purl: `pkg:generic/node@${process.versions.node}` }),
  );
  expect(sbom.components.filter(({ type }) => type === 'file').map(({ name }) => name)).toContainEqual(
    expect.stringMatching(/\/libc\.so\.6$/),
  );
});

test.each([
  ['.optml/image/sbom.json', 2, /--sbom names .*\.optml\/image\/sbom\.json, which the image is written to/],
  ['src', 2, /\(--sbom\): .*src is a folder, not a file: choose another path/],
  [
    'package.json',
    2,
    /\(--sbom\): .*package\.json is a file already, and not a CycloneDX list: choose another path/,
  ],
  ['package.json/sbom.json', 1, /\(--sbom\): .*: a part of the path is a file, not a folder/],
])('--sbom %s is refused', async (file, code, says) => {
  const folder = await makeProjectOf('function');
  await cp(join(folder, 'src'), join(folder, 'copy'), { recursive: true });
  await writeFile(
    join(folder, 'package.json'),
    '{"name": "function", "type": "module", "optml": {"image": {"files": [{"from": "src", "to": "/app/src"}]}}}',
  );

  const outcome = await runOptml(['build', '--base', await makeBase({}), '--sbom', file], {
    workingDirectory: folder,
  });

  expect(outcome).toMatchObject({ code, err: expect.stringMatching(says) });
});
