import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { root } from "../project/manifest.ts"
import { run } from "../project/process.ts"

const guide = await readFile(new URL("docs/testing.md", root), "utf8")
const examples = [...guide.matchAll(/```js\n([\s\S]*?)```/g)].map((match) => match[1] ?? "")

test("The guide to testing has examples", () => {
  expect(examples.length).toBeGreaterThan(4)
})

test.each(examples.map((example, index) => [index + 1, example]))(
  "Example %i of the guide to testing runs as it stands",
  async (_number, example) => {
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", example], {
      cwd: fileURLToPath(root),
    })
    if (example.includes("node:test")) expect(stdout).toMatch(/^\S fail 0$/m)
    else expect(stdout).toBe("")
  },
)
