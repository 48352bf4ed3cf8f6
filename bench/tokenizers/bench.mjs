// Tokens beside @huggingface/tokenizers and js-tiktoken, on the same text in one run; writes results.md.
//   dotnet build -c Release bench/tokenizers && node bench/tokenizers/bench.mjs
// needs tests/peers/node_modules (./test installs them, or npm ci in tests/peers).
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const peers = join(root, "tests/peers/node_modules");
const load = loadavg()[0].toFixed(1);
const folder = mkdtempSync(join(tmpdir(), "tokenizer-bench-"));
execFileSync("node", [join(root, "tests/peers/encode.mjs"), folder]);

// English verses and C# sources, three to one: what datasets are made of, in lines of theirs.
const verses = readFileSync(join(root, "samples/datasets/verses/train.jsonl"), "utf8").split("\n").filter(Boolean).flatMap(line => JSON.parse(line).messages.map(message => message.content));
const code = readdirSync(join(root, "src"), { recursive: true }).filter(name => name.endsWith(".cs") && !/[\\/](obj|bin)[\\/]/.test(name)).sort()
  .flatMap(name => readFileSync(join(root, "src", name), "utf8").split("\n")).filter(Boolean);
const text = [];
for (let bytes = 0, i = 0; bytes < 4e6; i++) {
  const line = i % 4 === 3 ? code[i % code.length] : verses[i % verses.length];
  text.push(line);
  bytes += Buffer.byteLength(line);
}
const megabytes = text.reduce((sum, line) => sum + Buffer.byteLength(line), 0) / 1e6;
const lines = join(folder, "bench.jsonl");
writeFileSync(lines, text.map(line => JSON.stringify(line)).join("\n"));

const { Tokenizer } = await import(pathToFileURL(join(peers, "@huggingface/tokenizers/dist/tokenizers.mjs")));
const { Tiktoken } = await import(pathToFileURL(join(peers, "js-tiktoken/dist/lite.js")));
const cl100k = (await import(pathToFileURL(join(peers, "js-tiktoken/dist/ranks/cl100k_base.js")))).default;
const json = name => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
const huggingFace = name => { const tokenizer = new Tokenizer(json(name), {}); return line => tokenizer.encode(line, { add_special_tokens: false }).ids; };
const tiktoken = new Tiktoken(cl100k);
const theirs = { gpt2: ["@huggingface/tokenizers", huggingFace("gpt2")], qwen3: ["@huggingface/tokenizers", huggingFace("qwen3")], cl100k: ["js-tiktoken", line => tiktoken.encode(line, [], [])], bert: ["@huggingface/tokenizers", huggingFace("bert")] };
const fastest = action => Math.min(...Array.from({ length: 3 }, () => { const start = performance.now(); text.forEach(action); return (performance.now() - start) / 1000; }));

const ours = JSON.parse(execFileSync("dotnet", [join(root, "artifacts/embedded/bin/Bench.Tokenizers/release/ServerlessTuning.Bench.Tokenizers.dll"), folder, lines], { encoding: "utf8" }));
const rows = Object.entries(theirs).map(([name, [peer, encode]]) => {
  const peerSpeed = megabytes / fastest(encode);
  const { one, all, open } = ours[name];
  return `| ${name} | ${one.toFixed(1)} | ${all.toFixed(1)} | ${open.toFixed(0)} | ${peer} | ${peerSpeed.toFixed(1)} | ${(one / peerSpeed).toFixed(1)} |`;
});
const report = `# Tokenizers beside JavaScript's

Made by \`bench/tokenizers/bench.mjs\`: ${cpus()[0].model}, ${cpus().length} cores, load of the machine at the start ${load}; ${megabytes.toFixed(1)} MB of verses and C# in ${text.length} lines, the fastest of
five passes (three of the peers').

| vocabulary | ours, MB/s on one thread | on all | opened in, ms | peer | MB/s | ratio |
| --- | ---: | ---: | ---: | --- | ---: | ---: |
${rows.join("\n")}
`;
writeFileSync(join(here, "results.md"), report);
console.log(report);
rmSync(folder, { recursive: true });
