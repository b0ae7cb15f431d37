import type { Runtime, RuntimeCall } from "../../ports/runtime.ts"
import { decodeOutput } from "../../util/decode-output.ts"
import { callMock, type MockFunction, toInputValue } from "./mock-functions.ts"
import type { CallLog } from "./recorded-calls.ts"

/** What stands between the service and its sandbox. */
export interface WatchedSandbox {
  wrap(sandbox: Runtime): Runtime
  /** Has a mock answer for a function of an organisation; undefined ends that. */
  mock(organisation: string, name: string, mock: MockFunction | undefined): void
}

/** Records every call, lets mocks answer, and has functions see the kit's time. */
export function watchSandbox(log: CallLog, now: () => number): WatchedSandbox {
  const mocks = new Map<string, MockFunction>()
  const keyOf = (organisation: string, name: string) => `${organisation}/${name}`

  return {
    wrap: (sandbox) => ({
      ...sandbox,
      async run(call: RuntimeCall) {
        const { functionName = "", invocationId, traceId, version } = call
        const { organisation } = version
        const about = { organisation, functionName, invocationId, traceId }
        const recorded = log.add({ name: functionName, input: readInput(call), at: now(), ...about })
        const mock = mocks.get(keyOf(organisation, functionName))
        const result = await (mock
          ? callMock(mock, call, (error) => log.threw(invocationId, error))
          : sandbox.run({ ...call, clockAt: now() }))
        if (result.outcome.ok) recorded.output = (await decodeOutput(result.outcome.output)).value
        return result
      },
    }),
    mock(organisation, name, mock) {
      if (mock) mocks.set(keyOf(organisation, name), mock)
      else mocks.delete(keyOf(organisation, name))
    },
  }
}

/** Text that is no JSON is the sandbox's to refuse. */
function readInput({ input }: RuntimeCall): unknown {
  try {
    return toInputValue(input)
  } catch {
    return input
  }
}
