// What @huggingface/tokenizers makes of some lines with the tokenizers of the reference models: node fixtures.mjs ../../../shared/fixtures/models
// > ../Datasets.Tests/Tokenization/fixture-models.jsonl
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";

const lines = ["Hello world, the cat's hat!", "naïve Café 語言 😀", "  two  spaces\tand\nlines ", "<s>x</s> <mask> [MASK] y", "zzz~~|| 12345 it's don't", ""];
for (const m of ["roberta-mlm", "roberta-seqcls-tiny", "gpt2-tiny", "gemma3-text-tiny", "llama2-tiny", "mistral-tiny-fp16", "t5-v10-tiny", "bert-mlm-tiny", "flan-t5-tiny", "qwen3-tiny"]) {
  const read = name => JSON.parse(readFileSync(join(process.argv[2], m, name), "utf8"));
  const tokenizer = new Tokenizer(read("tokenizer.json"), read("tokenizer_config.json"));
  console.log(JSON.stringify({ m, lines, a: lines.map(line => tokenizer.encode(line).ids), b: lines.map(line => tokenizer.encode(line, { add_special_tokens: false }).ids) }));
}
