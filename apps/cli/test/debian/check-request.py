"""Holds a request against botocore's model of the API: names, types, what is required, enums, patterns, lengths, ranges.

Usage: check-request.py OPERATION < request.json; prints what is wrong, a line each.
"""

import json
import re
import sys

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator



def check(shape, value, path):
    limits = shape.metadata
    if shape.type_name == "structure":
        for name, inner in value.items():
            if name in shape.members:
                yield from check(shape.members[name], inner, f"{path}.{name}")
    elif shape.type_name == "list":
        yield from check_size(limits, len(value), path)
        for index, inner in enumerate(value):
            yield from check(shape.member, inner, f"{path}[{index}]")
    elif shape.type_name == "map":
        yield from check_size(limits, len(value), path)
        for key, inner in value.items():
            yield from check(shape.key, key, f"{path} key")
            yield from check(shape.value, inner, f"{path}.{key}")
    elif shape.type_name == "string" and isinstance(value, str):
        yield from check_size(limits, len(value), path)
        if "pattern" in limits and not re.fullmatch(limits["pattern"], value):
            yield f"{path}: {value!r} does not match {limits['pattern']}"
        if "enum" in limits and value not in limits["enum"]:
            yield f"{path}: {value!r} is not one of the values"
    elif shape.type_name in ("integer", "long"):
        yield from check_size(limits, value, path)


def check_size(limits, size, path):
    if size > limits.get("max", size) or size < limits.get("min", size):
        yield f"{path}: {size} is not from {limits.get('min')} to {limits.get('max')}"


operation = sys.argv[1]
request = json.load(sys.stdin)
model = ServiceModel(Loader().load_service_model("sagemaker", "service-2"))
shape = model.operation_model(operation).input_shape
report = ParamValidator().validate(request, shape)
if report.has_errors():
    print(report.generate_report())
for line in check(shape, request, operation):
    print(line)
