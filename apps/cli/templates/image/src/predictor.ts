/** The predictor: takes an image and tells its size, its main colour and how bright it is. */

import { definePredictor, ServeError } from '@optml/serve/predictor';
import sharp from 'sharp';
import { z } from 'zod';

/** The most pixels of an image: a small file can unpack to gigabytes. */
const maximumPixels = 50_000_000;

export default definePredictor({
  input: z.instanceof(Uint8Array),
  output: z.object({
    format: z.string(),
    width: z.number(),
    height: z.number(),
    /** As in `#c08040`. */
    color: z.string(),
    /** 0 for black to 1 for white. */
    brightness: z.number(),
  }),
  load() {
    // The server runs a worker for each CPU: more threads in each would only get in one another's way.
    sharp.concurrency(1);
    return undefined;
  },
  async predict(bytes) {
    try {
      const image = sharp(bytes, { limitInputPixels: maximumPixels });
      const { format, width, height } = await image.metadata();
      const { dominant, channels } = await image.toColorspace('srgb').stats();
      const { r, g, b } = dominant;
      const color = `#${[r, g, b].map((value) => value.toString(16).padStart(2, '0')).join('')}`;
      const means = channels.slice(0, 3).map(({ mean }) => mean / 255);
      const brightness = means.reduce((sum, mean) => sum + mean, 0) / means.length;
      return { format, width, height, color, brightness };
    } catch (cause) {
      throw new ServeError(
        'INPUT_INVALID',
        `the body is not an image that can be read: ${(cause as Error).message}`,
        {
          cause,
        },
      );
    }
  },
});
