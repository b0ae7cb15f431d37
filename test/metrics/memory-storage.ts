import { loadSqlite } from "../../adapters/storage/sqlite/libraries.ts"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import type { Storage } from "../../src/ports/storage.ts"

/** A real storage in memory, on the caller's thread, so that fake timers do not hold it up. */
export async function openMemoryStorage(): Promise<Storage> {
  const database = loadSqlite()(":memory:")
  const storage = sqlite(database)
  await storage.open()
  return {
    ...storage,
    async close() {
      await storage.close()
      database.close()
    },
  }
}
