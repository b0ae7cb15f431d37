import { createRequire } from "node:module"
import { join } from "node:path"
import type { SqliteDatabaseLike } from "./driver.ts"

/** A SQLite library that Inlay can drive. */
export type SqliteLibrary = "node:sqlite" | "better-sqlite3" | "libsql"

/** The libraries, in the order in which they are tried. */
export const sqliteLibraries: readonly SqliteLibrary[] = ["node:sqlite", "better-sqlite3", "libsql"]

/** A database that this module opened, and so may close. */
export interface OwnSqliteDatabase extends SqliteDatabaseLike {
  close(): unknown
}

/** Opens the database at a path. */
export type OpenSqlite = (path: string) => OwnSqliteDatabase

/** The first of the libraries that loads. Throws, saying what to install, where none does. */
export function loadSqlite(
  wanted: readonly SqliteLibrary[] = sqliteLibraries,
  load: (library: SqliteLibrary) => OpenSqlite = loadLibrary,
): OpenSqlite {
  const reasons: string[] = []
  for (const library of wanted) {
    try {
      const open = load(library)
      // A native library may load and still lack its binary for this platform.
      open(":memory:").close()
      return open
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      reasons.push(`${library} (${reason.split("\n", 1)[0]})`)
    }
  }
  throw new Error(
    `Cannot open SQLite: no library for it loads on Node ${process.versions.node}: ${reasons.join("; ")}. ` +
      'Run "npm install better-sqlite3" or "npm install libsql", or use Node 22.13 or newer, which has SQLite built in.',
  )
}

type Constructor = new (path: string) => OwnSqliteDatabase

function loadLibrary(library: SqliteLibrary): OpenSqlite {
  const exported = library === "node:sqlite" ? loadBuiltIn() : loadPackage(library)
  return (path) => new exported(path)
}

function loadBuiltIn(): Constructor {
  const exported = createRequire(import.meta.url)("node:sqlite") as { readonly DatabaseSync: Constructor }
  return exported.DatabaseSync
}

function loadPackage(name: string): Constructor {
  try {
    return createRequire(import.meta.url)(name)
  } catch (error) {
    // Package managers that keep dependencies apart let only the host's own files see what the host installed.
    const fromHost = createRequire(join(process.cwd(), "package.json"))
    if (isMissing(error)) return fromHost(name)
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND"
}
