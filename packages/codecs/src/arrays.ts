/** Arrays as numpy has them and lists as JSON has them, as `@optml/codecs/arrays`. */

export { isThenable, nameForeign } from './codec/name-foreign.ts';
export type { ElementType, ElementValues, NdArray } from './npy/nd-array.ts';
export { isNdArray, maximumListed } from './npy/nd-array.ts';
export type { ListOptions } from './npy/to-lists.ts';
export { toLists } from './npy/to-lists.ts';
export { toNdArray } from './npy/to-nd-array.ts';
export { callToJson, unpackValue } from './npy/unpack-value.ts';
