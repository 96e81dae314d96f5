/**
 * What tells one platform's files from another's, as `@optml/image/native`: a program that only copies files starts sooner
 * without registries and layers.
 */

export { createNativeFilter } from './native/create-native-filter.ts';
export { namesOtherPlatform, readNamedPlatform } from './native/named-platform.ts';
