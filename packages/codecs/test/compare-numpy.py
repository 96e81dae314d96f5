"""Compares npyCodec and npzCodec with numpy, and csvCodec and readNumericCsv with pandas, in both directions.

Needs the package built, python3-numpy and python3-pandas: `run-python-checks.sh` brings them.
"""

import io
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import pandas

NODE = """
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { csvCodec, decodeNumericCsv, npyCodec, npzCodec } from './dist/index.js';
const [folder] = process.argv.slice(1);
const read = (name) => new Uint8Array(readFileSync(`${folder}/${name}`));
const spell = ({ type, shape, values }) => ({ type, shape, values: [...values].map(String) });
const spelled = {};
for (const name of readdirSync(folder)) {
  if (name.endsWith('.npy')) {
    const array = npyCodec.decode(read(name));
    spelled[name] = spell(array);
    writeFileSync(`${folder}/${name}.back`, npyCodec.encode(array));
  } else if (name.endsWith('.npz')) {
    const arrays = npzCodec.decode(read(name));
    spelled[name] = Object.fromEntries(Object.entries(arrays).map(([key, array]) => [key, spell(array)]));
    writeFileSync(`${folder}/${name}.back`, npzCodec.encode(arrays));
  } else if (name === 'refused') {
    try {
      npyCodec.decode(read(name));
    } catch (error) {
      spelled[name] = error.code;
    }
  }
}
const rows = csvCodec.decode(read('text.csv')).map(({ cells }) => cells);
writeFileSync(`${folder}/text.csv.back`, csvCodec.encode(rows));
const matrix = decodeNumericCsv(read('numbers.csv'));
spelled['text.csv'] = rows;
spelled['numbers.csv'] = [...matrix.values].map(String);
const matrixRows = Array.from({ length: matrix.rows }, (_, row) =>
  [...matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns)]);
writeFileSync(`${folder}/numbers.csv.back`, csvCodec.encode(matrixRows));
writeFileSync(`${folder}/lists.npy`, npyCodec.encode([[1.5, -2], [0.1, 4]]));
writeFileSync(`${folder}/texts.npz`, npzCodec.encode({ ids: ['a', 'é😀'], flags: [true, false] }));
writeFileSync(`${folder}/spelled`, JSON.stringify(spelled));
"""

NAMES = {"?": "bool", "U": "text", "S": "bytes"}


def make_arrays(random):
    """Every element type, byte order and order of elements, in shapes of 0 to 4 dimensions."""
    shapes = [(), (0,), (1,), (7,), (3, 4), (4, 0), (2, 3, 4), (1, 2, 1, 5)]
    for code in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "U5", "S3"):
        for order in "<>":
            for shape in shapes:
                yield make_array(random, numpy.dtype(code).newbyteorder(order), shape)
    yield numpy.array([[numpy.nan, numpy.inf], [-numpy.inf, -0.0]])
    yield numpy.array([2**63 - 1, -(2**63)])
    yield numpy.array([2**64 - 1], dtype="u8")


def make_array(random, dtype, shape):
    if dtype.kind == "U":
        return numpy.array(random.choice(["", "a", "é", "😀b", "abcde"], shape), dtype=dtype)
    if dtype.kind == "S":
        return numpy.array(random.choice([b"", b"a", b"abc"], shape), dtype=dtype)
    if dtype.kind == "f":
        return random.normal(0, 100, shape).astype(dtype)
    low, high = (0, 2) if dtype.kind == "b" else (numpy.iinfo(dtype).min, numpy.iinfo(dtype).max)
    return random.integers(low, high, shape, dtype=dtype.newbyteorder("=") if dtype.kind != "b" else "i8").astype(dtype)


def spell(array):
    """What Node says of an array, in Python's words."""
    kind = array.dtype.kind
    name = NAMES.get("?" if kind == "b" else kind) or array.dtype.newbyteorder("=").name
    return {"type": name, "shape": list(array.shape)}


