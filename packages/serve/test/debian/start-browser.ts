/** Starts Debian's Chromium without a window, with nothing of anybody's in it and no way out. */

import { type Browser, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts a browser with an empty profile, which goes with it. */
export async function startBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: flags });
}

interface WatchedPage {
  readonly page: Page;
  /** What the page has complained of: errors of its script, and what its policy forbids. */
  readonly complaints: readonly string[];
  /** Every address that the page has asked for. */
  readonly requests: readonly string[];
}

/** Opens an empty page in surroundings of its own, which are closed at the end of the test. */
export async function openPage(browser: Browser): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1180, height: 860 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => void complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('request', (request) => void requests.push(request.url()));
  return { page, complaints, requests };
}
