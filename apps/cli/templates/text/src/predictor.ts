/** The predictor: tells in which programming language a text is written. */

import { definePredictor } from '@optml/serve/predictor';
import { ModelOperations } from '@vscode/vscode-languagedetection';
import { z } from 'zod';

export default definePredictor({
  input: z.array(z.string()),
  output: z.array(z.object({ language: z.string().nullable(), confidence: z.number() })),
  // The model lies in the npm package, so there is nothing to train, and the image brings all that it needs.
  load: () => new ModelOperations({ minContentSize: 0 }),
  sample: () => [
    'import sys\n\ndef main():\n    print(sys.argv)\n\nif __name__ == "__main__":\n    main()\n',
  ],
  async predict(texts, { model }) {
    const predictions = [];
    for (const text of texts) {
      const [best] = await model.runModel(text);
      predictions.push({ language: best?.languageId ?? null, confidence: best?.confidence ?? 0 });
    }
    return predictions;
  },
  unload: (model) => model.dispose(),
});
