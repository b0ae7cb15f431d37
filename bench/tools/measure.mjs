// Timing in one place: warm-up, rounds, medians. Units are in the names.

/** The value below which `share` of the sorted-on-the-way values lie, nearest rank. */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** The middle one. */
export function median(values) {
  return percentile(values, 0.5)
}

/** Times each of `count` calls, one after another; microseconds. */
export async function timeEach(count, call) {
  const times = new Float64Array(count)
  for (let index = 0; index < count; index++) {
    const begin = performance.now()
    await call(index)
    times[index] = (performance.now() - begin) * 1000
  }
  return times
}

/** So long V8 still compiles what is called often, beside what is measured, on machines with few cores. */
const warmUpMs = 2000

/** Calls until there have been `count`, and until V8 has compiled what they need. */
async function warmUpBy(count, call) {
  const begin = performance.now()
  for (let index = 0; index < count || performance.now() - begin < warmUpMs; index++) await call(index)
}

/** Latency of calls one after another: the medians over rounds of each round's p50 and p99, microseconds. */
export async function latency(call, { warmUp = 500, rounds = 5, perRound = 1000 } = {}) {
  await warmUpBy(warmUp, call)
  const p50 = []
  const p99 = []
  for (let round = 0; round < rounds; round++) {
    const times = await timeEach(perRound, call)
    p50.push(percentile(times, 0.5))
    p99.push(percentile(times, 0.99))
  }
  return { p50: median(p50), p99: median(p99) }
}

/** Calls per second with `inFlight` calls under way at any time: the median over rounds. */
export async function throughput(call, { inFlight = 64, warmUp = 2000, rounds = 5, perRound = 10_000 } = {}) {
  const round = async (count) => {
    let started = 0
    const lane = async () => {
      while (started < count) await call(started++)
    }
    const begin = performance.now()
    await Promise.all(Array.from({ length: inFlight }, lane))
    return count / ((performance.now() - begin) / 1000)
  }
  const begin = performance.now()
  do await round(warmUp)
  while (performance.now() - begin < warmUpMs)
  const rates = []
  for (let index = 0; index < rounds; index++) rates.push(await round(perRound))
  return median(rates)
}

/** What `second` costs more than `first`: the median over pairs of rounds that follow each other, microseconds per call. */
export async function difference(first, second, { warmUp = 500, pairs = 9, perRound = 500 } = {}) {
  await warmUpBy(warmUp, first)
  await warmUpBy(warmUp, second)
  const differences = []
  for (let pair = 0; pair < pairs; pair++) {
    // Whichever goes first may be at a disadvantage: they take turns.
    const order = pair % 2 === 0 ? [first, second] : [second, first]
    const p50 = new Map()
    for (const call of order) p50.set(call, median(await timeEach(perRound, call)))
    differences.push(p50.get(second) - p50.get(first))
  }
  return median(differences)
}
