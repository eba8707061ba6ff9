// The page of a running server in a real Chromium: translates, opens a sentence, edits it, summarises, opens a file; with
// axe-core on what is shown, wide and narrow, light and dark, without JavaScript.
//
//     npm install --prefix FOLDER playwright-core axe-core
//     node tests/browser/serve.mjs FOLDER http://127.0.0.1:5000
//
// The server needs the students between English and Portuguese, and `--suggestions --alternatives 2`. FOLDER keeps a
// browser that must be fetched, and gets the screenshots.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

import { browser } from './obtain.mjs';

const [folder, url] = process.argv.slice(2);
const require = createRequire(join(resolve(folder), 'package.json'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const TEXT = `The ferry leaves at noon. In 2019 the company sold 1,500 cars in 12 countries.

The minister denied the report on Monday. Nobody knows what will happen next, but the talks between the two governments go on.`;

const check = (what, holds) => {
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
  if (!holds) process.exitCode = 1;
};

const { command, env } = await browser(folder);
const chrome = await chromium.launch({ executablePath: command, env, args: ['--no-sandbox', '--disable-gpu'] });

/** What axe finds serious on a page. The page's own policy lets no script in, so it is run beside it. */
async function serious(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const found = violations.filter((one) => ['serious', 'critical'].includes(one.impact));
  return found.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`);
}

async function open(options, path = '/') {
  const context = await chrome.newContext(options);
  const page = await context.newPage();
  const outside = [];
  const errors = [];
  page.on('request', (request) => !/^(blob|data):/.test(request.url()) && !request.url().startsWith(url) && outside.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(url + path);
  return { context, page, outside, errors };
}

const shot = (page, name) => page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });

async function translated(page) {
  await page.selectOption('[name=target]', 'pt');
  await page.fill('#q', TEXT);
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('#translation', { timeout: 120_000 });
}

for (const [name, options] of [
  ['wide', { viewport: { width: 1280, height: 900 }, locale: 'en-GB' }],
  ['phone', { viewport: { width: 390, height: 844 }, locale: 'it-IT', isMobile: true, hasTouch: true }],
  ['dark', { viewport: { width: 1280, height: 900 }, locale: 'en-GB', colorScheme: 'dark' }],
]) {
  const { context, page, outside, errors } = await open(options);
  await shot(page, `${name}-empty`);
  await translated(page);
  check(`${name}: four sentences`, (await page.locator('.pairs > li').count()) === 4);
  check(`${name}: the language of the interface`, (await page.getAttribute('html', 'lang')) === options.locale.slice(0, 2));
  await shot(page, `${name}-translated`);
  await page.locator('.seg').first().focus();
  await page.keyboard.press('Enter');
  check(`${name}: a sentence opens by keyboard`, await page.locator('.panel textarea').isVisible());
  await shot(page, `${name}-open`);
  const found = await serious(page);
  check(`${name}: axe finds nothing serious ${found.join('\n')}`, found.length === 0);
  await page.keyboard.press('Escape');
  check(`${name}: and closes`, (await page.locator('.panel').count()) === 0);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  check(`${name}: nothing is wider than the window`, wide <= 0);
  check(`${name}: no request elsewhere, no error ${outside} ${errors}`, outside.length + errors.length === 0);
  await context.close();
}

{
  const { context, page, errors } = await open({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
  await translated(page);
  await page.locator('.seg').nth(0).click();
  const others = await page.locator('.others button').count();
  check('other translations are offered', others > 0);
  if (others) {
    const other = await page.locator('.others button').first().textContent();
    await page.locator('.others button').first().click();
    check('one is taken', (await page.textContent('#translation')).includes(other));
  }
  await page.locator('.seg').nth(2).click();
  await page.fill('#own', 'O ministro negou tudo na segunda-feira.');
  await page.locator('.panel .act button').nth(1).click();
  await page.waitForFunction(() => document.querySelector('.panel [role=status]')?.textContent);
  await page.locator('.panel .act button').nth(2).click();
  check('an edit is in the text', (await page.textContent('#translation')).includes('negou tudo'));
  await translated(page);
  await page.waitForFunction(() => document.querySelector('#result')?.getAttribute('aria-busy') === 'false');
  check('and is kept', (await page.textContent('#translation')).includes('negou tudo'));
  const download = page.waitForEvent('download');
  await page.locator('#whole .act button', { hasText: 'TMX' }).click();
  const saved = readFileSync(await (await download).path(), 'utf8');
  check('a TMX is saved', saved.includes('<tmx') && saved.includes('negou tudo'));
  await page.setInputFiles('#file', { name: 'note.md', mimeType: 'text/markdown', buffer: Buffer.from('# Note\n\nPlease *close* the window.\n') });
  await page.waitForSelector('#result a[download]', { timeout: 60_000 });
  const link = await page.getAttribute('#result a[download]', 'href');
  check('a file comes back', (await (await page.request.get(url + link)).text()).includes('janela'));
  await page.selectOption('[name=target]', 'en');
  await page.fill('#q', '');
  check('no error in the console ' + errors, errors.length === 0);
  await context.close();
}

{
  const { context, page } = await open({ javaScriptEnabled: false, locale: 'it-IT', viewport: { width: 1280, height: 900 } });
  await page.fill('#q', TEXT);
  await page.selectOption('[name=target]', 'pt');
  await page.click('[type=submit]');
  check('without JavaScript: four sentences', (await page.locator('.pairs > li').count()) === 4);
  await shot(page, 'plain');
  await context.close();
}

{
  const { context, page, outside } = await open({ viewport: { width: 1280, height: 900 } }, '/docs');
  await shot(page, 'docs');
  const found = await serious(page);
  check(`docs: axe finds nothing serious ${found.join('\n')}`, found.length === 0);
  check('docs: no request elsewhere', outside.length === 0);
  await context.close();
}

if (process.argv.includes('--summary')) {
  const { context, page } = await open({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
  await translated(page);
  await page.selectOption('[name=target]', 'en');
  await page.click('#summarize');
  await page.waitForSelector('.claims', { timeout: 300_000 });
  await page.locator('.claims summary').first().click();
  await shot(page, 'summary');
  await context.close();
}
await chrome.close();