def same(array, spelled):
    assert {key: spelled[key] for key in ("type", "shape")} == spell(array), (spelled, array)
    flat = array.flatten()
    if array.dtype.kind == "U":
        assert spelled["values"] == list(flat)
    elif array.dtype.kind == "S":
        assert spelled["values"] == [item.decode() for item in flat]
    elif array.dtype.kind == "f":
        # Infinity is what both languages read; the sign of zero is lost in JavaScript's text.
        assert numpy.array_equal(numpy.array([float(text) for text in spelled["values"]]), flat.astype("f8"), equal_nan=True)
    else:
        assert [int(text) for text in spelled["values"]] == [int(item) for item in flat]


def same_back(array, back):
    """Halves come back as the floats that hold them, bytes as text."""
    assert back.shape == array.shape
    if array.dtype.kind == "S":
        array = numpy.char.decode(array) if array.size else array.astype("U1")
    if array.dtype.kind == "f" and array.dtype.itemsize == 2:
        array = array.astype("f4")
    if array.dtype.kind != "U":
        assert back.dtype == array.dtype.newbyteorder("<"), (back.dtype, array.dtype)
    assert numpy.array_equal(back, array, equal_nan=array.dtype.kind == "f"), (array, back)
    if array.dtype.kind == "f":
        assert numpy.array_equal(numpy.signbit(back), numpy.signbit(array))


def main():
    random = numpy.random.default_rng(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    arrays = {f"{index}.npy": array for index, array in enumerate(make_arrays(random))}
    named = {"x": arrays["100.npy"], "group/y": arrays["120.npy"], "é": arrays["50.npy"]}
    texts = pandas.DataFrame([["a,b", 'say "x"', "line\nbreak"], ["", "é😀", " blank "], ["1", "NA", "#"]])
    numbers = pandas.DataFrame(random.normal(0, 1e3, (200, 7)))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        for index, (name, array) in enumerate(arrays.items()):
            written = numpy.asfortranarray(array) if index % 3 == 0 and array.ndim > 1 else array
            with open(path / name, "wb") as file:
                numpy.lib.format.write_array(file, written, version=((1, 0), (2, 0), (3, 0))[index % 3], allow_pickle=False)
        numpy.savez(path / "stored.npz", **named)
        numpy.savez_compressed(path / "deflated.npz", **named)
        numpy.save(path / "refused.npy", numpy.array([{}], dtype=object), allow_pickle=True)
        (path / "refused.npy").rename(path / "refused")
        texts.to_csv(path / "text.csv", header=False, index=False)
        numbers.to_csv(path / "numbers.csv", header=False, index=False)
        package = pathlib.Path(__file__).parent.parent
        subprocess.run(["node", "--input-type=module", "--eval", NODE, folder], cwd=package, check=True)
        spelled = json.loads((path / "spelled").read_text())
        for name, array in arrays.items():
            same(array, spelled[name])
            same_back(array, numpy.load(io.BytesIO((path / f"{name}.back").read_bytes()), allow_pickle=False))
        for name in ("stored.npz", "deflated.npz"):
            back = numpy.load(io.BytesIO((path / f"{name}.back").read_bytes()), allow_pickle=False)
            assert list(back) == list(named)
            for key, array in named.items():
                same(array, spelled[name][key])
                same_back(array, back[key])
        assert spelled["refused"] == "NPY_UNSUPPORTED"
        assert numpy.array_equal(numpy.load(path / "lists.npy", allow_pickle=False), [[1.5, -2], [0.1, 4]])
        made = numpy.load(path / "texts.npz", allow_pickle=False)
        assert made["ids"].tolist() == ["a", "é😀"] and made["flags"].tolist() == [True, False]
        assert spelled["text.csv"] == texts.values.tolist()
        assert [float(text) for text in spelled["numbers.csv"]] == numbers.values.flatten().tolist()
        read = dict(header=None, keep_default_na=False, dtype=str)
        assert pandas.read_csv(path / "text.csv.back", **read).values.tolist() == texts.values.tolist()
        exact = pandas.read_csv(path / "numbers.csv.back", header=None, float_precision="round_trip")
        assert exact.values.tolist() == numbers.values.tolist()
    print(f"{len(arrays)} arrays, 2 archives and 2 csv files are the same in both directions")


main()
