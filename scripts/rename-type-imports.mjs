// TypeScript keeps ".ts" specifiers in declarations. An installed package has no ".ts" files, so they are renamed to
// the ".js" names that every resolution mode maps back to the ".d.ts" beside them.
import { readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const types = fileURLToPath(new URL("../dist/types", import.meta.url))
const specifier = /(\b(?:from|import)\s*\(?\s*)"(\.\.?\/[^"]+)\.ts"/g

for (const entry of await readdir(types, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !entry.name.endsWith(".d.ts")) continue
  const path = join(entry.parentPath, entry.name)
  const text = await readFile(path, "utf8")
  const renamed = text.replace(specifier, '$1"$2.js"')
  if (renamed !== text) await writeFile(path, renamed)
}
