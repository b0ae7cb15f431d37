import { readFile } from "node:fs/promises"
import { expect, it } from "vitest"
import { accessTable } from "../../src/http/access-table.ts"
import { toRoutePath } from "../../src/http/router.ts"

it("the guide to HTTP lists every operation with its scope, and no other", async () => {
  const guide = await readFile(new URL("../../docs/http.md", import.meta.url), "utf8")
  const listed = guide
    .split("\n")
    .filter((line) => /^\| `(?:GET|POST|PUT|PATCH|DELETE)[ `]/.test(line))
    .flatMap((line) => {
      const [, paths = "", , scope = ""] = line.split("|").map((cell) => cell.trim())
      const words = [...paths.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "")
      return expand(words).map((operation) => `${operation} ${scope}`)
    })
  const declared = Object.values(accessTable).map(
    ({ method, path, scope }) => `${method} ${toRoutePath(path)} ${scope ?? ""}`,
  )
  expect(listed.sort()).toEqual(declared.sort())
})

/** Reads `GET`, `PUT /a` as two methods of one path, and `GET /a/b`, `/c` as one method of two paths side by side. */
function expand(words: readonly string[]): readonly string[] {
  const last = words.findLast((word) => word.includes(" /"))?.replace(/\?.*$/, "") ?? ""
  const path = last.slice(last.indexOf("/"))
  const method = last.slice(0, last.indexOf(" "))
  return words.map((word) => {
    if (word.startsWith("/")) return `${method} ${path.replace(/\/[^/]*$/, word)}`
    return word.includes(" ") ? word.replace(/\?.*$/, "") : `${word} ${path}`
  })
}
