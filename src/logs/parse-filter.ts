import { z } from "zod"
import { invalid, toErrorIssues } from "../model/invalid.ts"
import { type LogFilter, logLevels } from "../model/log.ts"
import { refuseProto } from "../model/own-keys.ts"
import { latestTime } from "../util/latest-time.ts"
import { neutralise } from "../util/neutralise.ts"

const maxText = 1000
const maxFields = 10
const shown = (maximum: number) => z.string().max(maximum).transform(neutralise)
const time = z.number().min(0).max(latestTime)
const id = z.string().min(1).max(140).transform(neutralise)

const schema = z.strictObject({
  text: shown(maxText).optional(),
  fields: refuseProto(
    z
      .record(shown(128), shown(1024))
      .refine((fields) => Object.keys(fields).length <= maxFields, `has at most ${maxFields} fields`),
  ).optional(),
  level: z.enum(logLevels).optional(),
  function: id.optional(),
  version: z.number().int().min(1).max(2_147_483_647).optional(),
  invocationId: id.optional(),
  traceId: id.optional(),
  from: time.optional(),
  to: time.optional(),
})

/** `FN_006` where a filter is none. What is kept has no characters that a terminal obeys, so none is looked for. */
export function parseFilter(filter: LogFilter): LogFilter {
  const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined))
  const { data, error } = schema.safeParse(given)
  if (error) throw invalid("search the logs", toErrorIssues(error))
  return data as LogFilter
}
