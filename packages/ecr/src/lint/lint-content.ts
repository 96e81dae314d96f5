/** Rules on one file: secrets, native files for another processor, scripts with Windows line ends. */

import type { LayerFile, Platform } from '@optml/image';
import { type LintFinding, report } from './finding.ts';

/** Enough for an ELF header, a first line, and the beginning of a key. */
const headBytes = 4096;

/** Lints the name of a file, and its beginning where that tells. */
export async function lintContent(file: LayerFile, platform: Platform): Promise<readonly LintFinding[]> {
  const secret = findSecretName(file.path);
  // Only these can be decided by their beginning; the others are not read.
  const head = file.size > 0 ? await readHead(file) : Buffer.alloc(0);
  const findings: LintFinding[] = [];
  if (secret === 'certain' || (secret === 'by-content' && holdsSecret(head))) {
    findings.push(report('SECRET', `/${file.path} holds credentials`, file.path));
  }
  const machine = readMachine(head);
  if (machine !== undefined && machine !== platform.architecture) {
    findings.push(
      report(
        'NATIVE_ARCHITECTURE',
        `/${file.path} is for ${machine}, the image for ${platform.architecture}`,
        file.path,
      ),
    );
  }
  if (/^#![^\n]*\r\n/.test(head.toString('latin1'))) {
    findings.push(report('SCRIPT_CRLF', `/${file.path} has Windows line ends`, file.path));
  }
  return findings;
}

async function readHead(file: LayerFile): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of file.content()) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= headBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, headBytes);
}

/** Whether a path is where secrets are kept: always, or when its content looks like one. */
function findSecretName(path: string): 'certain' | 'by-content' | undefined {
  // Packages bring examples and test keys of their own.
  if (/(?:^|\/)(?:node_modules|site-packages|dist-packages)\//.test(path)) return undefined;
  if (/(?:^|\/)(?:\.env(?:\.(?!example$|sample$|template$)[\w-]+)?|\.netrc|\.git-credentials)$/.test(path))
    return 'certain';
  if (/(?:^|\/)\.aws\/credentials$|(?:^|\/)\.git\/(?:config|HEAD)$/.test(path)) return 'certain';
  if (
    /(?:^|\/)(?:\.npmrc|\.pypirc|\.yarnrc\.yml|\.docker\/config\.json|id_(?:rsa|ecdsa|ed25519)|[^/]+\.(?:pem|key|p8))$/.test(
      path,
    )
  )
    return 'by-content';
  return undefined;
}

/** A key, a token, or a password; not a public certificate, nor a setting that names a variable. */
function holdsSecret(head: Buffer): boolean {
  const text = head.toString('latin1');
  return (
    /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) ||
    /(?:_authToken|_auth|_password|npmAuthToken)["']?\s*[=:]\s*(?!["']?\$\{)["']?\S/.test(text) ||
    /^\s*password\s*[=:]\s*\S/m.test(text) ||
    /"auth"\s*:\s*"[^"]/.test(text)
  );
}

/** Go's words for the machines of the ELF specification that SageMaker or a laptop may have. */
const machines = new Map([
  [0x03, '386'],
  [0x28, 'arm'],
  [0x3e, 'amd64'],
  [0xb7, 'arm64'],
  [0xf3, 'riscv64'],
]);

/** The processor of a program or library; `undefined` for another kind of file, or one for any processor. */
function readMachine(head: Buffer): string | undefined {
  if (head.length >= 20 && head.readUInt32BE(0) === 0x7f454c46) {
    const machine = head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18);
    // Programs of the kernel's own machine have no processor to miss.
    return machine === 0xf7 || machine === 0 ? undefined : (machines.get(machine) ?? `machine ${machine}`);
  }
  return undefined;
}
