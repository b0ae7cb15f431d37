import type { Message } from "esbuild"
import type { BuildIssue } from "./bundler-protocol.ts"

const prefix = /\b(?:upload|module|code|absent|empty|file):(?=[^\s/])/g
const shownLine = 160

/** Turns esbuild's message into what may be told: paths within the upload, and no word of where the bundler runs. */
export function toBuildIssue(message: Message, entryPath: string): BuildIssue {
  const { location } = message
  const text = message.text.replace(prefix, "").slice(0, 1000)
  if (!location) return { path: entryPath, text }
  // esbuild counts columns in bytes from 0.
  const before = Buffer.from(location.lineText).subarray(0, location.column).toString().length
  const path = location.file.replace(prefix, "").replace(/#sourceMappingURL$/, "")
  const start = Math.max(0, before - shownLine / 2)
  const lineText = location.lineText.slice(start, start + shownLine)
  return { path, text, line: location.line, column: before + 1, lineText }
}

/** A warning as a deployment tells it. */
export function toWarning(message: Message, entryPath: string): string {
  const { path, line, column, text } = toBuildIssue(message, entryPath)
  return line === undefined ? `${path}: ${text}` : `${path}:${line}:${column}: ${text}`
}
