/** The author's module: the same as without a bundle. */
export { default } from '../programs/mark-start.ts';
