import { expect, it } from "vitest"
import type { FunctionRecord } from "../../src/model/function.ts"
import type { FunctionStore } from "../../src/ports/storage.ts"
import { createRouting } from "../../src/service/routing.ts"

const recordAt = (path: string): FunctionRecord => ({
  id: "id",
  organisation: "a",
  name: "routed",
  description: null,
  activeVersion: 1,
  environment: {},
  triggers: [{ type: "http", path }],
  createdAt: 0,
  updatedAt: 0,
})

it("ends at what is stored, whichever reading of two changes answers first", async () => {
  let stored: FunctionRecord | null = recordAt("/old")
  const answers: (() => void)[] = []
  const store = {
    findById: () => {
      const seen = stored
      return new Promise<FunctionRecord | null>((resolve) => answers.push(() => resolve(seen)))
    },
  } as unknown as FunctionStore
  const routing = createRouting({ store, now: () => 0, onError: () => {} })

  const refresh = async (next: FunctionRecord | null) => {
    const first = routing.refresh("a", "id")
    await Promise.resolve()
    stored = next
    const second = routing.refresh("a", "id")
    // The later reading is answered first where both are under way.
    for (let turn = 0; turn < 20; turn++) {
      await Promise.resolve()
      if (turn > 5) answers.pop()?.()
    }
    await Promise.all([first, second])
  }

  await refresh(recordAt("/new"))
  expect(routing.match("a", "GET", "/old")).toBeNull()
  expect(routing.match("a", "GET", "/new")).toMatchObject({ functionId: "id" })
  await refresh(null)
  expect(routing.match("a", "GET", "/new")).toBeNull()
})
