// Loads a page in Chromium and prints its document after its scripts ran.
//
//     node tests/browser/look.mjs FOLDER PAGE WIDTH [--screenshot FILE] [--print FILE] [--dark]
//
// FOLDER keeps a browser that must be fetched. `--screenshot` writes a PNG of the whole page, `--print` a PDF on A4.
// The browser is driven over two pipes by the DevTools protocol: a window may then be as narrow as a phone's.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { browser } from './obtain.mjs';

const PATIENCE_MS = 90_000;

const [folder, page, width, ...options] = process.argv.slice(2);
const option = (name) => (options.includes(name) ? options[options.indexOf(name) + 1] : undefined);

/** A browser that answers to `call(method, params, session)` and tells events to `once(method)`. */
function open({ command, env }, profile) {
  const flags = [
    '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run', '--disable-dev-shm-usage',
    '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank',
  ];
  const child = spawn(command, flags, { env, stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
  const waiting = new Map();
  const events = new Map();
  let said = '';
  child.stderr.on('data', (data) => (said = (said + data).slice(-4000)));
  const failed = new Promise((_, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${command} ended with ${code}:\n${said}`)));
    setTimeout(() => reject(new Error(`${command} doesn't answer:\n${said}`)), PATIENCE_MS).unref();
  });
  failed.catch(() => {});
  let buffer = '';
  child.stdio[4].setEncoding('utf8');
  child.stdio[4].on('data', (data) => {
    const messages = (buffer + data).split('\0');
    buffer = messages.pop();
    for (const { id, method, result, error } of messages.map((text) => JSON.parse(text))) {
      const { accept, reject } = waiting.get(id) ?? { accept: events.get(method) };
      error ? reject(new Error(error.message)) : accept?.(result);
    }
  });
  let last = 0;
  const call = (method, params = {}, sessionId) => {
    const id = ++last;
    const answer = new Promise((accept, reject) => waiting.set(id, { accept, reject }));
    child.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    return Promise.race([answer, failed]);
  };
  const once = (method) => Promise.race([new Promise((accept) => events.set(method, accept)), failed]);
  return { call, once, child };
}

const profile = mkdtempSync(join(tmpdir(), 'traghetto-browser-'));
let child;
try {
  const opened = open(await browser(folder), profile);
  child = opened.child;
  const { call, once } = opened;
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
  const ask = (method, params) => call(method, params, sessionId);
  await ask('Page.enable');
  const metrics = { width: Number(width), height: 900, deviceScaleFactor: 1, mobile: false };
  await ask('Emulation.setDeviceMetricsOverride', metrics);
  const scheme = { name: 'prefers-color-scheme', value: options.includes('--dark') ? 'dark' : 'light' };
  await ask('Emulation.setEmulatedMedia', { features: [scheme] });
  const loaded = once('Page.loadEventFired');
  await ask('Page.navigate', { url: pathToFileURL(resolve(page)).href });
  await loaded;
  const { result } = await ask('Runtime.evaluate', { expression: 'document.documentElement.outerHTML' });
  if (option('--screenshot')) {
    const { data } = await ask('Page.captureScreenshot', { captureBeyondViewport: true });
    writeFileSync(option('--screenshot'), data, 'base64');
  }
  if (option('--print')) {
    const paper = { paperWidth: 8.27, paperHeight: 11.69, preferCSSPageSize: true };
    const { data } = await ask('Page.printToPDF', paper);
    writeFileSync(option('--print'), data, 'base64');
  }
  process.stdout.write(result.value);
} finally {
  if (child) {
    const ended = new Promise((accept) => child.on('exit', accept));
    child.kill('SIGKILL');
    await ended;
  }
  // The browser's own helpers outlive it by a moment, and still write.
  rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
}
