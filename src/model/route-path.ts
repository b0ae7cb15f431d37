import { z } from "zod"

/** Where a route is, under the mount's prefix: names, parameters and a final `*`. */
export const routePath: z.ZodString = z
  .string()
  .max(512)
  .regex(/^\/(?:(?:[A-Za-z0-9._~-]+|:[A-Za-z_][A-Za-z0-9_]*|\*)(?:\/|$))*$/, {
    message: 'must begin with "/" and consist of names, ":parameters" and a final "*"',
  })
  .refine((path) => !/\*./.test(path), { message: '"*" may stand only at the end' })
