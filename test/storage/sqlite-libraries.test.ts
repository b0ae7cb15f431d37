import { expect, it } from "vitest"
import { toSqliteDriver } from "../../adapters/storage/sqlite/driver.ts"
import { loadSqlite, type OpenSqlite } from "../../adapters/storage/sqlite/libraries.ts"
import { openDatabase } from "../../adapters/storage/sqlite/open-database.ts"
import { loadableLibraries, temporaryPaths } from "./support/sqlite.ts"

const temporaryPath = temporaryPaths()
const settings = { synchronous: "normal", busyTimeoutMs: 0 } as const

const fails = (message: string) => (): never => {
  throw new Error(message)
}
const works: OpenSqlite = () => ({ prepare: fails("unused"), exec: () => {}, close: () => {} })

it("takes the first library that loads, in the order node:sqlite, better-sqlite3, libsql", () => {
  const tried: string[] = []
  const open = loadSqlite(undefined, (library) => {
    tried.push(library)
    return library === "libsql" ? works : fails("not here")()
  })
  expect(open).toBe(works)
  expect(tried).toEqual(["node:sqlite", "better-sqlite3", "libsql"])
})

it("passes over a library that loads without its binary", () => {
  expect(
    loadSqlite(["better-sqlite3", "libsql"], (library) => (library === "libsql" ? works : fails("no binary"))),
  ).toBe(works)
})

it("says what is missing and what to install where none loads", () => {
  expect(() =>
    loadSqlite(undefined, (library) => fails(`Cannot find module '${library}'\nRequire stack: /secret`)()),
  ).toThrow(
    new RegExp(
      `^Cannot open SQLite: no library for it loads on Node ${process.versions.node}: .*better-sqlite3 .*libsql .*` +
        'Run "npm install better-sqlite3" or "npm install libsql", or use Node 22.13 or newer',
    ),
  )
})

it("loads at least one library on this Node", () => {
  expect(loadableLibraries.length).toBeGreaterThan(0)
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
  if (major > 22 || (major === 22 && minor >= 13)) expect(loadableLibraries[0]).toBe("node:sqlite")
})

for (const library of loadableLibraries) {
  it(`refuses a flag through ${library}, which ends no process`, () => {
    const database = loadSqlite([library])(":memory:")
    const driver = toSqliteDriver(database, () => database.close())
    expect(() => driver.query("select ?", [true as never])).toThrow(TypeError)
    driver.close()
  })

  it(`binds and returns every kind of value through ${library}`, () => {
    const database = loadSqlite([library])(":memory:")
    const driver = toSqliteDriver(database, () => database.close())
    driver.execute("create table t (a, b, c, d, e)")
    const bytes = new Uint8Array([0, 1, 255])
    const values = [null, 2 ** 52, 1.5, "é😀", bytes]
    expect(driver.query("insert into t values (?, ?, ?, ?, ?)", values)).toEqual([])
    expect(driver.query("insert into t (a) values (?) returning a", [null])).toEqual([{ a: null }])
    const [row] = driver.query("select * from t where d = ?", ["é😀"])
    expect({ ...row, e: null }).toEqual({ a: null, b: 2 ** 52, c: 1.5, d: "é😀", e: null })
    expect(new Uint8Array(row?.e as ArrayBuffer)).toEqual(bytes)
    expect(driver.query("select a from t where e = ?", [bytes])).toHaveLength(1)
    for (const empty of [new Uint8Array(), structuredClone(new Uint8Array())]) {
      expect(driver.query("select typeof(?) as type", [empty])).toMatchObject([{ type: "blob" }])
    }
    expect(() => driver.query("select * from nowhere", [])).toThrow(/no such table/)
    driver.close()
  })

  it(`keeps statements prepared through ${library}, and not without end`, () => {
    const database = loadSqlite([library])(":memory:")
    let prepared = 0
    const counting = {
      exec: (sql: string) => database.exec(sql),
      prepare(sql: string) {
        prepared += 1
        return database.prepare(sql)
      },
    }
    const driver = toSqliteDriver(counting, () => database.close())
    for (let round = 0; round < 3; round += 1) driver.query("select 1", [])
    expect(prepared).toBe(1)
    for (let index = 0; index < 200; index += 1) driver.query(`select ${index} as other`, [])
    driver.query("select 1", [])
    expect(prepared).toBe(202)
    driver.close()
  })

  it(`leaves no statement under way through ${library}, so that others can commit, write and see`, () => {
    const path = temporaryPath(`${library.replace(":", "-")}.db`)
    const [driver, other] = [path, path].map((file) => openDatabase({ ...settings, path: file, libraries: [library] }))
    if (driver === undefined || other === undefined) throw new Error("The database is not open.")
    driver.execute("create table t (a integer primary key, b text check (b <> 'refused'))")
    // libsql fetches rows by the hundred: as many, one less and one more must all come to the statement's end.
    const sizes = [0, 1, 99, 100, 101, 200]
    const statements: readonly string[] = [
      ...sizes.map((size) => `select a from t where a <= ${size}`),
      ...sizes.map((size) => `update t set b = 'x' where a <= ${size} returning a`),
      "select json_extract(case a when 2 then '{' else '{}' end, '$') from t",
      "insert into t values (1, 'twice') returning a",
      "update t set b = 'refused' where a > 50 returning a",
    ]
    for (let key = 1; key <= 250; key += 1) driver.query("insert into t values (?, ?)", [key, "first"])
    for (const [index, sql] of statements.entries()) {
      attempt(() => driver.query(sql, []))
      driver.query("begin immediate", [])
      attempt(() => driver.query(sql, []))
      driver.query("insert into t values (?, ?)", [1000 + index, "mine"])
      driver.query("commit", [])
      other.query("insert into t values (?, ?)", [2000 + index, "theirs"])
      expect(driver.query("select b from t where a = ?", [2000 + index]), sql).toHaveLength(1)
      expect(other.query("pragma wal_checkpoint(truncate)", []), sql).toMatchObject([{ busy: 0 }])
    }
    driver.close()
    other.close()
  })
}

/** Some of the statements are meant to fail, in the middle of their rows. */
function attempt(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    expect(String(error)).toMatch(/malformed JSON|constraint failed/)
  }
}
