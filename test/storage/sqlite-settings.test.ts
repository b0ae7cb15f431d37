import { expect, it } from "vitest"
import { sqliteLibraries } from "../../adapters/storage/sqlite/libraries.ts"
import { openDatabase } from "../../adapters/storage/sqlite/open-database.ts"
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
