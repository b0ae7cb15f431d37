// Five processes on one PostgreSQL, their clocks off by up to two seconds, one of them killed every second: 100 schedules of a
// second each, for 100 seconds. `node bench/ticks.mjs postgres://…`, or INLAY_TEST_POSTGRES_URL; a number is for fewer seconds.
import pg from "pg"
import { report } from "./tools/report.mjs"
import { runTicks } from "./tools/ticks.mjs"

const words = process.argv.slice(2)
const server = words.find((word) => word.startsWith("postgres")) ?? process.env.INLAY_TEST_POSTGRES_URL
const seconds = Number(words.find((word) => /^\d+$/.test(word)) ?? 100)
const schedules = 100

if (server === undefined) {
  process.stderr.write("Not measured: ticks need a PostgreSQL. Give its URL, or set INLAY_TEST_POSTGRES_URL.\n")
  if (words.includes("--json")) console.log("{}")
} else {
  await report(`${schedules} schedules of a second, for ${seconds} s`, () => withSchema(server, measure))
}

async function measure(url) {
  const { ticks, missed, doubled, kills } = await runTicks({
    url,
    schedules,
    seconds,
    skewsMs: [-2000, -1000, 0, 1000, 2000],
    killEveryMs: 1000,
  })
  return {
    rows: [
      { key: "ticks", what: "times fired", value: ticks, unit: "", atLeast: schedules * seconds },
      { key: "missed", what: "not fired", value: missed, unit: "", atMost: 0 },
      { key: "doubled", what: "called again", value: doubled, unit: "", atMost: 0 },
      { key: "tickKills", what: "processes killed", value: kills, unit: "" },
    ],
  }
}

/** A schema of its own, removed afterwards. */
async function withSchema(given, work) {
  const schema = `inlay_ticks_${process.pid}`
  const url = new URL(given)
  url.searchParams.set("options", `-c search_path=${schema}`)
  const admin = new pg.Client({ connectionString: given })
  await admin.connect()
  await admin.query(`create schema ${schema}`)
  try {
    return await work(url.href)
  } finally {
    await admin.query(`drop schema ${schema} cascade`)
    await admin.end()
  }
}
