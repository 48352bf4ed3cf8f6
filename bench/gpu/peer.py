"""The same step with transformers and PEFT: rows of one sequence, bfloat16 products, torch.optim.AdamW.

    python3 peer.py MODEL_FOLDER SHARD.safetensors METHOD STEPS ROWS MICRO CONTEXT keep|recompute

METHOD lora freezes the base in bfloat16; full trains float32 weights under autocast. Prints one JSON line.
"""
import json
import pathlib
import sys
import time

import torch
from transformers import AutoModelForCausalLM

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "trainer"))
import safetensors_files


def load(folder, method, activations, device):
    model = AutoModelForCausalLM.from_pretrained(folder, torch_dtype=torch.bfloat16 if method == "lora" else torch.float32).to(device)
    model.config.use_cache = False
    if activations == "recompute":
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    if method == "full":
        return model
    from peft import LoraConfig, get_peft_model
    return get_peft_model(model, LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"))


def main(folder, shard, method, steps, rows, micro, context, activations):
    device = "cuda" if torch.cuda.is_available() else "cpu"
    steps, rows, micro, context = int(steps), int(rows), int(micro), int(context)
    model = load(folder, method, activations, device)
    model.train()
    trains = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trains, lr=1e-4, weight_decay=0.0)
    ids = torch.from_numpy(safetensors_files.read(shard)["input_ids"]).long().view(-1, context)
    speeds, losses = [], []
    for step in range(steps):
        start, total = time.perf_counter(), 0.0
        batch = ids[[(step * rows + i) % len(ids) for i in range(rows)]].to(device)
        for part in batch.split(micro):
            with torch.autocast(device, torch.bfloat16):
                loss = model(input_ids=part, labels=part).loss * len(part) / rows
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(trains, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if device == "cuda":
            torch.cuda.synchronize()
        speeds.append(rows * context / (time.perf_counter() - start))
        losses.append(total)
    print(json.dumps({"tokensPerSecond": speeds, "losses": losses}))


main(*sys.argv[1:])
