import { describe, expect, it } from "vitest"
import { createForecaster, type ForecastBackend, type Outlook } from "../../src/index.ts"
import { day } from "./series.ts"

const capabilities = { minimumHistory: 3, maximumHorizon: 10, seasonal: false, remote: true }
const flat = (value: number, horizon: number): Outlook => {
  const path = new Array(horizon).fill(value)
  return { mean: path, intervals: { 80: { lower: path, upper: path }, 95: { lower: path, upper: path } } }
}
const remote = (answer: ForecastBackend["forecast"]): ForecastBackend => ({
  name: "remote",
  capabilities,
  forecast: answer,
})

describe("a forecaster", () => {
  it("lists its backends with what they can do", () => {
    const { backends } = createForecaster({ backends: [remote(() => flat(1, 1))] })
    expect(backends().map(({ name }) => name)).toEqual([
      "combined",
      "exponential-smoothing",
      "seasonal-naive",
      "remote",
    ])
    expect(backends().at(-1)).toEqual({ name: "remote", ...capabilities })
  })

  it("asks a service elsewhere, and names it in the answer", async () => {
    const { forecast } = createForecaster({ backends: [remote(async ({ horizon }) => flat(4, horizon))] })
    const answer = await forecast([1, 2, 3], 2, { backend: "remote" })
    expect(answer).toMatchObject({ backend: "remote", mean: [4, 4], fallbacks: [] })
  })

  it("hands over a checked request without gaps", async () => {
    const asked: unknown[] = []
    const { forecast } = createForecaster({
      defaultBackend: "remote",
      backends: [
        remote((request) => {
          asked.push(request)
          return flat(0, request.horizon)
        }),
      ],
    })
    await forecast([1, null, 3], 2)
    expect(asked).toEqual([{ history: [1, 2, 3], horizon: 2, seasonLength: 1, levels: [80, 95] }])
  })

  it.each([
    [
      "throws",
      () => {
        throw new Error("out of reach")
      },
      "out of reach",
    ],
    ["rejects", () => Promise.reject(new Error("402")), "402"],
    ["answers too few values", () => flat(1, 3), "Its mean must be 5 finite numbers."],
    [
      "answers no numbers",
      () => ({ ...flat(1, 5), mean: [1, 2, 3, 4, Number.NaN] }),
      "Its mean must be 5 finite numbers.",
    ],
    [
      "has no interval",
      () => ({ ...flat(1, 5), intervals: {} }),
      "Its interval of 80 % must be 5 finite numbers below and above.",
    ],
    [
      "has bounds the wrong way round",
      () => ({
        ...flat(1, 5),
        intervals: { ...flat(1, 5).intervals, 95: { lower: [2, 2, 2, 2, 2], upper: [1, 1, 1, 1, 1] } },
      }),
      "Its interval of 95 % has bounds the wrong way round.",
    ],
  ])("falls back to a built-in backend where its own %s, and tells why", async (_, answer, reason) => {
    const heard: unknown[] = []
    const { forecast } = createForecaster({
      backends: [remote(answer as ForecastBackend["forecast"])],
      onError: (error, about) => heard.push([(error as Error).message, about]),
    })
    const found = await forecast(day(100), 5, { seasonLength: 24, backend: "remote" })
    expect(found.backend).toBe("combined")
    expect(found.fallbacks).toEqual([{ backend: "remote", reason }])
    expect(heard).toEqual([[reason, { backend: "remote" }]])
  })

  it("does not ask a backend for more than it can", async () => {
    const { forecast } = createForecaster({ backends: [remote(() => flat(1, 11))] })
    const far = await forecast(day(100), 11, { backend: "remote" })
    expect(far.fallbacks).toEqual([{ backend: "remote", reason: "It goes 10 points ahead, and the horizon is 11." }])
    expect((await forecast([1, 2], 1, { backend: "remote" })).backend).toBe("seasonal-naive")
  })

  it("stops waiting when the call is given up, and asks nobody else", async () => {
    const controller = new AbortController()
    const { forecast } = createForecaster({ backends: [remote(() => new Promise(() => {}))] })
    const waiting = forecast([1, 2, 3], 1, { backend: "remote", signal: controller.signal })
    controller.abort(new Error("enough"))
    await expect(waiting).rejects.toThrow("enough")
  })

  it("refuses unknown backends, and two of one name", async () => {
    await expect(createForecaster().forecast([1], 1, { backend: "remote" })).rejects.toMatchObject({ code: "FN_006" })
    const one = remote(() => flat(1, 1))
    expect(() => createForecaster({ backends: [one, one] })).toThrow(TypeError)
    expect(() => createForecaster({ backends: [{ ...one, name: "combined" }] })).toThrow(TypeError)
    expect(() => createForecaster({ defaultBackend: "remote" })).toThrow(TypeError)
  })

  it.each([
    [null, "the options must be an object"],
    [{ backends: "remote" }, "backends: "],
    [{ backends: [null] }, "backends[0]: "],
    [{ backends: [{ ...remote(() => flat(1, 1)), name: "" }] }, "backends[0].name: "],
    [{ backends: [{ name: "remote", capabilities }] }, "backends[0].forecast: "],
    [{ backends: [{ name: "remote", forecast: () => {} }] }, "backends[0].capabilities: "],
    [
      { backends: [{ ...remote(() => flat(1, 1)), capabilities: { ...capabilities, maximumHorizon: undefined } }] },
      "backends[0].capabilities.maximumHorizon: ",
    ],
    [{ timeoutMs: "5" }, "timeoutMs: "],
    [{ timeoutMs: 0 }, "timeoutMs: "],
    // A timer of so many milliseconds would go off at once.
    [{ timeoutMs: 2 ** 31 }, "timeoutMs: "],
    [{ onError: "log" }, "onError: "],
  ])("refuses options that cannot be: %j", (options, named) => {
    const create = () => createForecaster(options as never)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(`Cannot create forecaster: ${named}`)
  })

  it("refuses what it does not know with FN_006, and takes a signal with a call", async () => {
    const refused = { code: "FN_006", issues: [expect.objectContaining({ path: "backend" })] }
    expect(() => createForecaster({ backend: [] } as never)).toThrow(expect.objectContaining(refused))
    const { forecast } = createForecaster()
    await expect(forecast([1], 1, { season: 24 } as never)).rejects.toMatchObject({ issues: [{ path: "season" }] })
    await expect(forecast([1], 1, null as never)).rejects.toMatchObject({ issues: [{ path: "options" }] })
    expect(await forecast([1], 1, { signal: new AbortController().signal })).toMatchObject({ mean: [1] })
  })
})
