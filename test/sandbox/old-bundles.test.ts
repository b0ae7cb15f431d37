// Bundles are the stored truth: the databases of hosts hold such bundles, and every later Inlay has to run them as they
// are. So a bundle of test/sandbox/bundles, and what is expected of it, is never edited or removed, only added to: a
// deployment of today's makes a new one when the bundler's output changes.
import { readdir, readFile } from "node:fs/promises"
import { expect, test } from "vitest"
import type { Environment } from "../../src/model/configuration.ts"
import type { LoadedModule, RuntimeInput, RuntimeOutput } from "../../src/ports/runtime.ts"
import { call, openRuntime, versionOf } from "./sandbox.ts"

/** How a bundle was stored, and what calls of it answered. */
interface OldBundle {
  readonly bundle: string
  readonly exportName: string
  readonly kind: "http" | "event"
  readonly evaluatesPerCall: boolean
  readonly environment?: Environment
  readonly loaded: Omit<LoadedModule, "logs">
  readonly calls: readonly {
    readonly input: JsonValue | WrittenRequest
    readonly output: JsonValue | WrittenResponse
    readonly logs?: readonly string[]
  }[]
}

interface JsonValue {
  readonly type: "json"
  readonly value: unknown
}

interface WrittenRequest {
  readonly type: "request"
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body?: string
  readonly params?: Readonly<Record<string, string>>
}

interface WrittenResponse {
  readonly type: "response"
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

const folder = new URL("bundles/", import.meta.url)
const expected: readonly OldBundle[] = JSON.parse(await readFile(new URL("expected.json", folder), "utf8"))
const runtime = openRuntime()

test("Every stored bundle has its expectation", async () => {
  const bundles = (await readdir(folder)).filter((name) => name.endsWith(".mjs"))
  expect(bundles.sort()).toEqual(expected.map(({ bundle }) => bundle).sort())
})

for (const { bundle, loaded, calls, exportName, kind, evaluatesPerCall, environment = {} } of expected) {
  test(`The stored bundle ${bundle} loads and answers as ever`, async () => {
    const code = await readFile(new URL(bundle, folder), "utf8")
    const found = await runtime.load(versionOf(code, { exportName, kind }))
    const { snapshotBytes: _, logs: __, impurities, ...rest } = found
    expect({ ...rest, impurities: [...impurities].sort() }).toEqual(loaded)
    const version = versionOf(code, { exportName, kind, evaluatesPerCall })
    for (const { input, output, logs = [] } of calls) {
      const result = await call(runtime, version, null, { input: toInput(input), environment })
      expect(result.outcome.ok ? read(result.outcome.output) : result.outcome).toEqual(output)
      expect(result.logs.map(({ level, message }) => `${level}: ${message}`)).toEqual(logs)
    }
  })
}

function toInput(input: JsonValue | WrittenRequest): RuntimeInput {
  if (input.type === "json") return { type: "json", text: JSON.stringify(input.value) }
  return { ...input, body: input.body === undefined ? null : new TextEncoder().encode(input.body) }
}

function read(output: RuntimeOutput): JsonValue | WrittenResponse {
  if (output.type === "json") {
    return { type: "json", value: output.text === undefined ? undefined : JSON.parse(output.text) }
  }
  const { type, status, body } = output
  // Between headers of different names the order means nothing.
  const headers = output.headers.toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
  return { type, status, headers, body: new TextDecoder().decode(body) }
}
