import type { AuthorizeOptions, FinishOptions } from "../connections/requests.ts"
import { type Fields, name, page } from "./argument-fields.ts"
import { anObject, type FaceChecks, isNumber, isText, object, requiredObject, text } from "./check-arguments.ts"
import type { DeployInput, Functions, LayerInput } from "./functions.ts"

const content = { name: null, source: null, files: null, directory: null, zip: null }
const layer: Fields<LayerInput> = content
const deploy: Fields<DeployInput> = { ...content, config: null }
const create: Fields<Parameters<Functions["create"]>[0]> = { name: null, config: null }
const rollback: Fields<NonNullable<Parameters<Functions["rollback"]>[1]>> = { to: isNumber }
const authorize: Fields<AuthorizeOptions> = { returnTo: isText, binding: isText }
const finish: Fields<FinishOptions> = { parameters: null, binding: isText }
const provider = text("provider")
const alias = text("alias")

/** What the methods take that keep code, and what it is connected with. */
export const codeArguments: FaceChecks<Functions> = {
  deploy: ["deploy", requiredObject("input", deploy)],
  rollback: ["roll back", name, object("options", rollback)],
  create: ["create the function", requiredObject("input", create)],
  get: ["get the function", name],
  list: ["list functions", page],
  versions: ["list versions", name],
  activations: ["list activations", name],
  update: ["update the function", name, anObject("change")],
  setEnvironment: ["set the environment", name, anObject("change")],
  remove: ["remove the function", name],
  aliases: {
    set: ["set the alias", name, alias],
    list: ["list aliases", name],
    remove: ["remove the alias", name, alias],
    promote: ["promote the alias", name, alias],
  },
  layers: {
    deploy: ["deploy the layer", requiredObject("input", layer)],
    get: ["get the layer", name],
    list: ["list layers", page],
    versions: ["list versions of the layer", name],
    remove: ["remove the layer", name],
  },
  connections: {
    authorize: ["connect an account", provider, object("options", authorize)],
    finish: ["connect an account", provider, requiredObject("options", finish)],
    get: ["get the connection", provider],
    remove: ["remove the connection", provider],
  },
}
