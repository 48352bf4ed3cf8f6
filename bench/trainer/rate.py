"""What this machine multiplies at best: FLOP/s of a product of two large matrices, each type, with the threads that both sides get."""
import json
import os
import time

import torch

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
rates = {}
for name, kind in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
    a, b, best = torch.randn(2048, 2048).to(kind), torch.randn(2048, 2048).to(kind), 0.0
    for _ in range(12):
        start = time.perf_counter()
        a @ b
        best = max(best, 2 * 2048**3 / (time.perf_counter() - start))
    rates[name] = best
print(json.dumps(rates))
