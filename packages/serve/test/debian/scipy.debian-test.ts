import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { readReply, startReadyServer } from '../start-server.ts';

/** Prints matrices as scipy saves them, and the sums of their rows as it counts them. */
const program = `
import base64, io, json
import numpy, scipy.sparse

def save(matrix, compressed):
    body = io.BytesIO()
    scipy.sparse.save_npz(body, matrix, compressed=compressed)
    return base64.b64encode(body.getvalue()).decode()

cases = []
for seed, (height, width) in enumerate([(1, 1), (5, 3), (3, 7), (200, 50)]):
    for dtype in ("f8", "f4", "i8", "i4", "u1", "?"):
        for format in ("csr", "csc", "coo", "bsr", "dia"):
            for compressed in (True, False):
                random = numpy.random.default_rng(seed)
                dense = (random.uniform(0, 9, (height, width)) * (random.uniform(0, 1, (height, width)) < 0.3)).astype(dtype)
                matrix = scipy.sparse.csr_matrix(dense).asformat(format)
                sums = dense.astype("f8").sum(axis=1).tolist()
                cases.append({"name": f"{format} {dtype} {height} x {width}", "body": save(matrix, compressed), "sums": sums})
print(json.dumps(cases))
`;

interface Case {
  readonly name: string;
  readonly body: string;
  readonly sums: readonly number[];
}

test('a sparse matrix that scipy has saved is the rows that scipy makes of it, or says how to save it', async () => {
  // Debian's packages belong to Debian's Python, whichever comes first in the path.
  const output = execFileSync('/usr/bin/python3', ['-c', program], { maxBuffer: 2 ** 30 });
  const cases = JSON.parse(output.toString()) as readonly Case[];
  const { invoke } = await startReadyServer('sums');

  for (const { name, body, sums } of cases) {
    const headers = { 'content-type': 'application/x-npz', accept: 'application/json' };
    const response = await invoke(Buffer.from(body, 'base64'), headers);

    if (/^(?:bsr|dia)/.test(name)) {
      const { error } = await readReply(response);
      expect([name, response.status, error.message]).toEqual([
        name,
        400,
        `the archive of a sparse matrix has the format ${name.slice(0, 3)}: save it as csr, csc or coo`,
      ]);
      continue;
    }
    const { predictions } = (await response.json()) as { readonly predictions: readonly number[] };
    expect([name, predictions.length]).toEqual([name, sums.length]);
    // numpy sums in pairs.
    for (const [row, sum] of sums.entries())
      expect(predictions[row], `${name}, row ${row}`).toBeCloseTo(sum, 4);
  }
  expect(cases).toHaveLength(240);
});
