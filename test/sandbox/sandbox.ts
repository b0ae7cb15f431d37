import { createHash } from "node:crypto"
import { afterAll } from "vitest"
import type { HttpClient } from "../../src/ports/http-client.ts"
import type { Runtime, RuntimeCall, RuntimeResult, RuntimeVersion } from "../../src/ports/runtime.ts"
import { createQuickJsRuntime, type QuickJsOptions } from "../../src/sandbox/quickjs-runtime.ts"

/** A client that reaches nothing. */
export const offline: HttpClient = {
  fetch: () => Promise.reject(new Error("There is no network in this test.")),
  close: () => Promise.resolve(),
}

/** A version of made-up code. */
export function versionOf(code: string, over: Partial<RuntimeVersion> = {}): RuntimeVersion {
  const organisation = over.organisation ?? "default"
  const hash = createHash("sha256").update(code).digest("hex")
  return {
    key: `${organisation}/${hash}/${JSON.stringify(over)}`,
    organisation,
    runtime: "quickjs",
    code,
    exportName: "default",
    kind: "event",
    evaluatesPerCall: false,
    memoryMb: 64,
    timeoutMs: 60_000,
    cpuMs: 1000,
    ...over,
  }
}

/** A runtime of one test file, closed after it. */
export function openRuntime(options: Partial<QuickJsOptions> = {}): Runtime {
  const runtime = createQuickJsRuntime({ http: offline, threads: 2, ...options })
  afterAll(() => runtime.close(0))
  return runtime
}

/** Calls a version with a JSON input. */
export function call(
  runtime: Runtime,
  version: RuntimeVersion,
  input: unknown = null,
  over: Partial<RuntimeCall> = {},
): Promise<RuntimeResult> {
  return runtime.run({
    version,
    invocationId: "0190-test",
    traceId: "0".repeat(32),
    environment: {},
    input: { type: "json", text: JSON.stringify(input) },
    ...over,
  })
}

/** The JSON value that a call answered; throws its error otherwise. */
export function outputOf(result: RuntimeResult): unknown {
  const { outcome } = result
  if (!outcome.ok) throw Object.assign(new Error(`${outcome.error.name}: ${outcome.error.message}`), { outcome })
  if (outcome.output.type !== "json") throw new Error("The call answered a response.")
  return outcome.output.text === undefined ? undefined : JSON.parse(outcome.output.text)
}

/** The error code and error of a call that failed. */
export function failureOf(result: RuntimeResult): {
  readonly code: string
  readonly name: string
  readonly message: string
} {
  const { outcome } = result
  if (outcome.ok) throw new Error(`The call answered ${JSON.stringify(outcome.output)}.`)
  return { code: outcome.code, name: outcome.error.name, message: outcome.error.message }
}
