import { describe, expect, it } from "vitest"
import { expressMount } from "../../adapters/mount/express.ts"
import { honoMount } from "../../adapters/mount/hono.ts"
import { nodeMount } from "../../adapters/mount/node.ts"

const service = { handle: async () => null }

describe.each(Object.entries({ expressMount, honoMount, nodeMount }))("%s", (_, mount) => {
  function refusalOf(...given: readonly unknown[]): unknown {
    try {
      ;(mount as (...given: readonly unknown[]) => unknown)(...given)
    } catch (error) {
      return error
    }
    return undefined
  }

  it.each([
    ["a promise of the service", [Promise.resolve(service)], "functions", "it is a promise: await createFunctions()"],
    ["nothing", [], "functions", "it must be what createFunctions() resolves with"],
    ["null", [null], "functions", "it must be what createFunctions() resolves with"],
    ["another object", [{}], "functions", "it must be what createFunctions() resolves with"],
    ["text", ["functions"], "functions", "it must be what createFunctions() resolves with"],
    ["null for options", [service, null], "options", "its options must be an object"],
    ["text for options", [service, "/api"], "options", "its options must be an object"],
    [
      "a value that means nothing",
      [service, { expose: "read" }],
      "expose",
      'expose must be "invoke", "manage" or "all"',
    ],
  ])("refuses %s with FN_006", (_what, given, path, message) => {
    expect(refusalOf(...given)).toMatchObject({
      code: "FN_006",
      message: expect.stringContaining(`Cannot mount the service: ${message}`),
      issues: [{ path }],
    })
  })

  it("refuses an option that it does not have with FN_006", () => {
    expect(refusalOf(service, { exposes: "invoke" })).toMatchObject({ code: "FN_006", issues: [{ path: "exposes" }] })
  })
})
