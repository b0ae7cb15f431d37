import type { Logger } from "../ports/logger.ts"

/** Writes warnings and errors to standard error, a line each; standard output is the host's. */
export function createConsoleLogger(write: (line: string) => void = (line) => process.stderr.write(line)): Logger {
  const line = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    write(`inlay ${level}: ${message}${fields ? ` ${JSON.stringify(fields)}` : ""}\n`)
  }
  return { debug: () => {}, info: () => {}, warn: line("warning"), error: line("error") }
}
