/**
 * Writes alerts where the process writes its errors.
 *
 * ```ts
 * import { consoleNotifier } from "inlay/notifier/console"
 *
 * consoleNotifier()
 * ```
 *
 * @module
 */
import { checkKeys } from "../../src/model/check-keys.ts"
import type { Notifier } from "../../src/ports/notifier.ts"

/** Where to write. */
export interface ConsoleNotifierOptions {
  /** Takes a text of several lines. @default standard error */
  readonly write?: (text: string) => void
}

/** Writes the title, and under it the lines. */
export function consoleNotifier(options: ConsoleNotifierOptions = {}): Notifier {
  checkKeys("use the console notifier", options, ["write"])
  const { write = toStandardError } = options
  if (typeof write !== "function") throw new TypeError("Cannot use the console notifier: write must be a function.")
  return {
    type: "console",
    async notify({ title, lines }) {
      write([title, ...lines.map((line) => `  ${line}`)].join("\n"))
    },
  }
}

function toStandardError(text: string): void {
  process.stderr.write(`${text}\n`)
}
