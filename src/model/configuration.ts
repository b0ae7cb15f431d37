import { z } from "zod"
import { parseEgressTarget } from "./egress-target.ts"
import { layersSchema } from "./layer.ts"
import { functionReferenceSchema } from "./name.ts"
import { type QueueControl, queueControlSchema } from "./queue-control.ts"
import { type Retry, retrySchema } from "./retry.ts"
import { placesSchema, type Scaling, scalingSchema } from "./scaling.ts"
import { maxTriggers, type Trigger, triggerSchema } from "./trigger-declaration.ts"

/** Runtime ids that a configuration may name. The QuickJS sandbox serves `quickjs`. */
export const runtimeIds = [
  "quickjs",
  "nodejs18",
  "nodejs20",
  "nodejs22",
  "nodejs24",
  "bun",
  "deno",
  "python3.10",
  "python3.11",
  "python3.12",
  "go1.20",
  "container",
  "wasm",
] as const

/** One of the runtime ids. */
export type RuntimeId = (typeof runtimeIds)[number]

const egressTarget = z
  .string()
  .max(500)
  .refine((text) => parseEgressTarget(text) !== null, {
    message: 'must be a name ("api.example.com", "*.example.com:443"), an address or a network ("203.0.113.0/24")',
  })

const network = z.strictObject({
  /** A network that the host has named. */
  vpc: z.string().min(1).max(200).optional(),
  subnets: z.array(z.string().max(200)).optional(),
  securityGroups: z.array(z.string().max(200)).optional(),
  ingress: z.enum(["all", "internal"]).optional(),
  allow: z.array(egressTarget).max(100).optional(),
  internal: z.boolean().optional(),
  egress: z.enum(["all", "none"]).optional(),
})

const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, { message: "must be a letter or _ and then letters, digits and _" })

/** Every call carries its environment. */
const maxVariables = 500
const maxEnvironmentLength = 131_072

/** The environment of a function: names to text; `${secrets.NAME}` stands for a secret of the host. */
const environmentSchema: z.ZodType<Environment> = z
  .record(environmentName, z.string().max(32_768))
  .refine((environment) => Object.keys(environment).length <= maxVariables, {
    message: `must have at most ${maxVariables} variables`,
  })
  .refine((environment) => JSON.stringify(environment).length <= maxEnvironmentLength, {
    message: `must have at most ${maxEnvironmentLength} characters in all`,
  })

/** Names to text. */
export type Environment = Readonly<Record<string, string>>

const shape = {
  runtime: z.enum(runtimeIds).default("quickjs"),
  /** `file.export`, without the file's extension. */
  handler: z
    .string()
    .max(512)
    .regex(/^(?!.*\.\.)[A-Za-z0-9_$][A-Za-z0-9_$./-]*\.[A-Za-z_$][A-Za-z0-9_$]*$/, {
      message: 'must be "file.export", such as "index.handler"',
    })
    .optional(),
  kind: z.enum(["http", "event"]).optional(),
  memory: z.number().int().min(16).max(4096).default(128),
  timeout: z.number().positive().max(900).default(30),
  /** CPU seconds per call. */
  cpu: z.number().positive().max(900).default(1),
  concurrency: placesSchema.optional(),
  reuse: z.boolean().optional(),
  environment: environmentSchema.default({}),
  triggers: z.array(triggerSchema).max(maxTriggers).default([]),
  layers: layersSchema.optional(),
  scaling: scalingSchema.optional(),
  retry: retrySchema.optional(),
  chain: z.array(functionReferenceSchema).min(1).max(20).optional(),
  queue: queueControlSchema.optional(),
  network: network.optional(),
  description: z.string().max(2000).optional(),
}

/** What `function.config.ts` or `.json` may say. Unknown keys are refused with their path. */
export const configurationSchema: z.ZodType<Configuration, ConfigurationInput> = z.strictObject(
  shape,
) as unknown as z.ZodType<Configuration, ConfigurationInput>

/** Where a function may connect to, and who may reach it. */
export interface Network {
  /** A network of the host that connections leave through; a deploy is refused where the host has none of this name. */
  readonly vpc?: string
  readonly subnets?: readonly string[]
  readonly securityGroups?: readonly string[]
  /** `internal` means the same as `internal: true`. */
  readonly ingress?: "all" | "internal"
  /** Nothing else is connected to: `api.example.com`, `*.example.com:443`, `203.0.113.0/24`. Opens nothing that the host does not. */
  readonly allow?: readonly string[]
  /** Calls over HTTP are refused; the host's own code and pipelines call it. */
  readonly internal?: boolean
  /** `none` means that nothing is connected to. */
  readonly egress?: "all" | "none"
}

/** A configuration with its defaults filled in. `memory` is megabytes; `timeout` and `cpu` are seconds. */
export interface Configuration {
  readonly runtime: RuntimeId
  readonly handler?: string
  readonly kind?: "http" | "event"
  readonly memory: number
  readonly timeout: number
  readonly cpu: number
  /** Calls that may be under way at once; more wait. `scaling.concurrency` says the same. */
  readonly concurrency?: number
  /** Calls leave their instance as it is for later calls: module state survives. At most `scaling.max` of them. @default false */
  readonly reuse?: boolean
  readonly environment: Environment
  readonly triggers: readonly Trigger[]
  /** Layers that the code may import: `name`, the latest at deploy, or `name@3`. A version's own are all of the second form. */
  readonly layers?: readonly string[]
  readonly scaling?: Scaling
  readonly retry?: Retry
  /** Functions that are called with its output, each with that of the one before: callers get what the last one answers. */
  readonly chain?: readonly string[]
  /** How calls that are accepted to run later flow. */
  readonly queue?: QueueControl
  readonly network?: Network
  readonly description?: string
}

/** A configuration as its author writes it: everything may be left out. */
export interface ConfigurationInput extends Partial<Configuration> {
  /** The same as `network.internal`. */
  readonly internal?: boolean
  /** The same as `network.vpc`. */
  readonly vpc?: string
}

/** The part of a configuration that belongs to a version and its content hash. */
export type VersionConfiguration = Omit<Configuration, "environment" | "triggers" | "description">
