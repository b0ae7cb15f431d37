// Processes are killed at random while they run pipelines, on SQLite one process, on PostgreSQL three whose clocks are wrong
// by two seconds: is anything lost, done twice, left undone? `node bench/crash.mjs 10000 1000 5`: runs and kills on each, and
// the seconds of a lease; with `sqlite` or `postgres` one of them. PostgreSQL is that of INLAY_BENCH_POSTGRES_URL.
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { crashTrial } from "./crash/trial.mjs"
import { benchSchema } from "./tools/bench-schema.mjs"
import { report } from "./tools/report.mjs"

const words = process.argv.slice(2)
const numbers = words.filter((word) => /^\d+$/.test(word)).map(Number)
const [runs = 10_000, kills = Math.ceil(runs / 10), leaseSeconds = 5] = numbers
const wanted = (name) => words.includes(name) || !["sqlite", "postgres"].some((other) => words.includes(other))
const leaseMs = leaseSeconds * 1000
/** A kill costs a start, which is a second of a processor, and every twentieth one a lease; more than this is a fault. */
const limitMs = 600_000 + kills * (8000 + leaseMs / 10)
const tell = (name) => (text) => process.stderr.write(`${name}: ${text}\n`)

await report(`${kills} kills over ${runs} pipeline runs`, async () => {
  const folder = await mkdtemp(join(tmpdir(), "inlay-crash-"))
  const trials = []
  const trial = async (storage, at, skews) => {
    const ledger = join(folder, `${storage}.txt`)
    const given = {
      storage,
      at,
      ledger,
      skews,
      runs,
      kills,
      leaseMs,
      endsAt: Date.now() + limitMs,
      tell: tell(storage),
    }
    const found = await crashTrial(given)
    given.tell(JSON.stringify(found))
    trials.push({ storage, ...found })
  }
  try {
    if (wanted("sqlite")) await trial("sqlite", join(folder, "crash.db"), [0])
    const schema = wanted("postgres") ? await benchSchema("crash") : null
    if (schema) {
      try {
        await trial("postgres", schema.url, [-2000, 0, 2000])
      } finally {
        await schema.drop()
      }
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  const all = (key) => trials.map((one) => one[key])
  const sum = (key) => all(key).reduce((total, value) => total + value, 0)
  const recoverySeconds = Math.max(...all("recoverySeconds"))
  return {
    rows: [
      {
        key: "kills",
        what: `processes killed (${all("storage").join(" and ")})`,
        value: sum("kills"),
        unit: "",
        atLeast: kills * trials.length,
      },
      { key: "runs", what: "runs accepted", value: sum("runs"), unit: "" },
      { key: "stepsBegun", what: "steps begun, some of them again", value: sum("begun"), unit: "" },
      { key: "lost", what: "accepted runs that are not there", value: sum("lost"), unit: "", atMost: 0 },
      {
        key: "doubled",
        what: "steps with two results that were handed on",
        value: sum("doubled"),
        unit: "",
        atMost: 0,
      },
      { key: "unfinished", what: "runs that did not succeed", value: sum("unfinished"), unit: "", atMost: 0 },
      {
        key: "recoverySeconds",
        what: "the longest that a killed process's runs stood still",
        value: recoverySeconds,
        unit: "s",
        atMost: leaseSeconds + 2,
        note: `of ${sum("recoveries")} kills that were followed by a pause`,
      },
    ],
  }
})
