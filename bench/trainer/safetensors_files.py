"""safetensors files by hand, a tensor at a time, with numpy alone: bfloat16 is kept as the upper half of a float32."""
import json
import struct

import numpy

TYPES = {"F32": numpy.float32, "BF16": numpy.uint16, "F16": numpy.float16, "I32": numpy.int32, "I64": numpy.int64}


def write(path, tensors):
    """tensors: (name, shape, type name, function that makes the numbers) in order; one is in memory at a time."""
    header, at = {}, 0
    for name, shape, kind, _ in tensors:
        size = int(numpy.prod(shape)) * numpy.dtype(TYPES[kind]).itemsize
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, _, make in tensors:
            file.write(make().tobytes())


def read(path):
    """Name -> array; bfloat16 comes back as float32."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        start, data = file.tell(), {}
        for name, entry in header.items():
            if name != "__metadata__":
                begin, end = entry["data_offsets"]
                file.seek(start + begin)
                numbers = numpy.frombuffer(bytearray(file.read(end - begin)), TYPES[entry["dtype"]]).reshape(entry["shape"])
                data[name] = wide(numbers) if entry["dtype"] == "BF16" else numbers
        return data


def bfloat16(x):
    """float32 -> upper halves, rounded to nearest even."""
    bits = x.astype(numpy.float32).view(numpy.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(numpy.uint16)


def wide(halves):
    return (halves.astype(numpy.uint32) << 16).view(numpy.float32)
