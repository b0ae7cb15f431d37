import { expect, it } from "vitest"
import { toSurprise } from "../../src/anomaly/ensemble.ts"
import { FewValues } from "../../src/anomaly/watch/few-values.ts"
import { defaultSettings } from "../../src/anomaly/watch/settings.ts"

it("A minute of few values is neither an anomaly nor unusual before it is known how rare the rarest are", () => {
  const few = new FewValues("sizes", defaultSettings)
  const push = (minute: number, sum: number) => few.push({ at: minute * 60_000, count: 1, sum }, 0.6)
  for (let minute = 0; minute < 900; minute++) push(minute, 50 + (minute % 7))
  const early = push(900, 5000)
  expect(early).toMatchObject({ unusual: 0, isAnomaly: false })
  expect(early.score).toBeGreaterThan(0.6)
  for (let minute = 901; minute < 1500; minute++) push(minute, 50 + (minute % 7))
  const late = push(1500, 10_000)
  expect(late.unusual).toBe(late.score)
  expect(late).toMatchObject({ isAnomaly: true })
})

it("A trouble that lasts for hours is one that came before: the next of its kind is told at once", () => {
  const few = new FewValues("shares", defaultSettings)
  const push = (minute: number, isFailed: boolean) =>
    few.push({ at: minute * 60_000, count: 1, sum: isFailed ? 1 : 0 }, 0.6)
  for (let minute = 0; minute < 10_000; minute++) push(minute, false)
  for (let minute = 10_000; minute < 10_240; minute++) push(minute, minute % 3 === 0)
  for (let minute = 10_240; minute < 20_000; minute++) push(minute, false)
  for (let minute = 20_000; minute < 20_003; minute++) push(minute, true)
  const next = push(20_003, true)
  expect(next.isAnomaly).toBe(true)
  expect(next.score).toBeGreaterThanOrEqual(0.7)
})

it("A minute that is rare in time is the rarer for it, but confirms another hardly the more for it; and one without a failure is not unusual", () => {
  const few = new FewValues("shares", defaultSettings)
  const push = (minute: number, failed: number) => few.push({ at: minute * 60_000, count: 9, sum: failed }, 0.6)
  const apart = 20
  for (let point = 0; point < 3000; point++) push(apart * point, point % 10 === 0 ? 1 : 0)
  expect(push(apart * 3000, 0)).toMatchObject({ score: 0, unusual: 0 })
  const { score, unusual } = push(apart * 3001, 3)
  expect(score).toBeGreaterThanOrEqual(0.6)
  expect(unusual).toBeGreaterThan(0)
  expect(toSurprise(score) - toSurprise(unusual)).toBeGreaterThan(6)
})
