"""Compares recordIoProtobufCodec with Google's protobuf, in both directions, over random records.

Needs the package built and python3-protobuf installed: `python3 test/compare-protobuf.py [seed]`.
"""

import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

RECORDS = 3000
MAGIC = struct.pack("<I", 0xCED7230A)
TENSORS = {"float32_tensor": "Float32Tensor", "float64_tensor": "Float64Tensor", "int32_tensor": "Int32Tensor"}
Field = descriptor_pb2.FieldDescriptorProto

NODE = """
import { readFileSync, writeFileSync } from 'node:fs';
import { recordIoProtobufCodec } from './dist/index.js';
const [folder] = process.argv.slice(1);
const records = recordIoProtobufCodec.decode(new Uint8Array(readFileSync(folder + '/python')));
const spell = (key, value) => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (ArrayBuffer.isView(value)) return { [value.constructor.name]: [...value].map(String) };
  return value;
};
writeFileSync(folder + '/decoded', JSON.stringify(records, spell));
writeFileSync(folder + '/node', recordIoProtobufCodec.encode(records));
"""


def build_record(packed):
    """The message class of aialgs.data.Record, as AWS describes it; without packing, as others may write it."""
    file = descriptor_pb2.FileDescriptorProto(name=f"record-{packed}.proto", package="aialgs.data", syntax="proto2")

    def add(message, name, number, kind, label=Field.LABEL_OPTIONAL, type_name=None, oneof=None):
        field = message.field.add(name=name, number=number, type=kind, label=label)
        if type_name:
            field.type_name = type_name
        if oneof is not None:
            field.oneof_index = oneof
        if label == Field.LABEL_REPEATED and kind in (Field.TYPE_FLOAT, Field.TYPE_DOUBLE, Field.TYPE_INT32, Field.TYPE_UINT64):
            field.options.packed = packed

    for name, kind in (("Float32Tensor", Field.TYPE_FLOAT), ("Float64Tensor", Field.TYPE_DOUBLE), ("Int32Tensor", Field.TYPE_INT32)):
        tensor = file.message_type.add(name=name)
        add(tensor, "values", 1, kind, Field.LABEL_REPEATED)
        add(tensor, "keys", 2, Field.TYPE_UINT64, Field.LABEL_REPEATED)
        add(tensor, "shape", 3, Field.TYPE_UINT64, Field.LABEL_REPEATED)
    blob = file.message_type.add(name="Bytes")
    add(blob, "value", 1, Field.TYPE_BYTES, Field.LABEL_REPEATED)
    add(blob, "content_type", 2, Field.TYPE_STRING)
    value = file.message_type.add(name="Value")
    value.oneof_decl.add(name="value")
    for number, name, kind in ((2, "float32_tensor", "Float32Tensor"), (3, "float64_tensor", "Float64Tensor"), (7, "int32_tensor", "Int32Tensor"), (9, "bytes", "Bytes")):
        add(value, name, number, Field.TYPE_MESSAGE, type_name=f".aialgs.data.{kind}", oneof=0)
    record = file.message_type.add(name="Record")
    for number, name in ((1, "features"), (2, "label")):
        entry = record.nested_type.add(name=f"{name.capitalize()}Entry")
        entry.options.map_entry = True
        add(entry, "key", 1, Field.TYPE_STRING)
        add(entry, "value", 2, Field.TYPE_MESSAGE, type_name=".aialgs.data.Value")
        add(record, name, number, Field.TYPE_MESSAGE, Field.LABEL_REPEATED, f".aialgs.data.Record.{entry.name}")
    for number, name in ((3, "uid"), (4, "metadata"), (5, "configuration")):
        add(record, name, number, Field.TYPE_STRING)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    descriptor = pool.FindMessageTypeByName("aialgs.data.Record")
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


