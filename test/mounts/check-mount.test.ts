import { describe, expect, it } from "vitest"
import { expressMount } from "../../adapters/mount/express.ts"
import { honoMount } from "../../adapters/mount/hono.ts"
import { nodeMount } from "../../adapters/mount/node.ts"

const service = { handle: async () => null }

describe.each(Object.entries({ expressMount, honoMount, nodeMount }))("%s", (_, mount) => {
  it("says what was forgotten where it is given a promise of the service", () => {
    expect(() => mount(Promise.resolve(service) as never)).toThrow(
      "Cannot mount the service: it is a promise: await createFunctions().",
    )
  })

  it.each([[undefined], [null], [{}], ["functions"]])("refuses %j", (given) => {
    expect(() => mount(given as never)).toThrow(
      "Cannot mount the service: it must be what createFunctions() resolves with.",
    )
  })

  it("refuses an option that it does not have, and a value that means nothing", () => {
    expect(() => mount(service, { exposes: "invoke" } as never)).toThrow('"exposes" is not known')
    expect(() => mount(service, { expose: "read" } as never)).toThrow(
      'expose "read": it must be "invoke", "manage" or "all".',
    )
  })
})
