/** Rules on the files of an image: one pass over the layers, then the programs that SageMaker starts and what they load. */

import { type Image, ImageError, type Layer } from '@optml/image';
import {
  createFileTree,
  type FileFacts,
  type FileTree,
  hasLayerFacts,
  readLayerFacts,
} from '@optml/image/layers';
import { type LintFinding, report } from './finding.ts';
import { lintNativeFiles } from './lint-native-files.ts';
import { lintPrograms } from './lint-programs.ts';

/** How layers are read. */
export interface LintFilesOptions {
  /** Keeps what was found in a layer, by its diff_id, so that it is read once; default `.optml/layers`. */
  readonly layerDirectory?: string | undefined;
  /**
   * Passes over layers that would have to be fetched, and those that cannot be read: then that is a warning, not an
   * error. Default false.
   */
  readonly allowUnread?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the pass found. */
export interface FileLint {
  readonly findings: readonly LintFinding[];
  /** Of all files, in bytes; `undefined` when a layer was not read. */
  readonly tarBytes: number | undefined;
}

/** Reads all layers, and judges the files of those that were added to a base, or of all where no base is known. */
export async function lintFiles(image: Image, options: LintFilesOptions): Promise<FileLint> {
  const hasBase = image.layers.some(({ kind }) => kind !== 'base');
  const tree = createFileTree<FileFacts>();
  const findings: LintFinding[] = [];
  const unread: Unread[] = [];
  let tarBytes = 0;
  for (const layer of image.layers) {
    const isOwn = !hasBase || layer.kind !== 'base';
    const judge = (file: FileFacts) => {
      if (file.type === 'file') tarBytes += file.size;
      if (isOwn) findings.push(...judgeFile(file));
    };
    const why = await addFacts(tree, layer, { ...options, judge });
    if (why !== undefined) unread.push({ isBase: hasBase && layer.kind === 'base', why });
  }
  if (unread.length > 0)
    return { findings: [...findings, reportUnread(unread, options)], tarBytes: undefined };
  const ofPrograms = lintPrograms(image, tree);
  findings.push(...ofPrograms.findings, ...lintNativeFiles(image, tree, ofPrograms.programs));
  return { findings, tarBytes };
}

/** Folders that SageMaker mounts over whatever the image has. */
const mounted = /^opt\/ml\/(?:input|model|output|checkpoints)(?:\/|$)/;

/** Packages bring examples, test keys and scripts of their own. */
const ofPackage = /(?:^|\/)(?:node_modules|site-packages|dist-packages)\//;

/** Rules on one file: secrets, scripts with Windows line ends, files where SageMaker mounts its own. */
function judgeFile(file: FileFacts): readonly LintFinding[] {
  const { path, type, size, interpreter, deletes } = file;
  if (type !== 'file' || deletes !== undefined) return [];
  const findings: LintFinding[] = [];
  if (mounted.test(path)) findings.push(report('OPT_ML_FILES', `/${path}, ${size} bytes`, path));
  if (ofPackage.test(path)) return findings;
  if (isSecret(file)) findings.push(report('SECRET', `/${path} holds credentials`, path));
  if (interpreter?.endsWith('\r'))
    findings.push(report('SCRIPT_CRLF', `/${path} has Windows line endings`, path));
  return findings;
}

/** By the name alone, or by a name that often holds none together with the content. */
function isSecret({ path, holdsCredentials }: FileFacts): boolean {
  if (/(?:^|\/)(?:\.env(?:\.(?!example$|sample$|template$)[\w-]+)?|\.netrc|\.git-credentials)$/.test(path))
    return true;
  if (/(?:^|\/)\.aws\/credentials$|(?:^|\/)\.git\/(?:config|HEAD)$/.test(path)) return true;
  return (
    holdsCredentials === true &&
    /(?:^|\/)(?:\.npmrc|\.pypirc|\.yarnrc\.yml|\.docker\/config\.json|id_(?:rsa|ecdsa|ed25519)|[^/]+\.(?:pem|key|p8))$/.test(
      path,
    )
  );
}

interface Unread {
  readonly isBase: boolean;
  readonly why: string;
}

/** Puts a layer on top of the tree; gives the reason when it cannot be read, and then nothing of it is in the tree. */
async function addFacts(
  tree: FileTree<FileFacts>,
  layer: Layer,
  options: LintFilesOptions & { readonly judge: (file: FileFacts) => void },
): Promise<string | undefined> {
  const { allowUnread = false, judge, signal } = options;
  // What was added here, or is in a file, costs no network.
  if (allowUnread && layer.origin !== undefined && !(await hasLayerFacts(layer, options)))
    return 'not fetched';
  try {
    await tree.addLayer(judgeEach(readLayerFacts(layer, options), judge));
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    // A layer that leads out of the image is a verdict of its own, and a full disk is not something that lint could allow.
    if (!(error instanceof ImageError) || !unreadable.test(error.code)) throw error;
    return error.message;
  }
}

/** While they pass: a layer may have a million files. */
async function* judgeEach(
  facts: AsyncIterable<FileFacts>,
  judge: (file: FileFacts) => void,
): AsyncGenerator<FileFacts> {
  for await (const file of facts) {
    judge(file);
    yield file;
  }
}

/** The registry or file does not give the layer. */
const unreadable = /^(?:REGISTRY_|ARCHIVE_|LAYOUT_|BLOB_)/;

function reportUnread(unread: readonly Unread[], { allowUnread = false }: LintFilesOptions): LintFinding {
  const layers = unread.length === 1 ? '1 layer' : `${unread.length} layers`;
  const of = unread.every(({ isBase }) => isBase) ? ' of the base' : '';
  const reasons = [...new Set(unread.map(({ why }) => why))];
  const finding = report('LAYER_UNREAD', `${layers}${of} not read (${reasons.slice(0, 3).join('; ')})`);
  return allowUnread ? { ...finding, severity: 'warning' } : finding;
}
