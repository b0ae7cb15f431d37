// Plays a corpus of HTTP requests against the reader of CloudEvents, and writes what it read in every mode again.
// Usage: node bench/conformance/cloudevents.mjs <folder with cases.json and cloudevents.schema.json> [-v] [--json]
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { z } from "zod"
import { loadSource } from "../tools/source.mjs"

const words = process.argv.slice(2)
const folder = words.find((word) => !word.startsWith("-"))
if (!folder) throw new TypeError("Cannot score: the first argument is the corpus folder.")

const { readCloudEvents, toBatchMessage, toBinaryMessage, toStructuredMessage } = await loadSource("cloudevents", [
  "src/triggers/events/http-binding.ts",
])
// Without formats: zod takes a URI reference for a URL, and knows no leap seconds. The reader checks both itself.
const schema = JSON.parse(readFileSync(join(folder, "cloudevents.schema.json"), "utf8"), (key, value) =>
  key === "format" ? undefined : value,
)
const official = z.fromJSONSchema(schema)
const { cases } = JSON.parse(readFileSync(join(folder, "cases.json"), "utf8"))

let passed = 0
for (const testCase of cases) {
  const fault = faultOf(testCase)
  if (fault === undefined) passed++
  if (fault !== undefined || words.includes("-v")) {
    console.error(
      `${fault === undefined ? "ok  " : "MISS"} ${testCase.id} ${testCase.mode} ${testCase.title}: ${fault ?? ""}`,
    )
  }
}
if (words.includes("--json")) {
  console.log(JSON.stringify({ "cloudevents.cases": cases.length, "cloudevents.passed": passed }))
} else console.log(`${passed} of ${cases.length} passed`)
process.exitCode = passed === cases.length ? 0 : 1

/** What is wrong with the answer to a case; undefined where nothing is. */
function faultOf({ request, expect }) {
  let events
  try {
    events = readCloudEvents(toMessage(request))
  } catch (error) {
    if (error.code !== "FN_006") return `failed with ${error.stack}`
    return expect.accept === true ? `was refused: ${error.message}` : undefined
  }
  if (expect.accept === false) return "was accepted"
  const wanted = expect.events ?? (expect.attributes ? [expect] : [])
  if (wanted.length > 0 && wanted.length !== events.length) return `read ${events.length} events`
  for (const [index, event] of events.entries()) {
    const fault = (wanted[index] && differenceOf(event, wanted[index])) ?? rewritingFault(event)
    if (fault !== undefined) return fault
  }
  if (isDeepStrictEqual(readCloudEvents(toBatchMessage(events)), events)) return undefined
  return "is another batch once it is written and read"
}

function toMessage({ headers, body, bodyBase64 }) {
  return { headers: new Headers(headers), body: Buffer.from(bodyBase64 ?? body ?? "", bodyBase64 ? "base64" : "utf8") }
}

function differenceOf({ data, data_base64, ...attributes }, expect) {
  if (!isDeepStrictEqual(attributes, expect.attributes)) return `attributes ${JSON.stringify(attributes)}`
  const bytes = data_base64 === undefined ? undefined : Buffer.from(data_base64, "base64")
  if ("dataText" in expect && (data ?? bytes?.toString()) !== expect.dataText) return `text ${data ?? bytes}`
  if ("dataBase64" in expect && data_base64 !== expect.dataBase64) return `bytes ${data_base64}`
  if ("data" in expect && !isDeepStrictEqual(data, expect.data)) return `data ${JSON.stringify(data)}`
  return undefined
}

/** An event that is written and read is the same event, but that headers have text alone, and always a content type. */
function rewritingFault(event) {
  const structured = toStructuredMessage(event)
  const { success, error } = official.safeParse(JSON.parse(Buffer.from(structured.body).toString()))
  if (!success) return `does not fit the official schema: ${error.message}`
  if (!isDeepStrictEqual(readCloudEvents(structured), [event])) return "is another event once it is written and read"
  const [again] = readCloudEvents(toBinaryMessage(event))
  return isDeepStrictEqual(again, inHeaders(event)) ? undefined : `is ${JSON.stringify(again)} out of headers`
}

function inHeaders({ data, data_base64, ...attributes }) {
  const texts = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, String(value)]))
  if (data_base64 !== undefined) return data_base64 === "" ? texts : { ...texts, data_base64 }
  if (data === undefined || data === "") return texts
  return { datacontenttype: "application/json", ...texts, data }
}
