// Checks the signatures of a corpus of webhook deliveries with Inlay's own code.
// node bench/conformance/webhooks.mjs <folder with vectors.json> [--json] [-v]
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { loadSource } from "../tools/source.mjs"

const providers = {
  "standard-webhooks": "standard",
  "standard-webhooks-ed25519": "standard",
  "github-sha256": "github",
  stripe: "stripe",
  "slack-v0": "slack",
}

const words = process.argv.slice(2)
const folder = words.find((word) => !word.startsWith("-"))
if (!folder) throw new TypeError("Cannot check: the first argument is the corpus folder.")
const { cases } = JSON.parse(readFileSync(join(folder, "vectors.json"), "utf8"))
const { checkSignature } = await loadSource("webhooks", ["src/triggers/webhooks/check-signature.ts"])
const missed = cases.filter((one) => !holds(one))
if (words.includes("--json")) {
  console.log(JSON.stringify({ "webhooks.cases": cases.length, "webhooks.passed": cases.length - missed.length }))
} else {
  for (const { id, title, expect } of missed) console.log(`MISS ${id} ${title}: expected ${expect}`)
  console.log(`${cases.length - missed.length} of ${cases.length} passed`)
}
process.exitCode = missed.length === 0 ? 0 : 1

/** `valid-or-duplicate` and `valid-or-invalid` leave the answer open. */
function holds(given) {
  const answer = judge(given)
  if (words.includes("-v")) console.log(`${given.id} ${given.scheme} ${given.title}: ${answer}`)
  const found = answer === "valid" ? "valid" : "invalid"
  return given.expect === found || given.expect.startsWith("valid-or-")
}

function judge({ scheme, secret, secrets, body, bodyBase64, headers, now, tolerance = 300 }) {
  const provider = providers[scheme]
  if (provider === undefined) return `the scheme ${scheme} is unknown`
  const bytes = bodyBase64 === undefined ? Buffer.from(body) : Buffer.from(bodyBase64, "base64")
  const rules = { secrets: secrets ?? [secret].flat(), toleranceSeconds: tolerance, now: (now ?? 0) * 1000 }
  try {
    return checkSignature(provider, { headers: new Headers(headers), body: bytes }, rules) ?? "valid"
  } catch (error) {
    return error.message
  }
}
