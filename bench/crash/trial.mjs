import { fork } from "node:child_process"
import { stat } from "node:fs/promises"
import { setTimeout as wait } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { createFunctions } from "inlay"
import { openStorage, prepareChain, queueOf, quiet, stepCount } from "./chain.mjs"
import { countDoubled, longestStandstill, readLedger } from "./ledger.mjs"

const script = fileURLToPath(new URL("worker.mjs", import.meta.url))
/**
 * What keeps a start short: the processes live for a second or two, in which nothing is worth optimizing. From Node 22 on,
 * compiled code is kept for the next one.
 */
const execArgv = ["--liftoff-only", "--no-opt", "--max-lazy"]
/** After every so many kills the killing pauses, so that it can be seen for how long the killed process's work stands still. */
const pauseEvery = 20
/** For how long no run may end, beyond a lease, once nobody is killed any more. */
const restMs = 60_000
/** What a step notes, about. */
const noteBytes = 110

/**
 * Has processes accept and do runs of a pipeline while they are killed at random, and counts what became of the runs.
 * `skews` has the clock error of each process, in milliseconds; `tell` hears of the progress.
 */
export async function crashTrial({ storage, at, ledger, skews, runs, kills, leaseMs, endsAt, tell }) {
  const functions = await createFunctions({
    storage: await openStorage(storage, at),
    authenticate: "open",
    logger: quiet,
    queue: { ...queueOf(leaseMs), concurrency: 0 },
  })
  await prepareChain(functions)
  const accepted = new Map()
  const pauses = []
  const places = skews.map((skewMs, index) => createPlace({ storage, at, ledger, leaseMs, skewMs, index, accepted }))
  /** Asks for as many as are neither accepted nor asked of somebody who lives. */
  const askUpTo = (share) => {
    const open = places.reduce((sum, place) => sum + place.asked(), 0)
    for (let missing = share - accepted.size - open; missing > 0; missing--) ask(places)
  }
  let killed = 0
  try {
    await Promise.all(places.map((place) => place.start()))
    while (killed < kills && Date.now() < endsAt) {
      const before = await sizeOf(ledger)
      askUpTo(Math.ceil(((killed + 1) * runs) / kills))
      // Somebody has to have something to lose; and on the whole as much is done as is asked for.
      const steps = 1 + Math.random() * 2 * ((runs * stepCount) / kills)
      for (let left = 200; (await sizeOf(ledger)) < before + steps * noteBytes && left > 0; left--) await wait(25)
      await wait(Math.random() * 50)
      await Promise.race(places.map((place) => place.isReady()))
      const up = places.filter((place) => place.takes())
      const place = up[Math.floor(Math.random() * up.length)]
      if (!place) continue
      const kill = await place.kill()
      killed++
      const restarted = place.start()
      if (killed % pauseEvery === 0 || killed === kills) {
        await restarted
        await wait(leaseMs + 2000)
        pauses.push(kill)
      } else if (places.length === 1) await restarted
      if (killed % Math.ceil(kills / 20) === 0)
        tell(`${killed} of ${kills} processes killed, ${accepted.size} runs accepted`)
    }
    // What was asked of those who died before they answered.
    while (accepted.size < runs && Date.now() < endsAt) {
      askUpTo(runs)
      await wait(100)
    }
    const ended = await follow(functions, accepted, { endsAt, stillMs: leaseMs + restMs }, tell)
    const notes = readLedger(ledger)
    const waits = pauses.map((pause) => longestStandstill(notes, pause)).filter((ms) => ms !== null)
    return {
      kills: killed,
      runs: accepted.size,
      begun: notes.length,
      lost: ended.lost,
      unfinished: ended.unfinished,
      doubled: countDoubled(notes) + ended.twisted,
      recoveries: waits.length,
      recoverySeconds: waits.length === 0 ? Number.NaN : Math.max(...waits) / 1000,
    }
  } finally {
    await Promise.all(places.map((place) => place.end()))
    await functions.close({ graceMs: 0 })
  }
}

let tokens = 0

function ask(places) {
  const ready = places.filter((place) => place.takes())
  ready[tokens % Math.max(1, ready.length)]?.ask(`run-${tokens}`)
  tokens += 1
}

/** Where a process runs, and another one after it was killed. */
function createPlace({ index, accepted, ...settings }) {
  let child
  /** The next one, which loads its code while this one lives. */
  let spare = load()
  let ready = Promise.resolve(false)
  let isUp = false
  let count = 0
  let incarnation = ""
  /** Runs that were asked for and not answered. */
  const open = new Set()

  function load() {
    return fork(script, [JSON.stringify(settings)], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      execArgv,
      env: { ...process.env, NODE_COMPILE_CACHE: `${settings.ledger}-code` },
    })
  }

  return {
    async start() {
      incarnation = `${index}-${++count}`
      child = spare
      const own = child
      ready = new Promise((resolve) => {
        own.on("message", (message) => {
          if (message.ready) {
            isUp = true
            resolve(true)
          } else {
            accepted.set(message.id, message.token)
            open.delete(message.token)
          }
        })
        own.once("exit", () => resolve(false))
      })
      own.send({ incarnation })
      await ready
      spare = load()
    },
    takes: () => isUp,
    isReady: () => ready,
    asked: () => open.size,
    ask(token) {
      open.add(token)
      child.send({ token }, () => {})
    },
    /** Says who died, and when, by the system's clock. */
    async kill() {
      isUp = false
      const gone = new Promise((resolve) => child.once("exit", resolve))
      child.kill("SIGKILL")
      await gone
      open.clear()
      return { incarnation, at: Number(process.hrtime.bigint() / 1_000_000n) }
    },
    async end() {
      await ready
      if (isUp) await this.kill()
      const gone = new Promise((resolve) => spare.once("exit", resolve))
      spare.kill("SIGKILL")
      await gone
    },
  }
}

/** Waits for the runs to end; counts those that are not there, that have not ended well, and whose record is not one chain. */
async function follow(functions, accepted, { endsAt, stillMs }, tell) {
  const open = new Set(accepted.keys())
  let lost = 0
  let twisted = 0
  let failed = 0
  let endedAt = Date.now()
  let isFirst = true
  while (open.size > 0 && (isFirst || Date.now() < Math.min(endsAt, endedAt + stillMs))) {
    isFirst = false
    const left = open.size
    for (const id of open) {
      const run = await functions.pipelines.getRun(id).catch((error) => error)
      if (run.code === "FN_001") lost++
      else if (["queued", "running", "waiting"].includes(run.status)) continue
      else if (run.status !== "succeeded") failed++
      else if (!isOneChain(run)) twisted++
      open.delete(id)
    }
    if (open.size < left) endedAt = Date.now()
    if (open.size > 0) await wait(500)
  }
  tell(`${accepted.size - open.size - lost - failed} of ${accepted.size} accepted runs succeeded`)
  return { lost, twisted, unfinished: open.size + failed }
}

async function sizeOf(path) {
  return (await stat(path).catch(() => null))?.size ?? 0
}

function isOneChain({ steps, output }) {
  const isWhole = steps.length === stepCount && steps.every((step, index) => step.output?.step === index + 1)
  return isWhole && output.given === steps.at(-1).output.given
}
