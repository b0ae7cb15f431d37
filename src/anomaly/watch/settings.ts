import { z } from "zod"
import type { AnomalySettings, AnomalySettingsInput } from "../../model/anomaly.ts"
import { invalid, toErrorIssues } from "../../model/invalid.ts"
import type { StoredAnomalySettings } from "../../ports/anomaly-storage.ts"

const weight = z.number().min(0).max(1000).optional()
const points = z.number().int().min(0).max(1000).optional()

/** Settings as they come from outside. */
export const anomalySettingsSchema: z.ZodType<AnomalySettingsInput> = z.strictObject({
  enabled: z.boolean().optional(),
  sensitivity: z.number().min(0).max(1).optional(),
  weights: z.strictObject({ value: weight, rhythm: weight, variability: weight, silence: weight }).optional(),
  context: z.strictObject({ before: points, after: points }).optional(),
}) as unknown as z.ZodType<AnomalySettingsInput>

const doing = "save the settings of anomalies"

/** Reads settings; `FN_006` with the path of everything that is wrong. */
export function parseSettings(value: unknown): AnomalySettingsInput {
  const parsed = anomalySettingsSchema.safeParse(value)
  if (!parsed.success) throw invalid(doing, toErrorIssues(parsed.error))
  return parsed.data
}

/** What holds where nobody has said anything. */
export const defaultSettings: AnomalySettings = {
  enabled: true,
  sensitivity: 0.5,
  weights: { value: 1, rhythm: 1, variability: 1, silence: 1 },
  context: { before: 60, after: 60 },
}

/** What holds for a function of an organisation, or for what is about none; `stored` may have those of others. */
export function mergeSettings(
  stored: readonly StoredAnomalySettings[],
  organisation: string,
  functionId: string | null,
  defaults: AnomalySettings,
): AnomalySettings {
  const own = stored.filter((one) => one.organisation === organisation)
  const ofAll = own.find((one) => one.functionId === null)
  const ofFunction = functionId === null ? undefined : own.find((one) => one.functionId === functionId)
  return withSettings(withSettings(defaults, ofAll?.settings), ofFunction?.settings)
}

/** With what is set in the place of what was. */
export function withSettings(base: AnomalySettings, given: AnomalySettingsInput = {}): AnomalySettings {
  const { weights, context, ...others } = given
  return { ...base, ...others, weights: { ...base.weights, ...weights }, context: { ...base.context, ...context } }
}

/** The same, made once for each function. */
export function createSettingsOf(
  stored: readonly StoredAnomalySettings[],
  defaults: AnomalySettings,
): (organisation: string, functionId: string | null) => AnomalySettings {
  const known = new Map<string, AnomalySettings>()
  return (organisation, functionId) => {
    if (stored.length === 0) return defaults
    const name = `${organisation}/${functionId ?? ""}`
    const settings = known.get(name) ?? mergeSettings(stored, organisation, functionId, defaults)
    known.set(name, settings)
    return settings
  }
}

/** Refuses weights of which none is left, alone or with those of the organisation. */
export function checkWeights({ weights }: AnomalySettings): void {
  if (Object.values(weights).some((one) => one > 0)) return
  throw invalid(doing, [{ path: "weights", message: "one at least must be above 0" }])
}
