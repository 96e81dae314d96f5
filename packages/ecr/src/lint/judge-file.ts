/** Rules on one file of a layer: secrets, scripts with Windows line ends, files where SageMaker mounts its own. */

import type { FileFacts } from '@optml/image/layers';
import { type LintFinding, report } from './finding.ts';

/** Folders that SageMaker mounts over whatever the image has. */
const mounted = /^opt\/ml\/(?:input|model|output|checkpoints)(?:\/|$)/;

/** Packages bring examples, test keys and scripts of their own. */
const ofPackage = /(?:^|\/)(?:node_modules|site-packages|dist-packages)\//;

/** Judges what was found out about one file. */
export function judgeFile(file: FileFacts): readonly LintFinding[] {
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
