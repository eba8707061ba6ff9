// bergamot-translator (WebAssembly) translates sentences, read as JSON from standard input.
//
// Arguments: a folder with model*.bin, *.spm and lex*.bin, threads, languages, and the folder where npm has installed
// @browsermt/bergamot-translator. Prints JSON: the texts, and the seconds after loading.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , folder, , from, to, packages] = process.argv;
const home = path.resolve(packages, 'node_modules/@browsermt/bergamot-translator');
// The worker is CommonJS inside a package that is marked as a module: Node must be told.
fs.writeFileSync(path.join(home, 'worker/package.json'), '{"type":"commonjs"}');
const { BatchTranslator, TranslatorBacking } = await import(pathToFileURL(path.join(home, 'translator.js')));

const read = (pattern) => {
  const name = fs.readdirSync(folder).find((name) => pattern.test(name));
  const bytes = fs.readFileSync(path.join(folder, name));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
};
class Folder extends TranslatorBacking {
  async loadModelRegistery() { return [{ from, to }]; }
  async loadTranslationModel() {
    return { model: read(/^model.*bin$/), shortlist: read(/^lex/), vocabs: [read(/spm$/)], config: {} };
  }
}
const options = { workers: 1, batchSize: 16, cacheSize: 0 };
const engine = new BatchTranslator(options, new Folder(options));
const lines = JSON.parse(fs.readFileSync(0, 'utf8'));
await engine.translate({ from, to, text: '.', html: false });
const start = process.hrtime.bigint();
const results = await Promise.all(lines.map((text) => engine.translate({ from, to, text, html: false })));
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
fs.writeSync(1, JSON.stringify({ texts: results.map((one) => one.target.text.trim()), seconds }) + '\n');
process.exit(0);