def fill(value):
    kind = random.choice([*TENSORS, "bytes"])
    if kind == "bytes":
        value.bytes.value.extend(random.randbytes(random.randrange(20)) for _ in range(random.randrange(3)))
        value.bytes.SetInParent()
        if random.random() < 0.5:
            value.bytes.content_type = random.choice(["image/png", "é", ""])
        return
    tensor = getattr(value, kind)
    tensor.SetInParent()
    count = random.choice([0, 1, 2, 10, 300])
    tensor.values.extend(random.randint(-2**31, 2**31 - 1) if kind.startswith("int") else random.gauss(0, 1e3) for _ in range(count))
    if count and random.random() < 0.5:
        size = random.choice([count, 1000, 2**40])
        tensor.keys.extend(random.randrange(size) for _ in range(count))
        tensor.shape.append(size)
    elif random.random() < 0.3:
        tensor.shape.extend([count, 1])


def spell(value):
    kind = value.WhichOneof("value")
    if kind == "bytes":
        spelled = {"bytes": [part.hex() for part in value.bytes.value]}
        return {**spelled, "contentType": value.bytes.content_type} if value.bytes.HasField("content_type") else spelled
    tensor = getattr(value, kind)
    spelled = {"values": (TENSORS[kind].replace("Tensor", "Array"), list(tensor.values))}
    if tensor.keys:
        spelled["keys"] = ("Float64Array", list(tensor.keys))
    if tensor.shape:
        spelled["shape"] = list(tensor.shape)
    return spelled


def spell_record(record):
    spelled = {name: {key: spell(value) for key, value in getattr(record, name).items()} for name in ("features", "label")}
    return {**spelled, **{name: getattr(record, name) for name in ("uid", "metadata", "configuration") if record.HasField(name)}}


def normalize(value):
    """What Node spelled, with its numbers read by Python."""
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)).endswith("Array"):
        (name, numbers), = value.items()
        return (name, [float(number) for number in numbers])
    if isinstance(value, dict):
        return {key: normalize(inner) for key, inner in value.items()}
    return [normalize(inner) for inner in value] if isinstance(value, list) else value


def frame(payload):
    assert MAGIC not in payload, "choose another seed"
    return MAGIC + struct.pack("<I", len(payload)) + payload + b"\0" * (-len(payload) % 4)


def read_frames(body):
    at = 0
    while at < len(body):
        magic, length = struct.unpack_from("<II", body, at)
        assert magic == 0xCED7230A and length < 2**29
        yield body[at + 8 : at + 8 + length]
        at += 8 + length + -length % 4


def main():
    random.seed(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    classes = [build_record(packed) for packed in (True, False)]
    written = []
    for index in range(RECORDS):
        record = classes[index % 2]()
        for name in ("features", "label"):
            for key in random.sample(["values", "", "__proto__", "é", "image"], random.randrange(3)):
                fill(getattr(record, name)[key])
        for name in ("uid", "metadata", "configuration"):
            if random.random() < 0.2:
                setattr(record, name, random.choice(["", "a", "é😀"]))
        written.append(record)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        path.joinpath("python").write_bytes(b"".join(frame(record.SerializeToString()) for record in written))
        package = pathlib.Path(__file__).parent.parent
        subprocess.run(["node", "--input-type=module", "--eval", NODE, folder], cwd=package, check=True)
        decoded = json.loads(path.joinpath("decoded").read_text())
        encoded = [classes[0].FromString(payload) for payload in read_frames(path.joinpath("node").read_bytes())]
    assert len(decoded) == len(encoded) == RECORDS
    for record, value, back in zip(written, decoded, encoded):
        # A tensor without values but with a shape is read as a sparse one that is all zero.
        expected = spell_record(record)
        for name in ("features", "label"):
            for tensor in expected[name].values():
                if "values" in tensor and not tensor["values"][1] and 0 not in tensor.get("shape", [0]):
                    tensor["keys"] = ("Float64Array", [])
        assert normalize(value) == expected, (value, expected)
        assert spell_record(back) == spell_record(record), (back, record)
    print(f"{RECORDS} records are the same in both directions")


main()
