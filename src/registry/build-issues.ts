import type { Message } from "esbuild"
import type { BuildIssue } from "./bundler-protocol.ts"
import { toCodeFrame } from "./code-frame.ts"
import type { UploadFiles } from "./upload-collector.ts"

const prefix = /\b(?:upload|module|code|absent|empty|file):(?=[^\s/])/g

/** What can be said of a message beyond the message itself. */
export interface Advice {
  /** Ends the message's text. */
  readonly text: string
  readonly suggestion?: string
}

/** Where messages of a build come from. */
export interface MessageOrigin {
  /** The file that is named where a message names none. */
  readonly entryPath: string
  readonly files: UploadFiles
}

/** Turns esbuild's message into what may be told: paths within the upload, and no word of where the bundler runs. */
export function toBuildIssue(message: Message, { entryPath, files }: MessageOrigin, advice?: Advice): BuildIssue {
  const { location } = message
  const text = message.text.replace(prefix, "").slice(0, 1000) + (advice?.text ?? "")
  const suggested = advice?.suggestion === undefined ? {} : { suggestion: advice.suggestion }
  if (!location) return { path: entryPath, text, ...suggested }
  // esbuild counts columns in bytes from 0.
  const before = Buffer.from(location.lineText).subarray(0, location.column).toString().length
  const path = location.file.replace(prefix, "").replace(/#sourceMappingURL$/, "")
  const place = { path, line: location.line, column: before + 1 }
  const bytes = files.get(path)
  const frame = bytes && toCodeFrame(place, new TextDecoder().decode(bytes))
  return { ...place, text, ...(frame !== undefined && { frame }), ...suggested }
}

/** A warning as a deployment tells it. */
export function toWarning({ path, line, column, text, frame }: BuildIssue): string {
  if (line === undefined) return `${path}: ${text}`
  // The frame's first line says the place once more.
  const shown = frame === undefined ? "" : frame.slice(frame.indexOf("\n"))
  return `${path}:${line}:${column}: ${text}${shown}`
}
