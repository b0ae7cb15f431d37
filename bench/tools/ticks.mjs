import { spawn } from "node:child_process"
import { once } from "node:events"
import { setTimeout as wait } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { createFunctions } from "inlay"
import { postgres } from "inlay/storage/postgres"
import pg from "pg"

const host = fileURLToPath(new URL("tick-host.mjs", import.meta.url))
const logger = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * Has several processes fire one-second schedules of one database, with clocks that are off by the given milliseconds, kills
 * one of them every `killEveryMs` and starts another in its place. Answers what was fired, by what the database says:
 * `{ ticks, missed, doubled, kills }`, where doubled are calls beyond the first for one moment of one schedule.
 */
export async function runTicks({ url, schedules, seconds, skewsMs, killEveryMs, maxKills = Number.POSITIVE_INFINITY }) {
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  const face = await createFunctions({
    storage: postgres(url, { maxConnections: 2 }),
    authenticate: "open",
    logger,
    queue: { concurrency: 0 },
  })
  const hosts = []
  try {
    await Promise.all(skewsMs.map(async (skew) => hosts.push(await startHost(url, skew))))
    const triggers = Array.from({ length: schedules }, (_, index) => ({
      type: "schedule",
      name: `tick-${index}`,
      cron: "* * * * * *",
      catchUp: "all",
    }))
    await face.deploy({ name: "tick", source: "export default () => null", config: { triggers } })
    const from = Math.ceil((await clockOf(pool)) / 1000) * 1000 + 3000
    const to = from + seconds * 1000
    let kills = 0
    for (let at = from + killEveryMs / 2; at < to && kills < maxKills; at += killEveryMs) {
      await wait(Math.max(0, at - (await clockOf(pool))))
      // Somebody is left, however slow the machine starts the next.
      if (hosts.length < 2) continue
      const [victim] = hosts.splice(0, 1)
      await kill(victim)
      kills++
      startHost(url, victim.skew).then(
        (child) => hosts.push(child),
        () => {},
      )
    }
    await wait(Math.max(0, to - (await clockOf(pool))))
    // What is late on a slow machine is late, and not missed.
    for (let waited = 0; ; waited += 500) {
      await wait(500)
      const counted = await count(pool, from, to, schedules * seconds)
      if (waited >= 5000 && (counted.missed === 0 || waited >= 60_000)) return { ...counted, kills }
    }
  } finally {
    await face.close()
    while (started.size > 0) await Promise.all([...started].map(kill))
    await pool.end()
  }
}

const started = new Set()

async function startHost(url, skew) {
  const child = spawn(process.execPath, [host, url, String(skew)], { stdio: ["ignore", "pipe", "inherit"] })
  started.add(child)
  child.once("exit", () => started.delete(child))
  child.skew = skew
  const ready = once(child.stdout, "data")
  const failed = once(child, "exit").then(() => {
    throw new Error("A host has ended before it was ready.")
  })
  failed.catch(() => {})
  await Promise.race([ready, failed])
  return child
}

async function kill(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, "exit")
  child.kill("SIGKILL")
  await ended
}

async function clockOf(pool) {
  const { rows } = await pool.query("select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now")
  return Number(rows[0].now)
}

async function count(pool, from, to, expected) {
  const firings = await pool.query(
    `select count(distinct (trigger_id, scheduled_for)) as ticks, count(*) filter (where outcome <> 'queued') as others
    from inlay_firings where cause = 'schedule' and scheduled_for >= $1 and scheduled_for < $2`,
    [from, to],
  )
  const jobs = await pool.query("select payload from inlay_jobs where target = 'tick'")
  const calls = new Map()
  for (const { payload } of jobs.rows) {
    const { trigger, scheduledFor } = JSON.parse(payload.slice(payload.indexOf("\n") + 1))
    const key = `${trigger} ${scheduledFor}`
    calls.set(key, (calls.get(key) ?? 0) + 1)
  }
  const doubled = [...calls.values()].reduce((sum, each) => sum + each - 1, 0)
  const ticks = Number(firings.rows[0].ticks) - Number(firings.rows[0].others)
  return { ticks, missed: expected - ticks, doubled }
}
