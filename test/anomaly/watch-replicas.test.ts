import { expect, it, onTestFinished } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { preparePostgres } from "../storage/support/postgres.ts"
import { temporaryPaths } from "../storage/support/sqlite.ts"
import { openWatch } from "./open-watch.ts"

const temporaryPath = temporaryPaths()
const postgres = preparePostgres()

it.each([
  ["SQLite", () => sqlite(temporaryPath("replicas.db"))],
  ["PostgreSQL", () => postgres.createStorage()],
])(
  "Two processes on %s, each with connections of its own, watch the same series at the same time: each finding is stored and told once",
  {
    timeout: 240_000,
  },
  async (name, createStorage) => {
    const { join, learn, pastMinute, told, list, failures } = await openWatch(createStorage())
    const other = name === "SQLite" ? sqlite(temporaryPath("replicas.db")) : createStorage()
    await other.open()
    onTestFinished(() => other.close())
    const processes = [join({}, other), join(), join({}, other)]
    await learn(400)
    for (const value of [90, 91, 92]) await pastMinute(value)
    await learn(30)
    expect(told.map(({ value }) => value)).toEqual([90])

    // Whoever has the watch gives it up; whichever of the others takes it knows what was learned.
    for (const [index, value] of [10_000, -1_000_000].entries()) {
      await processes[index]?.stop()
      await learn(130)
      await pastMinute(value)
      await pastMinute(value + 1)
      await learn(3)
    }
    expect(told.map(({ value }) => value)).toEqual([90, 10_000, -1_000_000])
    expect((await list()).map(({ value }) => value)).toEqual([-1_000_000, 10_000, 90])
    expect(failures).toEqual([])
    await processes[2]?.stop()
  },
)
