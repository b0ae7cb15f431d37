import { type Environment, phase, reportImpurity } from "./phase.ts"

let copied: Environment | undefined
let copy: Record<string, string> = {}

/** `globalThis.process`: the environment, as code written for Node expects it. Changes stay within the call. */
export const process = {
  get env(): Record<string, string> {
    reportImpurity("environment")
    if (copied !== phase.environment) {
      copied = phase.environment
      copy = { ...phase.environment }
    }
    return copy
  },
}
