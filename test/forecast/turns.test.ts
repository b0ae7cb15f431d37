import { describe, expect, it } from "vitest"
import { takeSteps, takeStepsInTurns } from "../../src/forecast/take-steps.ts"
import { createForecaster, forecast } from "../../src/index.ts"

const history = Array.from({ length: 8000 }, (_, index) => 10 + Math.sin(index / 7) + Math.sin(index ** 2))

describe("a forecaster", () => {
  it("lets the event loop turn while it computes, and answers as it would at once", async () => {
    let turns = 0
    let isDone = false
    const turn = () => {
      turns++
      if (!isDone) setImmediate(turn)
    }
    setImmediate(turn)
    const answer = await createForecaster().forecast(history, 100, { seasonLength: 24 })
    isDone = true
    expect(turns).toBeGreaterThan(2)
    expect(answer).toEqual(forecast(history, 100, { seasonLength: 24 }))
  })

  it("ends on its way where nobody waits any more", async () => {
    const controller = new AbortController()
    setImmediate(() => controller.abort(new Error("closing")))
    const { signal } = controller
    await expect(createForecaster().forecast(history, 100, { signal })).rejects.toThrow("closing")
  })
})

describe("steps", () => {
  function* steps() {
    yield
    yield
    return 3
  }

  it("come to the same at once and in turns", async () => {
    expect(takeSteps(steps())).toBe(3)
    expect(await takeStepsInTurns(steps())).toBe(3)
  })
})
