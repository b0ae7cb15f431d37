import type { Runtime, RuntimeCall, RuntimeResult, RuntimeVersion } from "../../src/ports/runtime.ts"
import { call, outputOf, versionOf } from "./sandbox.ts"

let functions = 0

/** A function whose calls may keep their instances. */
export interface ReusingFunction {
  readonly version: RuntimeVersion
  readonly functionId: string
  run(input?: unknown, options?: Partial<RuntimeCall>): Promise<RuntimeResult>
  /** What a call answers, as a value. */
  output(input?: unknown, options?: Partial<RuntimeCall>): Promise<unknown>
}

/** Makes a function with reuse, in whose module scope `count()` counts, and `calls` is how far. */
export function functionOf(runtime: Runtime, handler: string, over: Partial<RuntimeVersion> = {}): ReusingFunction {
  const code = `let calls = 0; const count = () => ++calls; export default ${handler}`
  const version = versionOf(code, { maxInstances: 10, ...over })
  const functionId = `function ${++functions}`
  const run: ReusingFunction["run"] = (input = null, options = {}) =>
    call(runtime, version, input, { functionId, ...options })
  return { version, functionId, run, output: async (input, options) => outputOf(await run(input, options)) }
}
