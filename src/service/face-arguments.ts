import type { Fields } from "./argument-fields.ts"
import { type ArgumentCheck, type FaceChecks, isText, object } from "./check-arguments.ts"
import { codeArguments } from "./code-arguments.ts"
import type { Functions, FunctionsService } from "./functions.ts"
import { watchingArguments } from "./watching-arguments.ts"
import { workArguments } from "./work-arguments.ts"

/** What the methods of an organisation's face take. */
export const faceArguments: FaceChecks<Functions> = { ...codeArguments, ...workArguments, ...watchingArguments }

const organisation: Fields<NonNullable<Parameters<FunctionsService["organisation"]>[1]>> = { actor: isText }

/** What `organisation` takes beside the id. */
export const checkOrganisationOptions: ArgumentCheck = object("options", organisation)
