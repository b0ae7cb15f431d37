import { mkdirSync, writeFileSync } from "node:fs"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createHostConnection } from "../../adapters/storage/sqlite/host-connection.ts"
import { loadSqlite } from "../../adapters/storage/sqlite/libraries.ts"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { sampleDeployment, sampleInvocation } from "../../src/testing/storage-contract/samples.ts"
import { storageContract } from "../../src/testing/storage-contract.ts"
import { loadableLibraries, temporaryPaths } from "./support/sqlite.ts"

const runner = { describe, it, beforeEach, afterEach }
const temporaryPath = temporaryPaths()
let lastFile = 0
const newFile = (): string => {
  lastFile += 1
  return temporaryPath(`${lastFile}.db`)
}

describe("sqlite in a file, in a worker thread", () => {
  let path = ""
  beforeEach(() => {
    path = newFile()
  })
  storageContract(runner, () => sqlite(path), { shared: true })
})

for (const library of loadableLibraries) {
  describe(`sqlite in memory, in a worker thread, through ${library}`, () => {
    storageContract(runner, () => sqlite(":memory:", { library }))
  })

  describe(`sqlite in a database of ${library} that the host opened`, () => {
    const database = loadSqlite([library])(":memory:")
    database.exec("pragma foreign_keys = on")
    storageContract(runner, () => sqlite(database), { shared: true })

    it("leaves the database open when it closes", async () => {
      const storage = sqlite(database)
      await storage.open()
      await storage.close()
      expect(database.prepare("select name from inlay_migrations limit 1").all()).toHaveLength(1)
    })
  })
}

describe("sqlite in memory", () => {
  it("is the default, and says that nothing will survive", () => {
    expect(sqlite().notice).toMatch(/gone once the process ends/)
    expect(sqlite(":memory:").notice).toBe(sqlite().notice)
    expect(sqlite("inlay.db").notice).toBeUndefined()
  })

  it("is another memory for each storage", async () => {
    const [first, second] = [sqlite(), sqlite()]
    await first.open()
    await second.open()
    await first.functions.commit(sampleDeployment("o", "greet", "1"))
    expect(await second.functions.findByName("o", "greet")).toBeNull()
    await first.close()
    await second.close()
  })
})

describe("sqlite in a file", () => {
  it.each(["full", "normal"] as const)(
    "with synchronous %s keeps a WAL, and everything after a reopening",
    async (synchronous) => {
      const path = newFile()
      const storage = sqlite(path, { synchronous })
      await storage.open()
      await storage.functions.commit(sampleDeployment("o", "greet", "1"))
      const reader = loadSqlite()(path)
      expect(reader.prepare("pragma journal_mode").all()).toEqual([{ journal_mode: "wal" }])
      reader.close()
      await storage.close()
      const again = sqlite(path)
      await again.open()
      expect((await again.functions.findByName("o", "greet"))?.activeVersion).toBe(1)
      await again.close()
    },
  )

  it("is opened by six storages at once while it does not exist yet", async () => {
    const path = newFile()
    const storages = Array.from({ length: 6 }, () => sqlite(path))
    await Promise.all(storages.map((storage) => storage.open()))
    const results = await Promise.all(
      storages.map((storage, index) => storage.functions.commit(sampleDeployment("o", "greet", `code ${index}`))),
    )
    expect(results.map((result) => result.version.number).sort()).toEqual([1, 2, 3, 4, 5, 6])
    for (const storage of storages) await storage.close()
  })

  it("stores the bytes of a bundle once per organisation, whatever the number of versions", async () => {
    const path = newFile()
    const storage = sqlite(path)
    await storage.open()
    for (const name of ["one", "two"]) {
      await storage.functions.commit(sampleDeployment("a", name, "same"))
      await storage.functions.commit(sampleDeployment("a", name, "same", { contentHash: "other configuration" }))
    }
    const { function: alone } = await storage.functions.commit(sampleDeployment("b", "one", "same"))
    const count = () => {
      const database = loadSqlite()(path)
      const rows = database.prepare("select organisation from inlay_bundles order by organisation").all()
      database.close()
      return rows.map((row) => (row as { organisation: string }).organisation)
    }
    expect(count()).toEqual(["a", "b"])
    await storage.functions.remove("b", alone.id)
    expect(count()).toEqual(["a"])
    await storage.close()
  })

  it("says so where the file is no database, and leaves it as it is", async () => {
    const path = newFile()
    writeFileSync(path, "this is a letter to my mother, and not a database at all".repeat(100))
    const storage = sqlite(path)
    await expect(storage.open()).rejects.toThrow(
      /Cannot open SQLite database ".*": .*not a database; the file is damaged/,
    )
    await expect(storage.functions.findByName("o", "greet")).rejects.toThrow(/not a database/)
    await storage.close()
  })

  it("says so where the folder is missing, or the path is a folder", async () => {
    const missing = sqlite(temporaryPath("missing/inlay.db"))
    await expect(missing.open()).rejects.toThrow(/Cannot open SQLite database/)
    const folder = newFile()
    mkdirSync(folder)
    await expect(sqlite(folder).open()).rejects.toThrow(/Cannot open SQLite database/)
  })

  it("says so where another process holds the file", async () => {
    const path = newFile()
    const holder = loadSqlite()(path)
    holder.exec("begin exclusive; create table held (a)")
    const storage = sqlite(path, { busyTimeoutMs: 20 })
    await expect(storage.open()).rejects.toThrow(/database is locked; another process holds it/)
    holder.exec("rollback")
    await storage.open()
    await storage.ping()
    await storage.close()
    holder.close()
  })

  it("rejects a write that another process keeps waiting too long, reads meanwhile, and goes on afterwards", async () => {
    const path = newFile()
    const storage = sqlite(path, { busyTimeoutMs: 20 })
    await storage.open()
    const holder = loadSqlite()(path)
    holder.exec("begin immediate")
    await expect(storage.functions.commit(sampleDeployment("o", "greet", "1"))).rejects.toThrow(/locked/)
    expect(await storage.functions.findByName("o", "greet")).toBeNull()
    holder.exec("rollback")
    expect((await storage.functions.commit(sampleDeployment("o", "greet", "1"))).version.number).toBe(1)
    holder.close()
    await storage.close()
  })

  it("waits for another process that writes", async () => {
    const path = newFile()
    const storage = sqlite(path)
    await storage.open()
    const holder = loadSqlite()(path)
    holder.exec("begin immediate")
    const committed = storage.functions.commit(sampleDeployment("o", "greet", "1"))
    await new Promise((resolve) => setImmediate(resolve))
    holder.exec("commit")
    expect((await committed).version.number).toBe(1)
    holder.close()
    await storage.close()
  })
})

