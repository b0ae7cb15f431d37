import { expect, it } from "vitest"
import { postgres } from "../../adapters/storage/postgres.ts"
import { sqliteLibraries } from "../../adapters/storage/sqlite/libraries.ts"
import { openDatabase } from "../../adapters/storage/sqlite/open-database.ts"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { temporaryPaths } from "./support/sqlite.ts"

const temporaryPath = temporaryPaths()

it.each([
  ["full", 2],
  ["normal", 1],
] as const)("opens with synchronous %s, WAL, foreign keys and the busy timeout", (synchronous, level) => {
  const path = temporaryPath(`${synchronous}.db`)
  const driver = openDatabase({ path, synchronous, busyTimeoutMs: 321, libraries: sqliteLibraries })
  const value = (pragma: string) => Object.values(driver.query(`pragma ${pragma}`, [])[0] ?? {})[0]
  expect(value("synchronous")).toBe(level)
  expect(value("journal_mode")).toBe("wal")
  expect(value("foreign_keys")).toBe(1)
  expect(value("busy_timeout")).toBe(321)
  driver.close()
})

it("says what to do where the folder of a file is missing, whichever library opens it", () => {
  const path = temporaryPath("missing/inlay.db")
  const open = () => openDatabase({ path, synchronous: "full", busyTimeoutMs: 1, libraries: sqliteLibraries })
  expect(open).toThrow("its folder must exist and be writable.")
})

it("refuses options that nobody reads", () => {
  expect(() => sqlite("inlay.db", { sync: "full" } as never)).toThrow('Cannot open SQLite: "sync" is not known')
  expect(() => postgres("postgres://localhost/inlay", { max: 5 } as never)).toThrow(
    'Cannot open PostgreSQL: "max" is not known',
  )
})
