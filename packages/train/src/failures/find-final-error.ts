/** Finds the error that ended a Node or Python program in what it printed last. */

import { findPlace } from '@optml/contract/map-frame';

export interface FinalError {
  /** As in `ValueError: no such column`. */
  readonly line: string;
  /** The author's frames, innermost first, for example `src/train.py:12`. */
  readonly frames: readonly string[];
}

const framesKept = 5;

/** Finds the last one; undefined when the lines hold none. */
export function findFinalError(lines: readonly string[]): FinalError | undefined {
  const python = findPythonError(lines);
  const node = findNodeError(lines);
  return (node?.index ?? -1) > (python?.index ?? -1) ? node : python;
}

interface FoundError extends FinalError {
  readonly index: number;
}

const pythonFrame = /^\s+File "([^"]+)", line (\d+)/;

/** The first line that is not indented after the last frame; the heading may be lost, for the lines are a tail. */
function findPythonError(lines: readonly string[]): FoundError | undefined {
  const last = lines.findLastIndex((line) => pythonFrame.test(line));
  if (last === -1) return undefined;
  const index = lines.findIndex((line, at) => at > last && /^[A-Za-z_]/.test(line));
  if (index === -1) return undefined;
  const start = lines.findLastIndex((text, at) => at < last && text.startsWith('Traceback '));
  const frames = lines
    .slice(start + 1, last + 1)
    .flatMap((text) => pythonFrame.exec(text)?.slice(1).join(':') ?? [])
    .filter((frame) => !/site-packages|dist-packages|lib\/python3|^<frozen/.test(frame))
    .reverse();
  return describeError(lines, index, frames);
}

const nodeHeading = /^(?:Uncaught )?(?:[\w$.]*(?:Error|Exception|Rejection)\b|[\w$.]+ \[\w+\]: )/;
const nodeFrame = /^ {4}at (.*)$/;
/** A place, a piece of code, the mark below it and an empty line. */
const linesAbove = 5;
/** Messages of several lines stand between the heading and the frames. */
const messageLines = 20;

function findNodeError(lines: readonly string[]): FoundError | undefined {
  const index = lines.findLastIndex(
    (line, at) =>
      nodeHeading.test(line) &&
      lines.slice(at + 1, at + 1 + messageLines).some((text) => nodeFrame.test(text)),
  );
  if (index === -1) return undefined;
  const first = lines.findIndex((text, at) => at > index && nodeFrame.test(text));
  const end = lines.findIndex((text, at) => at > first && !nodeFrame.test(text));
  const frames = lines
    .slice(first, end === -1 ? lines.length : end)
    .flatMap((text) => nodeFrame.exec(text)?.[1] ?? [])
    .filter((frame) => !/node:|node_modules|\[eval\]|<anonymous>/.test(frame))
    // The last frame is followed by the brace of the error's properties.
    .map((frame) =>
      (/\((.*)\)/.exec(frame)?.[1] ?? frame).replace(/ \{$/, '').replace(/^(?:async )?file:\/\//, ''),
    );
  return describeError(lines, index, frames);
}

/** The error at `index`; without frames its place may stand above it. */
function describeError(lines: readonly string[], index: number, frames: readonly string[]): FoundError {
  const above = lines.slice(Math.max(0, index - linesAbove), index).flatMap((text) => findPlace(text) ?? []);
  const places = frames.length > 0 ? frames : above.slice(-1);
  return { line: (lines[index] as string).trim(), frames: places.slice(0, framesKept), index };
}
