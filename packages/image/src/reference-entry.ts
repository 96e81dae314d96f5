/** Names of images and of the places where they are, as `@optml/image/reference`. */

export type { ImageLocation, ImageReference } from './image/reference.ts';
export { formatReference, isTag, parseImageLocation, parseReference } from './image/reference.ts';
