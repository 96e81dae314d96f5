/**
 * Lists what an image holds, in CycloneDX's JSON. Written by hand: the document is smaller than a library for it. The
 * same image gives the same bytes, so it has no time.
 */

import { createHash } from 'node:crypto';
import type { BundleReport } from '@optml/bundle';
import type { Platform } from '@optml/image';
import packageJson from '../../package.json' with { type: 'json' };
import type { BaseContents, SystemPackage } from './read-base-packages.ts';

/** What an image is made of. */
export interface ImageContents {
  readonly name: string;
  readonly digest: string;
  readonly platform: Platform;
  readonly report: BundleReport | undefined;
  /** The base as it was named, and what is known of it; `undefined` for an image from scratch. */
  readonly base: (BaseContents & { readonly name: string }) | undefined;
  /** The Node that an image from scratch got, and the files of this machine that it needs. */
  readonly node: { readonly version: string | undefined; readonly libraries: readonly string[] } | undefined;
}

interface Component {
  readonly type: 'application' | 'container' | 'file' | 'library' | 'operating-system';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly [field: string]: unknown;
}

/** Creates the document. Source: CycloneDX 1.6, "Bill of Materials Specification". */
export function createSbom(contents: ImageContents): object {
  const { name, digest, platform, base, report } = contents;
  const image: Component = {
    type: 'container',
    'bom-ref': 'image',
    name,
    version: digest,
    purl: `pkg:oci/${encodeURIComponent(name)}@${encodeURIComponent(digest)}?arch=${platform.architecture}`,
  };
  const own = [...describeNode(contents), ...(report === undefined ? [] : describePackages(report))];
  const ofBase = base === undefined ? [] : [...describeSystem(base)];
  const bases: Component[] = base === undefined ? [] : [describeBase(base)];
  const refs = (components: readonly Component[]) => components.map((component) => component['bom-ref']);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${deriveUuid(digest)}`,
    version: 1,
    metadata: {
      tools: { components: [{ type: 'application', name: packageJson.name, version: packageJson.version }] },
      component: image,
    },
    components: [...bases, ...own, ...ofBase],
    dependencies: [
      { ref: 'image', dependsOn: refs([...bases, ...own]) },
      ...(base === undefined ? [] : [{ ref: 'base', dependsOn: refs(ofBase) }]),
    ],
    compositions:
      base === undefined
        ? []
        : [{ aggregate: base.packages === undefined ? 'unknown' : 'incomplete', assemblies: ['base'] }],
  };
}

/** A UUID of version 8, made from the digest. Source: RFC 9562. */
function deriveUuid(digest: string): string {
  const hex = createHash('sha256').update(digest).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

function describeBase({ name, packages }: NonNullable<ImageContents['base']>): Component {
  const read = packages === undefined ? 'not read' : 'read';
  return { type: 'container', 'bom-ref': 'base', name, properties: [property('optml:packages', read)] };
}

function* describeNode({ node, base }: ImageContents): Generator<Component> {
  const version = node === undefined ? base?.nodeVersion : node.version;
  yield {
    type: 'application',
    'bom-ref': 'node',
    name: 'node',
    ...(version === undefined
      ? { properties: [property('optml:version', 'not read')] }
      : {
          version,
          purl: `pkg:generic/node@${version}`,
          cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
        }),
  };
  for (const path of node?.libraries ?? []) yield { type: 'file', 'bom-ref': `file:${path}`, name: path };
}

/** A package may be in the bundle and whole beside it, and in several copies; it is listed once. */
function describePackages({ bundled, carried }: BundleReport): readonly Component[] {
  const found = new Map<string, { component: Component; places: Set<string> }>();
  for (const [place, packages] of Object.entries({ bundled, carried })) {
    for (const { name, version, license } of packages) {
      const purl = `pkg:npm/${name.split('/').map(encodeURIComponent).join('/')}@${encodeURIComponent(version)}`;
      const [, group, bare] = /^(?:(@[^/]+)\/)?(.+)$/.exec(name) ?? [];
      const component: Component = {
        type: 'library',
        'bom-ref': purl,
        group,
        name: bare ?? name,
        version,
        licenses: license && [describeLicense(license)],
        purl,
      };
      const known = found.get(purl) ?? { component, places: new Set<string>() };
      known.places.add(place);
      found.set(purl, known);
    }
  }
  return [...found.values()].map(({ component, places }) => ({
    ...component,
    properties: [...places].map((place) => property('optml:place', place)),
  }));
}

/** An SPDX expression, or whatever else the package says of it. */
function describeLicense(license: string): object {
  const isExpression = /^[\w.+() -]+$/.test(license) && !/^(?:UNLICENSED$|SEE )/.test(license);
  return isExpression ? { expression: license } : { license: { name: license } };
}

function* describeSystem({ system, packages = [], packageType }: BaseContents): Generator<Component> {
  const { name: id = 'unknown', version } = system ?? {};
  if (system !== undefined) {
    yield { type: 'operating-system', 'bom-ref': 'system', name: id, version };
  }
  const distro = version === undefined ? id : `${id}-${version}`;
  for (const item of packages) {
    const purl = `pkg:${packageType}/${id}/${encodeURIComponent(item.name)}@${encodeURIComponent(item.version)}${describeQuery(item, distro)}`;
    yield { type: 'library', 'bom-ref': purl, name: item.name, version: item.version, purl };
  }
}

function describeQuery({ architecture }: SystemPackage, distro: string): string {
  return `?${architecture === undefined ? '' : `arch=${architecture}&`}distro=${encodeURIComponent(distro)}`;
}

function property(name: string, value: string) {
  return { name, value };
}
