import type { AlertOccasion, AlertRule } from "../model/alert.ts"
import type { AlertCondition } from "../model/alert-condition.ts"
import type { WakeAfter } from "../util/wake-after.ts"
import { isNamed } from "./name-pattern.ts"
import { type Raise, silencesOf, type Trouble } from "./raise.ts"
import { againMs, type RuleBook, type RulesInForce } from "./rule-book.ts"

/** What watching needs. */
export interface WatchOptions {
  readonly book: RuleBook
  readonly raise: Raise
  readonly now: () => number
  readonly wakeAfter: WakeAfter
  readonly onError: (error: unknown, context: { readonly stage: "alerts" }) => void
}

/** Something that happened, which rules may be about. */
export interface Happening {
  readonly organisation: string
  readonly function: string | null
  readonly series: string | null
  /** What is worth an alert about it by a condition. */
  readonly judge: (condition: AlertCondition) => AlertOccasion | undefined
}

/** Holds what happens against the rules, and writes down what comes of it. */
export interface Watch {
  /** Of everything that happens: returns at once. */
  observe(happening: Happening): void
  /** Resolves once what was observed so far is written down. */
  flush(): Promise<void>
  /** Does the same, and waits for nothing after it. */
  stop(): Promise<void>
}

/** A trouble that grows until it is written down. */
type Gathered = { -readonly [Key in keyof Trouble]: Trouble[Key] }

/** A storm of calls is written down once in this time. */
const gatherMs = 1000
/** What may wait for rules that cannot be read; calls have logs of up to 256 kB. */
const maxHeld = 1000

/** Creates it. */
export function createWatch({ book, raise, now, wakeAfter, onError }: WatchOptions): Watch {
  let gathered = new Map<string, Gathered>()
  const reading = new Set<Promise<void>>()
  let writing: Promise<void> | undefined
  let stopWaiting: (() => void) | undefined
  let held: Happening[] = []
  let lost = 0
  let stopHolding: (() => void) | undefined
  let isStopped = false
  let lastFlushAt = Number.NEGATIVE_INFINITY

  function judge(happening: Happening, { rules, silences }: RulesInForce): void {
    for (const rule of rules) {
      if (!isNamed(rule.function, happening.function)) continue
      const occasion = happening.judge(rule.condition)
      if (occasion) gather(happening, rule, silences, occasion)
    }
  }

  function gather(
    { organisation, function: name, series }: Happening,
    rule: AlertRule,
    silences: RulesInForce["silences"],
    occasion: AlertOccasion,
  ): void {
    const about = { organisation, rule, function: name, series }
    const key = keyOf(about)
    const present = gathered.get(key)
    if (present) {
      present.count++
      present.last = occasion
    } else {
      const own = silencesOf(silences, rule.id, name)
      gathered.set(key, { ...about, silences: own, count: 1, first: occasion.at, last: occasion })
    }
    // The first is told at once; what follows waits for its turn.
    stopWaiting ??= wakeAfter(Math.max(0, Math.min(gatherMs, lastFlushAt + gatherMs - now())), flush)
  }

  async function write(): Promise<void> {
    const troubles = [...gathered.values()]
    gathered = new Map()
    lastFlushAt = now()
    for (const trouble of troubles) {
      try {
        await raise.again(trouble)
      } catch (error) {
        onError(error, { stage: "alerts" })
        keep(trouble)
      }
    }
  }

  /** What could not be written down is tried again with what comes meanwhile. */
  function keep(trouble: Gathered): void {
    const key = keyOf(trouble)
    const since = gathered.get(key)
    if (since) {
      since.count += trouble.count
      since.first = trouble.first
    } else gathered.set(key, trouble)
    stopWaiting ??= wakeAfter(gatherMs, flush)
  }

  async function flush(): Promise<void> {
    stopWaiting?.()
    stopWaiting = undefined
    await Promise.all(reading)
    while (writing) await writing
    if (gathered.size === 0) return
    writing = write()
    await writing
    writing = undefined
  }

  function observe(happening: Happening): void {
    const known = book.peek(happening.organisation)
    if (known) {
      judge(happening, known)
      return
    }
    const read = book.read(happening.organisation).then((inForce) => {
      if (inForce) judge(happening, inForce)
      else hold(happening)
    })
    reading.add(read)
    void read.then(() => reading.delete(read))
  }

  /** Nobody knows yet whether it is worth an alert. */
  function hold(happening: Happening): void {
    if (held.length < maxHeld && !isStopped) held.push(happening)
    else lost++
    if (!isStopped) stopHolding ??= wakeAfter(againMs, judgeHeld)
  }

  async function judgeHeld(): Promise<void> {
    stopHolding?.()
    stopHolding = undefined
    const again = held
    held = []
    tellLost()
    for (const happening of again) observe(happening)
    await Promise.all(reading)
  }

  function tellLost(): void {
    if (lost === 0) return
    const error = new Error(`Cannot hold ${lost} happenings against rules: the rules could not be read for too long.`)
    lost = 0
    onError(error, { stage: "alerts" })
  }

  return {
    observe,
    flush,
    async stop() {
      isStopped = true
      await judgeHeld()
      await flush()
      stopWaiting?.()
      tellLost()
    },
  }
}

function keyOf({
  organisation,
  rule,
  function: name,
  series,
}: Omit<Happening, "judge"> & Pick<Trouble, "rule">): string {
  return `${organisation}/${rule.id}/${name ?? ""}/${series ?? ""}`
}
