// Where a Chromium is: the system's, or else the one inside the npm package @sparticuz/chromium, which carries the
// browser as a file (68 MB, brotli; 206 MB unpacked). It is fetched once by the ordinary `npm pack`, which checks the
// registry's hash, and against the hash below, and then used from its folder.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';

const PACKAGE = '@sparticuz/chromium@147.0.0';
const SHA256 = '18fe5404ce845594cd7d592fc07f37a19514079ba4d9c27192ad8b908743f16b';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The command and environment of a Chromium; one that must be fetched is kept in `folder`. */
export async function browser(folder) {
  for (const name of NAMES) {
    if (!process.env.TRAGHETTO_TEST_FETCHED_BROWSER && spawnSync(name, ['--version']).status === 0) {
      return { command: name, env: process.env };
    }
  }
  const place = join(resolve(folder), 'chromium-147.0.0');
  if (!existsSync(place)) {
    await obtain(resolve(folder), place);
  }
  // Its own libraries and fonts stand in for those that a bare system lacks; its list names Lambda's folders.
  const fonts = join(place, 'fonts-here.conf');
  const folders = [join(place, 'fonts'), '/usr/share/fonts'].map((name) => `<dir>${name}</dir>`).join('');
  const cache = `<cachedir>${join(place, 'fonts-cache')}</cachedir>`;
  writeFileSync(fonts, `<?xml version="1.0"?><fontconfig>${folders}${cache}</fontconfig>`);
  const libraries = [join(place, 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  const env = { ...process.env, LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: fonts };
  return { command: join(place, 'chromium'), env };
}

async function inflate(from, to) {
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to, { mode: 0o755 }));
}

async function obtain(folder, place) {
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, 'fetching-'));
  try {
    // On Windows npm is a script, which needs a shell.
    const options = { cwd: scratch, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' };
    const archive = join(scratch, execFileSync('npm', ['pack', '--silent', PACKAGE], options).toString().trim());
    const found = createHash('sha256').update(readFileSync(archive)).digest('hex');
    if (found !== SHA256) {
      throw new Error(`${PACKAGE} has the sha256 ${found}, not ${SHA256}`);
    }
    execFileSync('tar', ['xzf', archive], { cwd: scratch });
    const packed = (name) => join(scratch, 'package', 'bin', name);
    const whole = join(scratch, 'whole');
    mkdirSync(whole);
    await inflate(packed('chromium.br'), join(whole, 'chromium'));
    for (const name of ['al2023', 'fonts', 'swiftshader']) {
      await inflate(packed(`${name}.tar.br`), join(scratch, `${name}.tar`));
      execFileSync('tar', ['xf', join(scratch, `${name}.tar`)], { cwd: whole });
    }
    // Another process may have been faster.
    if (!existsSync(place)) {
      renameSync(whole, place);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
