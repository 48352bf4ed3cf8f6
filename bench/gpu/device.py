"""What stands here: one JSON line with the device, the versions, and the FLOP/s of a large bfloat16 product."""
import importlib.util
import json
import time

import torch

gpu = torch.cuda.is_available()
size = 8192 if gpu else 1024
a = torch.randn(size, size, device="cuda" if gpu else "cpu").bfloat16()
best = 0.0
for _ in range(10):
    start = time.perf_counter()
    a @ a
    if gpu:
        torch.cuda.synchronize()
    best = max(best, 2 * size**3 / (time.perf_counter() - start))


def version(package):
    return importlib.import_module(package).__version__ if importlib.util.find_spec(package) else "not installed"


print(json.dumps({"gpu": gpu, "name": torch.cuda.get_device_name() if gpu else "processor (dry run)", "rate": best, "torch": torch.__version__,
                  "transformers": version("transformers"), "peft": version("peft")}))
