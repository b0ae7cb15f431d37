import { describe, expect, it } from "vitest"
import { createFunctions, type ForecastBackend } from "../../../src/index.ts"
import { createTestFunctions } from "../../../src/testing/index.ts"
import { openKit, recordDays } from "./kit.ts"

const capabilities = { minimumHistory: 24, maximumHorizon: 48, seasonal: true, remote: true }

/** Answers 5 everywhere, or what it is given. */
function backendOf(forecast: ForecastBackend["forecast"], changes: Partial<ForecastBackend> = {}): ForecastBackend {
  return { name: "remote", capabilities, forecast, ...changes }
}

const fives: ForecastBackend["forecast"] = async ({ horizon, levels }) => {
  const all = new Array<number>(horizon).fill(5)
  return { mean: all, intervals: Object.fromEntries(levels.map((level) => [level, { lower: all, upper: all }])) }
}

const ask = { key: "load", step: "1h", horizon: 2 } as const

describe("a backend of the host's", () => {
  it("is listed with what it can do, and answers where it is named", async () => {
    const kit = await openKit({ forecasts: { backends: [backendOf(fives)] } })
    await recordDays(kit, 2)
    const { forecasts } = kit.functions
    expect(forecasts.backends().map(({ name }) => name)).toEqual([
      ...["combined", "exponential-smoothing", "seasonal-naive", "remote"],
    ])
    expect(forecasts.backends().at(-1)).toEqual({ name: "remote", ...capabilities })
    const made = await forecasts.make({ ...ask, backend: "remote" })
    expect(made).toMatchObject({ backend: "remote", fallbacks: [], points: [{ value: 5 }, { value: 5 }] })
    expect((await forecasts.make(ask)).backend).toBe("combined")
  })

  it("answers where nobody is named, if the host says so", async () => {
    const kit = await openKit({ forecasts: { backends: [backendOf(fives)], defaultBackend: "remote" } })
    await recordDays(kit, 2)
    expect((await kit.functions.forecasts.make(ask)).backend).toBe("remote")
  })

  it.each([
    ["fails", async () => Promise.reject(new Error("it answered 503")), "it answered 503"],
    ["answers too little", async () => ({ mean: [1], intervals: {} }), "Its mean must be 2 finite numbers."],
    ["never answers", () => new Promise<never>(() => {}), "It did not answer within 20 ms."],
  ] as const)("that %s is stood in for, which is told to caller and host", async (_, forecast, reason) => {
    const errors: unknown[] = []
    const kit = await openKit({
      forecasts: { backends: [backendOf(forecast)], defaultBackend: "remote", timeoutMs: 20 },
      onError: (_error, { stage }) => errors.push(stage),
    })
    await recordDays(kit, 2)
    const made = await kit.functions.forecasts.make(ask)
    expect(made).toMatchObject({ backend: "combined", fallbacks: [{ backend: "remote", reason }] })
    expect(await kit.functions.forecasts.get(made.id)).toMatchObject({ fallbacks: [{ backend: "remote", reason }] })
    expect(errors).toEqual(["forecasts"])
  })

  it("hears that nobody waits for it any more", async () => {
    let signal: AbortSignal | undefined
    const never: ForecastBackend["forecast"] = (_, given) => {
      signal = given
      return new Promise(() => {})
    }
    const kit = await openKit({ forecasts: { backends: [backendOf(never)], timeoutMs: 10 }, onError: () => {} })
    await recordDays(kit, 2)
    await kit.functions.forecasts.make({ ...ask, backend: "remote" })
    expect(signal?.aborted).toBe(true)
  })

  it("is not asked for more than it can", async () => {
    const kit = await openKit({ forecasts: { backends: [backendOf(fives)] } })
    await recordDays(kit, 2)
    const made = await kit.functions.forecasts.make({ ...ask, horizon: 49, backend: "remote" })
    expect(made.backend).toBe("combined")
    expect(made.fallbacks).toEqual([{ backend: "remote", reason: "It goes 48 points ahead, and the horizon is 49." }])
  })

  it.each([
    [{ backends: [backendOf(fives), backendOf(fives)] }, 'two backends have the name "remote"'],
    [{ backends: [backendOf(fives, { name: "combined" })] }, 'two backends have the name "combined"'],
    [{ defaultBackend: "oracle" }, 'there is no backend "oracle"'],
    [{ timeoutMs: 0 }, "timeoutMs"],
    [{ keepMs: -1 }, "forecasts.keepMs"],
  ])("keeps the service from starting where %j cannot be", async (forecasts, message) => {
    await expect(createTestFunctions({ forecasts })).rejects.toThrow(message)
  })

  it("keeps the service from starting where an option is not known", async () => {
    const forecasts = { backend: "combined" } as never
    await expect(createFunctions({ forecasts })).rejects.toMatchObject({
      code: "FN_006",
      message: expect.stringContaining("forecasts.backend"),
    })
  })
})
