// Adds up the results of all test projects: skipped tests with their reasons, then the line that ends ./test.
// A project that left no result file died before its end and counts as a failure.
const fs = require('fs'), path = require('path');

const folder = process.argv[2];
const unescape = text => text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#x([0-9A-F]+);/gi, (_, h) => String.fromCodePoint(parseInt(h, 16))).replace(/&amp;/g, '&');
const projects = fs.readdirSync('tests').filter(name => name.endsWith('.Tests'));
let passed = 0, failed = 0;
const reasons = new Map();

for (const project of projects) {
  const file = path.join(folder, `${project}.trx`);
  if (!fs.existsSync(file)) {
    console.log(`${project} left no results`);
    failed++;
    continue;
  }

  const trx = fs.readFileSync(file, 'utf8');
  for (const [, attributes, body] of trx.matchAll(/<UnitTestResult ([^>]*?)(?:\/>|>(.*?)<\/UnitTestResult>)/gs)) {
    const outcome = /outcome="(\w+)"/.exec(attributes)[1];
    if (outcome === 'Passed') passed++;
    else if (outcome === 'Failed') failed++;
    else {
      const reason = unescape((/<StdOut>(.*?)<\/StdOut>/s.exec(body ?? '') ?? /<Message>(.*?)<\/Message>/s.exec(body ?? '') ?? [, 'no reason given'])[1].trim());
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
  }
}

const skipped = [...reasons.values()].reduce((a, b) => a + b, 0);
console.log(`skipped: ${skipped}${[...reasons].map(([reason, n]) => `; ${n} × ${reason}`).join('')}`);
console.log(`${passed} passed, ${failed} failed`);
