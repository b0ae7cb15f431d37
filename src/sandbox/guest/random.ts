import { reportImpurity } from "./phase.ts"

let a = 0
let b = 0
let c = 0
let d = 1
let mixed = false

/** Seeds `Math.random` for one call. */
export function seedRandom(seed: readonly [number, number, number, number]): void {
  a = seed[0] | 0
  b = seed[1] | 0
  c = seed[2] | 0
  d = seed[3] | 0
  mixed = false
}

/** `Math.random`: 53 bits from two steps of sfc32. */
export function random(): number {
  reportImpurity("randomness")
  if (!mixed) {
    mixed = true
    // Seeds that differ in a few bits must not show in the first numbers.
    for (let round = 0; round < 12; round++) step()
  }
  return ((step() >>> 5) * 67108864 + (step() >>> 6)) / 9007199254740992
}

function step(): number {
  const result = (a + b + d) | 0
  d = (d + 1) | 0
  a = b ^ (b >>> 9)
  b = (c + (c << 3)) | 0
  c = (((c << 21) | (c >>> 11)) + result) | 0
  return result
}
