/** Another module of an author's. */
export { default } from '../programs/train-output.ts';