describe("sqlite on the caller's thread", () => {
  it("lets two storages of one database take turns", async () => {
    const database = loadSqlite()(":memory:")
    const [first, second] = [sqlite(database), sqlite(database)]
    await Promise.all([first.open(), second.open()])
    const results = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        (index % 2 ? first : second).functions.commit(sampleDeployment("o", "greet", `code ${index}`)),
      ),
    )
    expect(results.map((result) => result.version.number).sort()).toEqual([1, 2, 3, 4, 5, 6])
    await first.close()
    await second.invocations.insert([sampleInvocation("o", "f")])
    await second.close()
    database.close()
  })

  it("waits while the host has a transaction open", async () => {
    const database = loadSqlite()(":memory:")
    const storage = sqlite(database)
    await storage.open()
    database.exec("begin")
    const committed = storage.functions.commit(sampleDeployment("o", "greet", "1"))
    await new Promise((resolve) => setImmediate(resolve))
    expect(await storage.functions.findByName("o", "greet")).toBeNull()
    database.exec("rollback")
    expect((await committed).version.number).toBe(1)
    await storage.close()
    database.close()
  })

  it("says so where the host leaves one open", async () => {
    const database = loadSqlite()(":memory:")
    database.exec("begin")
    const connection = await createHostConnection(database, 0).connect()
    await expect(connection.query("delete from t", [])).rejects.toThrow(/left a transaction open/)
    database.exec("rollback")
    database.close()
  })

  it("begins no turn before the code of the host that waited for the one before", async () => {
    const database = loadSqlite()(":memory:")
    const storage = sqlite(database)
    await storage.open()
    const others = Array.from({ length: 20 }, (_, index) =>
      storage.functions.commit(sampleDeployment("o", `f${index}`, "1")),
    )
    for (const commit of others) {
      await commit
      database.exec("begin")
      await storage.functions.findByName("o", "f0")
      database.exec("commit")
    }
    await storage.close()
    database.close()
  })
})

describe("sqlite given what it cannot use", () => {
  it("throws at once", () => {
    expect(() => sqlite("")).toThrow(TypeError)
    expect(() => sqlite(null as never)).toThrow(TypeError)
    expect(() => sqlite({} as never)).toThrow(TypeError)
    expect(() => sqlite("x.db", { synchronous: "off" as never })).toThrow(TypeError)
    expect(() => sqlite("x.db", { busyTimeoutMs: -1 })).toThrow(RangeError)
    expect(() => sqlite("x.db", { library: "sql.js" as never })).toThrow(TypeError)
  })
})
