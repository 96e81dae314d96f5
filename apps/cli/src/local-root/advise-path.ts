/** Says how to get data that is not on this machine, in commands that work as they are written. */

import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quoteWord } from '../terminal/quote-word.ts';

/** Advises what to give instead of `typed` for a channel; `undefined` when `typed` is not a URL. */
export function advisePath(channel: string, typed: string): string | undefined {
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]+):\/\/?(.*)$/is.exec(typed) ?? [];
  const advise = (folder: string, how: string) =>
    `optml does not download data: ${how}, then give --input ${quoteWord(`${channel}=${folder}`)}`;
  switch (scheme?.toLowerCase()) {
    case undefined:
      return undefined;
    case 'file':
      return adviseFile(channel, typed);
    case 's3':
    case 's3a':
    case 's3n': {
      if (rest === '' || rest.startsWith('/')) return 'the URL names no bucket: give a file or a folder';
      const folder = `${channel}-from-s3`;
      return advise(folder, `copy it first, ${copyFromS3(`s3://${rest}`, folder)}`);
    }
    case 'http':
    case 'https': {
      const folder = `${channel}-from-web`;
      const file = `${folder}/${basename(rest.replace(/[?#].*$/, '')) || 'data'}`;
      return advise(
        folder,
        `download it first with "curl -fL --create-dirs -o ${quoteWord(file)} ${quoteWord(typed)}"`,
      );
    }
    default:
      return 'optml does not download data: copy it to this machine, then give the path of the copy';
  }
}

/** Only S3 knows whether the name is of an object or begins those of several. */
function copyFromS3(url: string, folder: string): string {
  const folderOf = `"aws s3 sync ${quoteWord(url)} ${quoteWord(folder)}"`;
  if (url.endsWith('/') || !url.slice('s3://'.length).includes('/')) return `with ${folderOf}`;
  return `a folder with ${folderOf}, a single object with "aws s3 cp ${quoteWord(url)} ${quoteWord(`${folder}/`)}"`;
}

function adviseFile(channel: string, typed: string): string {
  try {
    return `give the path instead: --input ${quoteWord(`${channel}=${fileURLToPath(typed)}`)}`;
  } catch {
    return 'the URL names no file of this machine: give a path';
  }
}
