/** Reorders elements from Fortran's order, the first index running fastest, to C's, the last one. */

import { countElements, type ElementValues } from './nd-array.ts';

/** Gives a copy in C order; values of fewer than two dimensions are the same in both, and are given back. */
export function orderByRows(values: ElementValues, shape: readonly number[]): ElementValues {
  if (shape.length < 2) return values;
  const count = countElements(shape);
  const places = createPlaces(shape);
  const source = values as { readonly [index: number]: unknown };
  const ordered = values.slice() as unknown as Record<number, unknown>;
  for (let index = 0; index < count; index += 1) ordered[index] = source[places()];
  return ordered as unknown as ElementValues;
}

/** Walks the elements in C order and gives the place of each in Fortran's. */
function createPlaces(shape: readonly number[]): () => number {
  const strides: number[] = [];
  let stride = 1;
  for (const length of shape) {
    strides.push(stride);
    stride *= length;
  }
  const indexes = shape.map(() => 0);
  let next = 0;
  return () => {
    const place = next;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const step = strides[axis] ?? 0;
      const index = (indexes[axis] ?? 0) + 1;
      if (index < (shape[axis] ?? 0)) {
        indexes[axis] = index;
        next += step;
        break;
      }
      indexes[axis] = 0;
      next -= step * (index - 1);
    }
    return place;
  };
}
