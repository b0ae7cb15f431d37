import { type Admission, createAdmission } from "./admission.ts"
import { type CpuBudget, createCpuBudget } from "./cpu-budget.ts"
import type { InvokerOptions } from "./invoker.ts"
import type { CreateFunctionsOptions } from "./options.ts"
import { createSecretResolver } from "./secrets.ts"

/** What every call is held to before it begins. */
export interface CallRules extends Pick<InvokerOptions, "resolveEnvironment"> {
  readonly admission: Admission
  readonly cpuBudget: CpuBudget
}

/** Makes them of what the host has set. */
export function createCallRules({
  admission,
  secrets,
  sandbox,
  now,
}: Pick<CreateFunctionsOptions, "admission" | "secrets" | "sandbox"> & { readonly now: () => number }): CallRules {
  const { cpuMsPerMinute } = sandbox ?? {}
  return {
    admission: createAdmission(admission),
    cpuBudget: createCpuBudget({ now, ...(cpuMsPerMinute !== undefined && { msPerMinute: cpuMsPerMinute }) }),
    resolveEnvironment: createSecretResolver(secrets),
  }
}
