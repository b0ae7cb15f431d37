import { expect, it } from "vitest"
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
