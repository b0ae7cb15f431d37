import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import type { ConnectionSource } from "../../../adapters/storage/sql/connection.ts"
import { createHostConnection } from "../../../adapters/storage/sqlite/host-connection.ts"
import { loadSqlite, type SqliteLibrary, sqliteLibraries } from "../../../adapters/storage/sqlite/libraries.ts"

/** The libraries that load on this Node. */
export const loadableLibraries: readonly SqliteLibrary[] = sqliteLibraries.filter((library) => {
  try {
    loadSqlite([library])
    return true
  } catch {
    return false
  }
})

/** Paths in a folder that is gone when the tests of the file have run. */
export function temporaryPaths(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), "inlay-storage-"))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return (name) => join(folder, name)
}

/** A database in memory on this thread, with foreign keys checked. */
export function openMemory(): ConnectionSource {
  return openOnThread(":memory:")
}

/** A database on this thread, with foreign keys checked. */
export function openOnThread(path: string): ConnectionSource {
  const database = loadSqlite()(path)
  database.exec("pragma foreign_keys = on")
  return createHostConnection(database)
}
