/**
 * What the platform's uploader leaves beside a file: `.sagemaker-uploading`, then `.sagemaker-uploaded`. AWS does not
 * document them; AWS's XGBoost container relies on them.
 */

import { rm, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

const uploading = '.sagemaker-uploading';
const uploaded = '.sagemaker-uploaded';

/** True while the uploader has begun with a file and not finished. */
export async function isBeingUploaded(path: string): Promise<boolean> {
  const [begun, ended] = await Promise.all([readTime(path + uploading), readTime(path + uploaded)]);
  return begun !== undefined && (ended === undefined || ended < begun);
}

/** Removes what the uploader left beside a file that is gone. */
export async function removeMarkers(path: string): Promise<void> {
  await Promise.all([uploading, uploaded].map((marker) => rm(path + marker, { force: true })));
}

const pollMs = 100;

/** What the rest of the process needs to end after the wait. */
const reserveMs = 1_000;

/** Waits until the file as it is now has been uploaded, and tells whether it was in time. */
export async function waitForUpload(path: string, remainingMs: () => number): Promise<boolean> {
  for (;;) {
    // A file that is saved again may still have the marker of its first form.
    const [saved, ended] = await Promise.all([readTime(path), readTime(path + uploaded)]);
    if (saved !== undefined && ended !== undefined && ended >= saved) return true;
    const leftMs = remainingMs() - reserveMs;
    if (leftMs <= 0) return false;
    await wait(Math.min(pollMs, leftMs));
  }
}

async function readTime(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}
