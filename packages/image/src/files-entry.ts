/** Files and folders that are written to, as `@optml/image/files`: who writes one need not load what reads images. */

export {
  assertArchivePlace,
  assertLayoutPlace,
  assertReplaceable,
  type Replaceable,
} from './files/assert-place.ts';
export { createFolder } from './files/create-folder.ts';
export { replaceFile } from './files/write-whole.ts';
