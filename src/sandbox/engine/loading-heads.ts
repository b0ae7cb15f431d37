import { randomBytes } from "node:crypto"
import type { RuntimeVersion } from "../../ports/runtime.ts"

/** What the guest is told when a module has been evaluated: which export is the handler. */
export function exportHead(version: RuntimeVersion): string {
  return JSON.stringify({ exportName: version.exportName })
}

/** What the guest is told before module code runs for one call: the call's environment and randomness. */
export function loadingHead(environment: string): string {
  const seed = randomBytes(16)
  return `{"env":${environment},"seed":[${[0, 4, 8, 12].map((offset) => seed.readUInt32LE(offset))}]}`
}
